export const STORAGE = `
core.v1.PersistentVolumeClaim: A wish for storage, which lasts longer than pods. It is bound to one PersistentVolume.
  spec: What is asked for. Only the requested size can grow later, and the volume attributes class change.
  status: What was given.
core.v1.PersistentVolumeClaimSpec: What a claim asks for.
  accessModes: How it is to be mounted: ReadWriteOnce by one node, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod by one pod.
  selector: Labels that the volume must have. Such a claim is never provisioned anew.
  resources: The size: requests.storage. May grow later where the class allows it.
  volumeName: The volume it is bound to. Given by hand it asks for that one.
  storageClassName: Class that provides the volume. Absent: the default class; "": only volumes without a class.
  volumeMode: Filesystem (default) or Block.
  dataSource: A claim or snapshot whose content the volume begins with.
  dataSourceRef: As dataSource, and any object that somebody can fill volumes from; also in another namespace where that is allowed.
  volumeAttributesClassName: Class of further settings, which may be changed later.
core.v1.VolumeResourceRequirements: Size of a volume.
  limits: The most it may have.
  requests: What it must have at least: storage.
core.v1.TypedLocalObjectReference: An object of the same namespace.
  apiGroup: Group of its kind; empty for the core group.
  name: Its name.
core.v1.TypedObjectReference: An object.
  apiGroup: Group of its kind; empty for the core group.
  name: Its name.
  namespace: Its namespace; the claim's by default.
core.v1.PersistentVolumeClaimStatus: What a claim got.
  phase: Pending, Bound, or Lost when its volume is gone.
  accessModes: How the volume may be mounted.
  capacity: Size of the volume.
  conditions: Such as FileSystemResizePending.
  allocatedResources: Size that is being grown to.
  allocatedResourceStatuses: How the growing stands.
  currentVolumeAttributesClassName: Class of settings that holds now.
  modifyVolumeStatus: How a change of that class stands.
  healthStatus: Health of the volume.
core.v1.PersistentVolumeClaimCondition: One thing that is or is not so about a claim.
  lastProbeTime: When it was last looked at.
core.v1.ModifyVolumeStatus: A change of a volume's settings.
  targetVolumeAttributesClassName: The class that is being changed to.
  status: Pending, InProgress or Infeasible.
core.v1.VolumeHealthStatus: Health of a volume.
  healthConditions: What is wrong with it.
core.v1.PersistentVolume: A piece of storage of the cluster. Made by an administrator or for a claim.
  spec: Where it is and how it may be used.
  status: Whether it is in use.
core.v1.PersistentVolumeSpec: A piece of storage; exactly one source is given.
  capacity: Its size, storage.
  hostPath: A folder of the node; for clusters of one node.
  local: A disk or folder of one node; nodeAffinity says of which.
  nfs: A folder of an NFS server.
  iscsi: A disk over iSCSI.
  fc: A disk over Fibre Channel.
  csi: A volume of a CSI driver.
  flexVolume: A volume of a driver that is run as a program.
  accessModes: How it can be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod.
  claimRef: The claim it is bound to. Given by hand it waits for that one.
  persistentVolumeReclaimPolicy: What becomes of it when its claim is gone: Retain keeps it, Delete deletes the storage too, Recycle is not used any more. Retain by default for volumes made by hand, the class' for others.
  storageClassName: Class it belongs to; only claims of that class get it. Empty: of none.
  mountOptions: Options of the mount, unchecked.
  volumeMode: Filesystem (default) or Block.
  nodeAffinity: Nodes from which it can be reached; pods that use it run there.
  volumeAttributesClassName: Class of further settings.
core.v1.LocalVolumeSource: Storage of one node.
  path: Path of a disk, partition or folder.
  fsType: File system of a disk. Guessed by default.
core.v1.CSIPersistentVolumeSource: A volume of a CSI driver.
  driver: Name of the driver.
  volumeHandle: Identity of the volume at the driver. It cannot be changed.
  volumeAttributes: What the driver said when it made the volume.
  controllerPublishSecretRef: Secret for attaching.
  nodeStageSecretRef: Secret for the first mount on a node.
  nodePublishSecretRef: Secret for each mount.
  controllerExpandSecretRef: Secret for growing.
  nodeExpandSecretRef: Secret for growing on the node.
core.v1.VolumeNodeAffinity: Nodes from which a volume can be reached.
  required: What such a node must fulfil.
core.v1.PersistentVolumeStatus: State of a volume.
  phase: Pending, Available, Bound, Released when its claim is gone, or Failed.
  lastPhaseTransitionTime: Since when it is in this phase.
storage.v1.StorageClass: A kind of storage that claims can ask for. Nothing of it can be changed but whether volumes may grow and labels.
  provisioner: Who makes the volumes.
  parameters: Settings for the provisioner, at most 512 of them and 256 KiB together.
  reclaimPolicy: Policy of volumes it makes: Delete (default) or Retain.
  mountOptions: Options of the mount of its volumes, unchecked.
  allowVolumeExpansion: Whether claims may grow. False by default.
  volumeBindingMode: Immediate (default) provides when the claim is made, WaitForFirstConsumer when a pod that uses it is scheduled, so that it can be near.
  allowedTopologies: Where volumes may be made. Everywhere by default.
core.v1.TopologySelectorTerm: Labels of a place.
  matchLabelExpressions: The labels; all must hold.
core.v1.TopologySelectorLabelRequirement: A label and its values.
  key: The label.
  values: Values of which one must be equal.
core.v1.ConfigMap: Settings that are no secret, at most 1 MiB.
  immutable: When true, data cannot be changed any more; only deletion undoes it. Nodes need not watch it then.
  data: Texts by key. Keys are letters, digits, "-", "_" and ".".
  binaryData: Bytes, in base64, by key. No key of data may come again.
core.v1.Secret: Settings that are secret, at most 1 MiB. Who may read it sees them; base64 hides nothing.
  immutable: When true, data cannot be changed any more; only deletion undoes it. Nodes need not watch it then.
  data: Bytes, in base64, by key. Keys are letters, digits, "-", "_" and ".".
  stringData: Texts by key, which go into data. Only for writing: it is never shown.
  type: What is in it; some types need certain keys, such as kubernetes.io/tls. Opaque by default. It cannot be changed.
`;
