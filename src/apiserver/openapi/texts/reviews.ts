export const REVIEWS = `
authentication.v1.SelfSubjectReview: Asks who one is.
  status: The answer.
authentication.v1.SelfSubjectReviewStatus: Who asks.
  userInfo: The user.
authentication.v1.UserInfo: A user.
  username: The name.
  uid: What tells the user from others of that name.
  groups: Groups the user is in.
  extra: What else is known of the user.
authentication.v1.TokenReview: Asks whether a token is good.
  spec: The token.
  status: The answer.
authentication.v1.TokenReviewSpec: A token.
  token: The token.
  audiences: For whom it should be; the API server by default.
authentication.v1.TokenReviewStatus: What a token proves.
  authenticated: Whether it is good.
  user: Whom it names.
  audiences: Which of the audiences it is for.
  error: Why it could not be checked.
authentication.v1.TokenRequest: Asks for a token of a service account.
  spec: What token.
  status: The token.
authentication.v1.TokenRequestSpec: A wished token.
  audiences: For whom it shall be; the API server by default.
  expirationSeconds: How long it shall be good. 3600 by default, at least 600; the server may give less.
  boundObjectRef: A pod, node or Secret with whose end the token ends.
authentication.v1.TokenRequestStatus: A token.
  token: The token.
  expirationTimestamp: Until when it is good.
authentication.v1.BoundObjectReference: A pod, node or Secret by whose life a token lives.
  name: Its name.
  uid: Its UID.
authorization.v1.SubjectAccessReview: Asks whether somebody may do something.
  spec: Who and what.
  status: The answer.
authorization.v1.LocalSubjectAccessReview: Asks whether somebody may do something in this namespace.
  spec: Who and what.
  status: The answer.
authorization.v1.SelfSubjectAccessReview: Asks whether one may do something oneself.
  spec: What.
  status: The answer.
authorization.v1.SubjectAccessReviewSpec: Who and what; one of both kinds of attributes is given.
  resourceAttributes: A resource.
  nonResourceAttributes: Another path.
  user: The user.
  groups: The user's groups.
  extra: What else is known of the user.
  uid: The user's UID.
authorization.v1.SelfSubjectAccessReviewSpec: What one would do; one of both is given.
  resourceAttributes: A resource.
  nonResourceAttributes: Another path.
authorization.v1.ResourceAttributes: Something done to a resource.
  namespace: The namespace; empty: all, or none for cluster-wide ones.
  verb: The verb; * for all.
  group: Its group; * for all.
  version: Its version; * for all.
  resource: The resource; * for all.
  subresource: The subresource.
  name: One object; empty: all.
  fieldSelector: A selector that narrows it down.
  labelSelector: A selector that narrows it down.
authorization.v1.NonResourceAttributes: Something done to a path.
  path: The path.
  verb: The method in small letters.
authorization.v1.FieldSelectorAttributes: A field selector.
  rawSelector: As it stands in the request.
  requirements: Its requirements.
authorization.v1.LabelSelectorAttributes: A label selector.
  rawSelector: As it stands in the request.
  requirements: Its requirements.
meta.v1.FieldSelectorRequirement: A requirement on one field.
  key: The field.
  operator: In, NotIn, Exists or DoesNotExist.
  values: Values for In and NotIn.
authorization.v1.SubjectAccessReviewStatus: An answer.
  allowed: It may be done.
  denied: It is refused, whatever others would say.
  evaluationError: What went wrong on the way; the answer may stand all the same.
authorization.v1.SelfSubjectRulesReview: Asks what one may do in a namespace.
  spec: Which namespace.
  status: The answer.
authorization.v1.SelfSubjectRulesReviewSpec: A namespace.
  namespace: Its name.
authorization.v1.SubjectRulesReviewStatus: What one may do.
  resourceRules: With resources.
  nonResourceRules: With other paths.
  incomplete: Some authorizers cannot tell.
  evaluationError: What went wrong on the way.
authorization.v1.ResourceRule: Rights on resources.
  verbs: Verbs.
  apiGroups: Groups.
  resources: Resources.
  resourceNames: Objects; all when empty.
authorization.v1.NonResourceRule: Rights on paths.
  verbs: Verbs.
  nonResourceURLs: Paths.
certificates.v1.CertificateSigningRequest: Asks for a certificate. It must be approved, and a signer must be there.
  spec: What certificate. It cannot be changed.
  status: The decision and the certificate.
certificates.v1.CertificateSigningRequestSpec: A wished certificate.
  request: The request, PKCS 10 as PEM in base64.
  signerName: Who shall sign, such as kubernetes.io/kube-apiserver-client.
  expirationSeconds: How long it shall be good, at least 600. The signer may give another time.
  usages: What its key may be used for.
  username: Who asks; set by the server.
  uid: The UID of who asks; set by the server.
  groups: Groups of who asks; set by the server.
  extra: What else is known of who asks; set by the server.
certificates.v1.CertificateSigningRequestStatus: A decision.
  conditions: Approved, Denied or Failed.
  certificate: The certificate, PEM in base64.
certificates.v1.CertificateSigningRequestCondition: A decision.
  lastUpdateTime: When it was last written.
certificates.v1.ClusterTrustBundle: Authorities that pods can mount.
  spec: The authorities.
certificates.v1.ClusterTrustBundleSpec: Authorities.
  signerName: Signer they belong to; then the name begins with it, ":" for "/". It cannot be changed.
  trustBundle: Their certificates, PEM.
certificates.v1.PodCertificateRequest: Asks for a certificate of a pod. The node makes it.
  spec: What certificate.
  status: The certificate.
certificates.v1.PodCertificateRequestSpec: A wished certificate.
  signerName: Who shall sign.
  podName: The pod.
  podUID: Its UID.
  serviceAccountName: Its account.
  serviceAccountUID: UID of that.
  nodeName: Its node.
  nodeUID: UID of that.
  maxExpirationSeconds: How long it may be good at most.
  stubPKCS10Request: The public key, and the proof that the node has the private one.
  unverifiedUserAnnotations: Texts from the pod, which nobody has checked.
certificates.v1.PodCertificateRequestStatus: A certificate.
  conditions: Issued, Denied or Failed.
  certificateChain: The certificates, PEM.
  notBefore: From when it is good.
  beginRefreshAt: When the node should ask for another.
  notAfter: Until when it is good.
apps.v1.ControllerRevision: A state of a StatefulSet or DaemonSet that can be gone back to. Controllers make it.
  data: The state. It cannot be changed.
  revision: Its number.
networking.v1.IPAddress: An address that is taken. The server makes it for Services.
  spec: By whom.
networking.v1.IPAddressSpec: Who has an address.
  parentRef: The object. It cannot be changed.
networking.v1.ParentReference: An object.
  group: Its group.
  resource: Its resource.
  namespace: Its namespace.
  name: Its name.
networking.v1.ServiceCIDR: A range of addresses for Services.
  spec: The range.
  status: Whether it is in use.
networking.v1.ServiceCIDRSpec: A range.
  cidrs: The range, at most one of each family.
networking.v1.ServiceCIDRStatus: State of a range.
storage.v1.CSIDriver: What a CSI driver needs and can do.
  spec: That.
storage.v1.CSIDriverSpec: What a CSI driver needs.
  attachRequired: Volumes must be attached before they are mounted. True by default.
  podInfoOnMount: The driver is told which pod mounts. False by default.
  volumeLifecycleModes: Persistent (default) or Ephemeral.
  storageCapacity: The scheduler looks at the storage that is left. False by default.
  fsGroupPolicy: Whether files of volumes get the pod's group: ReadWriteOnceWithFSType (default), File or None.
  tokenRequests: Tokens of the pod's account that the driver gets.
  requiresRepublish: The mount is made again from time to time. False by default.
  seLinuxMount: The driver can mount with an SELinux label. False by default.
  nodeAllocatableUpdatePeriodSeconds: How often the number of volumes a node can have is asked for, at least 10.
  serviceAccountTokenInSecrets: Tokens come among the secrets. False by default.
  preventPodSchedulingIfMissing: Pods do not go to nodes without the driver.
storage.v1.TokenRequest: A token for a driver.
  audience: For whom it is.
  expirationSeconds: How long it is good.
storage.v1.CSINode: CSI drivers of a node. The kubelet writes it.
  spec: The drivers.
  status: Health of its storage.
storage.v1.CSINodeSpec: Drivers of a node.
  drivers: The drivers; empty: none.
storage.v1.CSINodeDriver: A driver of a node.
  name: Its name.
  nodeID: What the driver calls the node.
  topologyKeys: Labels by which it tells where volumes can be.
  allocatable: What the node can have.
storage.v1.VolumeNodeResources: What a node can have.
  count: Number of volumes. No limit by default.
storage.v1.CSIStorageCapacity: Storage that is left in a part of the cluster.
  nodeTopology: Nodes it is about.
  storageClassName: Class it is about. It cannot be changed.
  capacity: How much is left.
  maximumVolumeSize: How big a volume can be.
storage.v1.VolumeAttachment: That a volume is to be attached to a node.
  spec: Which volume to which node.
  status: Whether it is.
storage.v1.VolumeAttachmentSpec: A wish to attach.
  attacher: Driver that does it.
  source: The volume.
  nodeName: The node.
storage.v1.VolumeAttachmentSource: A volume; one is given.
  persistentVolumeName: A PersistentVolume.
  inlineVolumeSpec: A volume that stands in a pod.
storage.v1.VolumeAttachmentStatus: Whether a volume is attached.
  attached: Whether it is.
  attachmentMetadata: What the driver said.
  attachError: Why attaching failed last.
  detachError: Why detaching failed last.
storage.v1.VolumeError: Why something failed.
  time: When.
  errorCode: Code of the driver.
storage.v1.VolumeAttributesClass: Settings of volumes that may be changed later.
  driverName: Driver they are for. It cannot be changed.
  parameters: The settings. They cannot be changed.
node.v1.RuntimeClass: A way to run containers.
  handler: What the node's runtime calls it. It cannot be changed.
  overhead: What it costs.
  scheduling: Nodes that have it. All by default.
node.v1.Overhead: What a way to run containers costs.
  podFixed: Resources a pod.
node.v1.Scheduling: Nodes that have a way to run containers.
  nodeSelector: Labels of those nodes.
  tolerations: Tolerations its pods get.
`;
