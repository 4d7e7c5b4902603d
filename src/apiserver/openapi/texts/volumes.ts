export const VOLUMES = `
core.v1.Volume: A named folder or device of a pod. Exactly one source is given besides the name.
  name: Name by which containers mount it, a DNS label.
  hostPath: A file or folder of the node itself. Whoever may use it may reach the node.
  emptyDir: A folder that begins empty and goes with the pod.
  gcePersistentDisk: A disk of Google's cloud. Served by its CSI driver.
  awsElasticBlockStore: A disk of Amazon's cloud. Served by its CSI driver.
  gitRepo: A clone of a repository. Switched off: use an init container.
  secret: The keys of a Secret as files in memory.
  nfs: A folder of an NFS server.
  iscsi: A disk over iSCSI.
  glusterfs: A Glusterfs volume. Not served any more.
  persistentVolumeClaim: The volume that a claim of the namespace is bound to.
  rbd: An image of Ceph. Not served any more.
  flexVolume: A volume of a driver that is run as a program. CSI has taken its place.
  cinder: A disk of OpenStack. Served by its CSI driver.
  cephfs: A folder of Ceph. Not served any more.
  flocker: A Flocker volume. Not served any more.
  downwardAPI: Fields of the pod itself as files.
  fc: A disk over Fibre Channel.
  azureFile: A share of Azure. Served by its CSI driver.
  configMap: The keys of a ConfigMap as files.
  vsphereVolume: A disk of vSphere. Served by its CSI driver.
  quobyte: A Quobyte volume. Not served any more.
  azureDisk: A disk of Azure. Served by its CSI driver.
  photonPersistentDisk: A disk of Photon. Not served any more.
  projected: Several sources in one folder: Secrets, ConfigMaps, fields of the pod, tokens and certificates.
  portworxVolume: A Portworx volume. Served by its CSI driver.
  scaleIO: A ScaleIO volume. Not served any more.
  storageos: A StorageOS volume. Not served any more.
  csi: A volume that a CSI driver makes for this pod and that goes with it.
  ephemeral: A claim that is made with the pod and goes with it.
  image: The files of an image or artifact, only to be read.
core.v1.HostPathVolumeSource: A path of the node.
  path: The path; a link is followed.
  type: What must be there: DirectoryOrCreate and FileOrCreate make it, Directory, File, Socket, CharDevice and BlockDevice check. Empty (default) does nothing.
core.v1.EmptyDirVolumeSource: A folder for the life of the pod. It survives restarts of containers.
  medium: Empty (default) uses the node's disk, Memory a tmpfs that counts as the container's memory, HugePages and HugePages-SIZE huge pages.
  sizeLimit: The most it may hold; a pod that goes beyond is evicted. No limit by default.
  mode: Permission bits of the folder.
core.v1.GCEPersistentDiskVolumeSource: A disk of Google's cloud.
  pdName: Name of the disk.
  partition: Partition; the whole disk by default.
core.v1.AWSElasticBlockStoreVolumeSource: A disk of Amazon's cloud.
  volumeID: Identity of the disk.
  partition: Partition; the whole disk by default.
core.v1.GitRepoVolumeSource: A clone of a repository.
  repository: Its URL.
  revision: Commit that is taken.
  directory: Folder in the volume, without "..".
core.v1.SecretVolumeSource: A Secret as files.
  secretName: Name of the Secret.
  items: Which keys become which files. All keys under their own names by default.
  defaultMode: Permission bits of the files. 0644 by default. In JSON a decimal number: 420.
  optional: The folder is empty when the Secret does not exist. False by default: then the pod waits.
  defaultUser: User the files belong to.
core.v1.ConfigMapVolumeSource: A ConfigMap as files, which follow its changes after a while.
  name: Name of the ConfigMap.
  items: Which keys become which files. All keys under their own names by default.
  defaultMode: Permission bits of the files. 0644 by default. In JSON a decimal number: 420.
  optional: The folder is empty when the ConfigMap does not exist. False by default: then the pod waits.
  defaultUser: User the files belong to.
core.v1.KeyToPath: A key and the file it becomes.
  key: The key.
  path: Path of the file in the volume, without "..".
  mode: Permission bits of this file; the volume's defaultMode by default.
  user: User this file belongs to.
core.v1.NFSVolumeSource: A folder of an NFS server.
  server: Name or address of the server.
  path: Path that the server exports.
core.v1.ISCSIVolumeSource: A disk over iSCSI. One node at a time may write.
  targetPortal: Address and port of the target; port 3260 by default.
  iqn: Name of the target.
  lun: Number of the unit.
  iscsiInterface: Interface of the initiator. default by default.
  portals: Further addresses of the target.
  chapAuthDiscovery: CHAP is used for discovery.
  chapAuthSession: CHAP is used for the session.
  initiatorName: Name of the initiator.
core.v1.ISCSIPersistentVolumeSource: A disk over iSCSI. One node at a time may write.
  targetPortal: Address and port of the target; port 3260 by default.
  iqn: Name of the target.
  lun: Number of the unit.
  iscsiInterface: Interface of the initiator. default by default.
  portals: Further addresses of the target.
  chapAuthDiscovery: CHAP is used for discovery.
  chapAuthSession: CHAP is used for the session.
  initiatorName: Name of the initiator.
core.v1.LocalObjectReference: An object of the same namespace.
  name: Its name.
core.v1.SecretReference: A Secret.
  name: Its name.
  namespace: Its namespace.
core.v1.PersistentVolumeClaimVolumeSource: A claim of the pod's namespace.
  claimName: Name of the claim.
core.v1.FlexVolumeSource: A volume of a driver that is run as a program.
  driver: Name of the driver.
  options: Options for the driver.
core.v1.FlexPersistentVolumeSource: A volume of a driver that is run as a program.
  driver: Name of the driver.
  options: Options for the driver.
core.v1.DownwardAPIVolumeSource: Fields of the pod as files.
  items: The files.
  defaultMode: Permission bits of the files. 0644 by default. In JSON a decimal number: 420.
  defaultUser: User the files belong to.
core.v1.DownwardAPIVolumeFile: One file with a field of the pod.
  path: Path of the file in the volume, without "..".
  fieldRef: A field of the pod: metadata.name, namespace, uid, labels or annotations.
  resourceFieldRef: A request or limit of a container.
  mode: Permission bits of this file; the volume's defaultMode by default.
  user: User this file belongs to.
core.v1.FCVolumeSource: A disk over Fibre Channel, named by targetWWNs and lun or by wwids.
  targetWWNs: Names of the target's ports.
  lun: Number of the unit.
  wwids: Names of the unit itself.
core.v1.AzureFileVolumeSource: A share of Azure.
  secretName: Secret with the account's name and key.
  shareName: Name of the share.
core.v1.AzureFilePersistentVolumeSource: A share of Azure.
  secretName: Secret with the account's name and key.
  shareName: Name of the share.
  secretNamespace: Namespace of the Secret; the claim's by default.
core.v1.AzureDiskVolumeSource: A disk of Azure.
  diskName: Name of the disk.
  diskURI: Address of the disk.
  cachingMode: None, ReadOnly or ReadWrite. ReadWrite by default.
  kind: Shared, Dedicated or Managed. Shared by default.
core.v1.VsphereVirtualDiskVolumeSource: A disk of vSphere.
  volumePath: Path of the disk.
  storagePolicyName: Name of the storage policy.
  storagePolicyID: Identity of the storage policy.
core.v1.ProjectedVolumeSource: Several sources in one folder, which follow their changes.
  sources: The sources; two that make the same path are refused.
  defaultMode: Permission bits of the files. 0644 by default. In JSON a decimal number: 420.
  defaultUser: User the files belong to.
core.v1.VolumeProjection: One source of a projected volume; exactly one is given.
  secret: A Secret.
  downwardAPI: Fields of the pod.
  configMap: A ConfigMap.
  serviceAccountToken: A token of the pod's account, renewed before it runs out.
  clusterTrustBundle: Authorities of ClusterTrustBundles.
  podCertificate: A key and a certificate for the pod, renewed before it runs out.
core.v1.SecretProjection: A Secret in a projected volume.
  name: Name of the Secret.
  items: Which keys become which files. All keys under their own names by default.
  optional: Nothing appears when the Secret or a key does not exist. False by default.
core.v1.ConfigMapProjection: A ConfigMap in a projected volume.
  name: Name of the ConfigMap.
  items: Which keys become which files. All keys under their own names by default.
  optional: Nothing appears when the ConfigMap or a key does not exist. False by default.
core.v1.DownwardAPIProjection: Fields of the pod in a projected volume.
  items: The files.
core.v1.ServiceAccountTokenProjection: A token of the pod's service account in a file.
  audience: For whom the token is; the API server by default.
  expirationSeconds: How long it is good. 3600 by default, at least 600. The node fetches another after four fifths of that time.
  path: Path of the file in the volume.
  user: User the file belongs to.
core.v1.ClusterTrustBundleProjection: Certificates of authorities in a file.
  name: One bundle by name. Either this or signerName.
  signerName: All bundles of this signer that labelSelector selects.
  labelSelector: Labels of those bundles. Absent selects none, empty all.
  optional: Nothing appears when there is no such bundle. False by default.
  path: Path of the file in the volume.
  user: User the file belongs to.
core.v1.PodCertificateProjection: A key made on the node and a certificate for it.
  signerName: Who signs.
  keyType: RSA3072, RSA4096, ECDSAP256, ECDSAP384, ECDSAP521 or ED25519.
  maxExpirationSeconds: How long the certificate may be good at most. 86400 by default, from 3600 to 7862400.
  credentialBundlePath: File that gets key and certificates together, so that they always fit.
  keyPath: File that gets the key.
  certificateChainPath: File that gets the certificates.
  userAnnotations: Texts for the signer.
  user: User the files belong to.
core.v1.CSIVolumeSource: A volume that a CSI driver makes for the pod.
  driver: Name of the driver.
  volumeAttributes: Settings for the driver.
  nodePublishSecretRef: Secret that the driver gets.
core.v1.EphemeralVolumeSource: A claim that goes with the pod.
  volumeClaimTemplate: The claim. It is named POD-VOLUME and belongs to the pod. A claim of that name that does not is never used.
core.v1.PersistentVolumeClaimTemplate: A claim that is to be made.
  metadata: Its labels and annotations.
  spec: What it asks for.
core.v1.ImageVolumeSource: An image or artifact as a volume.
  reference: The image, as in a container.
  pullPolicy: Always, Never or IfNotPresent, as for a container's image.
`;
