export const POD = `
core.v1.Pod: Containers that run together on one node, with one network address and shared volumes. Pods do not come back by themselves: a Deployment, StatefulSet, DaemonSet or Job makes new ones.
  spec: What shall run. Little of it can be changed later: images, resources, activeDeadlineSeconds, further tolerations.
  status: How it runs, as its node last told.
core.v1.PodSpec: What a pod shall be.
  volumes: Folders and devices that containers may mount, by name.
  initContainers: Containers that run one after another before the others; each must succeed. Those with restartPolicy Always are sidecars and go on.
  containers: The pod's containers, at least one. None can be added or removed later.
  ephemeralContainers: Containers added to the running pod for a look around; only through the subresource ephemeralcontainers.
  restartPolicy: When containers that ended start again: Always, OnFailure or Never. Always by default. The delay grows from 10 s to 5 minutes.
  terminationGracePeriodSeconds: Seconds from the signal to end until the kill. 30 by default; 0 kills at once.
  activeDeadlineSeconds: Seconds after which the pod is ended and has failed. None by default.
  dnsPolicy: Where names are looked up: ClusterFirst (default) in the cluster and what it does not know at the node's servers, ClusterFirstWithHostNet the same for hostNetwork, Default as the node, None as dnsConfig says.
  nodeSelector: Labels that the node must have, all of them.
  serviceAccountName: Account under which the pod talks to the API server. default by default. It cannot be changed.
  serviceAccount: Former name of serviceAccountName.
  automountServiceAccountToken: Whether the account's token appears in the containers. What the account says by default, else true.
  nodeName: The node, set by the scheduler. Set by hand it passes the scheduler by.
  hostNetwork: The pod has the node's network instead of its own. False by default.
  hostPID: The pod sees all processes of the node. False by default.
  hostIPC: The pod shares the node's semaphores and shared memory. False by default.
  shareProcessNamespace: The containers see one another's processes. False by default. Not together with hostPID.
  securityContext: Rights that all containers have unless they say otherwise.
  imagePullSecrets: Secrets of the namespace with credentials of registries, tried one after another.
  hostname: Host name in the pod; the pod's name by default.
  subdomain: Name of a headless Service of the namespace; the pod is then HOSTNAME.SUBDOMAIN.NAMESPACE.svc.DOMAIN.
  affinity: Which nodes and which neighbours the pod needs or would like.
  schedulerName: Scheduler that chooses the node. default-scheduler by default.
  tolerations: Taints that do not keep the pod off a node.
  hostAliases: Further lines for /etc/hosts.
  priorityClassName: PriorityClass by whose value the pod goes before others and may push them away.
  priority: The value of that class, set by the server.
  dnsConfig: Servers, search domains and options beside or, with the policy None, instead of those of dnsPolicy.
  readinessGates: Further conditions that must be True before the pod is ready; others set them.
  runtimeClassName: RuntimeClass that says which container runtime runs the pod; the node's usual one by default.
  enableServiceLinks: Environment variables tell the addresses of the namespace's Services. True by default.
  preemptionPolicy: PreemptLowerPriority lets the pod push others away, Never does not. By its class, else PreemptLowerPriority.
  overhead: Resources that running the pod costs beside its containers, set from its RuntimeClass.
  topologySpreadConstraints: How evenly pods are spread over zones, nodes or other domains.
  setHostnameAsFQDN: The host name in the pod is the whole name with domain. False by default.
  os: Operating system the pod is for. Some fields are refused when it is set.
  hostUsers: Whether user IDs in the pod are those of the node. True by default; false gives the pod a user namespace of its own.
  schedulingGates: While any is left, the pod is not scheduled. They can only be removed.
  resourceClaims: Claims to devices that must be allocated before the pod starts.
  resources: Requests and limits of the pod as a whole, for cpu, memory and hugepages.
  hostnameOverride: Host name in the pod and nothing else, in DNS neither. Not together with hostNetwork or setHostnameAsFQDN.
  schedulingGroup: The group of pods with which this one is scheduled.
  evictionResponders: Who takes part when the pod is to be evicted.
core.v1.PodSecurityContext: Rights that hold for all containers of a pod unless they say otherwise.
  seLinuxOptions: SELinux label of the containers.
  windowsOptions: Settings for Windows.
  runAsUser: User ID of the programs; the images' by default.
  runAsGroup: Group ID of the programs; the runtime's by default.
  runAsNonRoot: Refuses to start programs whose user ID would be 0. False by default.
  supplementalGroups: Further groups of the first process of each container.
  supplementalGroupsPolicy: Merge adds the groups that the image gives the user, Strict does not. Merge by default.
  fsGroup: Group that volumes belong to and that all processes are in. Files of volumes that can be owned get it, with rights to read and write.
  sysctls: Kernel settings of the pod's own namespaces. The node must allow the unsafe ones.
  fsGroupChangePolicy: Always changes the owner of all files at each mount, OnRootMismatch only when the volume's root is not right. Always by default.
  seccompProfile: System calls that are allowed.
  appArmorProfile: AppArmor profile of the containers.
  seLinuxChangePolicy: How volumes get their SELinux label: Recursive or MountOption.
core.v1.Sysctl: A setting of the kernel.
  name: Its name, such as net.ipv4.ip_local_port_range.
  value: Its value.
core.v1.Affinity: What a pod needs or would like around it.
  nodeAffinity: About labels of nodes.
  podAffinity: About pods that it wants near.
  podAntiAffinity: About pods that it wants far.
core.v1.NodeAffinity: Rules about nodes. They count when the pod is scheduled; later changes of labels do not move it.
  requiredDuringSchedulingIgnoredDuringExecution: What a node must fulfil.
  preferredDuringSchedulingIgnoredDuringExecution: What counts in favour of a node, by weight.
core.v1.NodeSelector: Terms of which one must hold.
  nodeSelectorTerms: The terms; at least one.
core.v1.NodeSelectorTerm: Requirements of which all must hold. An empty term holds for no node.
  matchExpressions: Requirements on labels.
  matchFields: Requirements on fields; only metadata.name.
core.v1.NodeSelectorRequirement: A requirement on one label.
  key: The label.
  operator: In, NotIn, Exists, DoesNotExist, Gt or Lt.
  values: Values: some for In and NotIn, none for Exists and DoesNotExist, one whole number for Gt and Lt.
core.v1.PreferredSchedulingTerm: A wish about nodes.
  weight: How much it counts, 1 to 100.
  preference: The wish.
core.v1.PodAffinity: Rules about pods that shall be near.
  requiredDuringSchedulingIgnoredDuringExecution: Pods that must be in the same domain; all rules hold.
  preferredDuringSchedulingIgnoredDuringExecution: Pods that count in favour of a node, by weight.
core.v1.PodAntiAffinity: Rules about pods that shall be far.
  requiredDuringSchedulingIgnoredDuringExecution: Pods that must not be in the same domain; also against later pods.
  preferredDuringSchedulingIgnoredDuringExecution: Pods that count against a node, by weight.
core.v1.PodAffinityTerm: A set of pods, and how near is near.
  labelSelector: Labels of those pods. Absent: none.
  namespaces: Namespaces in which they are looked for; the pod's own when namespaceSelector is absent too.
  topologyKey: Label of nodes; nodes with the same value are one domain, such as kubernetes.io/hostname. Needed.
  namespaceSelector: Labels of further namespaces. Empty selects all.
  matchLabelKeys: Labels whose values are taken from the pod itself and must be equal.
  mismatchLabelKeys: Labels whose values are taken from the pod itself and must differ.
core.v1.WeightedPodAffinityTerm: A wish about other pods.
  weight: How much it counts, 1 to 100.
  podAffinityTerm: The wish.
core.v1.Toleration: Taints that do not keep the pod off.
  key: Key of the taint. Empty with the operator Exists stands for every key.
  operator: Equal (default) compares the value, Exists does not, Gt and Lt compare numbers.
  value: Value of the taint; empty with Exists.
  effect: NoSchedule, PreferNoSchedule or NoExecute. Empty: all.
  tolerationSeconds: Of NoExecute: how long the pod may stay on a node that got the taint. For ever by default, not at all for 0.
core.v1.HostAlias: A line of /etc/hosts.
  ip: The address.
  hostnames: Names for it.
core.v1.PodDNSConfig: How the pod looks up names.
  nameservers: Addresses of servers, at most 3 in all.
  searches: Domains that are tried behind a short name, at most 32 in all.
  options: Options of the resolver.
core.v1.PodDNSConfigOption: An option of the resolver.
  name: Such as ndots.
  value: Its value, if it takes one.
core.v1.PodReadinessGate: A condition that must be True before the pod is ready.
  conditionType: Type of the condition.
core.v1.TopologySpreadConstraint: How evenly pods are spread over domains.
  maxSkew: By how many pods a domain may have more than the one that has the fewest. At least 1.
  topologyKey: Label of nodes; nodes with the same value are one domain, those without it are left out.
  whenUnsatisfiable: DoNotSchedule lets the pod wait, ScheduleAnyway only prefers better nodes.
  labelSelector: Labels of the pods that are counted.
  minDomains: With fewer domains the fewest counts as 0. Only with DoNotSchedule. 1 by default.
  nodeAffinityPolicy: Whether nodes that the pod's node affinity and selector exclude are counted: Honor (default) leaves them out, Ignore does not.
  nodeTaintsPolicy: Whether nodes with taints that the pod does not tolerate are counted: Ignore (default) counts them, Honor does not.
  matchLabelKeys: Labels whose values are taken from the pod itself, such as pod-template-hash.
core.v1.PodOS: An operating system.
  name: linux or windows.
core.v1.PodSchedulingGate: Something that keeps a pod from being scheduled.
  name: Its name, unique in the pod.
core.v1.PodResourceClaim: A claim to devices that the pod uses.
  name: Name by which containers refer to it.
  resourceClaimName: A ResourceClaim of the namespace, which other pods may use too. Either this or resourceClaimTemplateName.
  resourceClaimTemplateName: A template from which a claim of the pod's own is made.
core.v1.PodSchedulingGroup: Pods that are scheduled together.
  podGroupName: Name of the PodGroup.
core.v1.EvictionResponder: Somebody who takes part in evictions of the pod.
  name: Its name.
  priority: The higher, the earlier it is asked.
core.v1.PodTemplateSpec: The pods that a controller makes.
  metadata: Labels and annotations of those pods.
  spec: What those pods shall be.
core.v1.PodStatus: How a pod runs.
  observedGeneration: Generation of the spec that this status is about.
  phase: Pending, Running, Succeeded (all containers ended well and stay so), Failed (all ended, one badly) or Unknown.
  conditions: PodScheduled, Initialized, ContainersReady, Ready and others.
  message: Why the pod is so, for people.
  reason: Why the pod is so, in one word such as Evicted.
  nominatedNodeName: Node on which lower pods give way for this one.
  hostIP: Address of the node.
  hostIPs: All addresses of the node.
  podIP: Address of the pod.
  podIPs: All addresses of the pod, at most one of each family.
  startTime: When the node took the pod, before it fetched images.
  initContainerStatuses: The init containers one by one.
  containerStatuses: The containers one by one.
  qosClass: Guaranteed, Burstable or BestEffort, made from requests and limits: who is ended first when memory runs out.
  ephemeralContainerStatuses: The ephemeral containers one by one.
  resize: How a change of resources stands; told by conditions now.
  resourceClaimStatuses: The claims that were made from templates.
  extendedResourceClaimStatus: The claim that was made for extended resources.
  allocatedResources: What the node has set aside for the pod as a whole.
  resources: Requests and limits that hold now for the pod as a whole.
  nodeAllocatableResourceClaimStatuses: What claims take of the node's own resources.
  volumeHealth: Volumes that are not well.
core.v1.PodCondition: One thing that is or is not so about a pod.
  type: Such as Ready, PodScheduled or DisruptionTarget.
  observedGeneration: Generation of the spec that it is about.
  status: True, False or Unknown.
  lastProbeTime: When it was last looked at.
core.v1.HostIP: An address of a node.
  ip: The address.
core.v1.PodIP: An address of a pod.
  ip: The address.
core.v1.ContainerStatus: How a container runs.
  name: Name of the container.
  state: Waiting, running or terminated.
  lastState: How it ended before it was started again.
  ready: Whether it passes its readiness probe.
  restartCount: How often it was started again.
  image: Image that runs.
  imageID: Digest of that image.
  containerID: runtime://identity of the container.
  started: Whether it passed its startup probe and postStart.
  allocatedResources: What the node has set aside for it.
  resources: Requests and limits that hold now.
  volumeMounts: Its mounts as they are.
  user: User and groups the program began with.
  allocatedResourcesStatus: Health of its devices.
  stopSignal: Signal that tells it to end.
core.v1.ContainerState: Exactly one is given; waiting without a reason when none is.
  waiting: It is not started yet, or not again.
  running: It runs.
  terminated: It ended.
core.v1.ContainerStateWaiting: A container that has not begun.
  reason: Such as ContainerCreating, ImagePullBackOff or CrashLoopBackOff.
core.v1.ContainerStateRunning: A container that runs.
  startedAt: Since when.
core.v1.ContainerStateTerminated: A container that ended.
  exitCode: Exit code; 128 and the signal's number when a signal ended it.
  signal: Signal that ended it.
  reason: Such as Completed, Error or OOMKilled.
  startedAt: When it began.
  finishedAt: When it ended.
  containerID: runtime://identity of the container.
core.v1.VolumeMountStatus: A mount as it is.
  name: Name of the volume.
  mountPath: Where it is in the container.
  readOnly: Whether it cannot be written.
  recursiveReadOnly: Whether that holds for mounts below it too.
  volumeStatus: More about the volume.
core.v1.VolumeStatus: More about a mounted volume.
  image: About a volume that is an image.
core.v1.ImageVolumeStatus: A volume that is an image.
  imageRef: Digest of the image.
core.v1.ContainerUser: User of a container's first process.
  linux: On Linux.
core.v1.LinuxContainerUser: User and groups of a process.
  uid: User ID.
  gid: Group ID.
  supplementalGroups: Further groups.
core.v1.ResourceStatus: Health of one kind of resource.
  name: The resource.
  resources: Its devices one by one.
core.v1.ResourceHealth: Health of a device.
  resourceID: The device.
  health: Healthy, Unhealthy or Unknown.
core.v1.PodResourceClaimStatus: A claim made from a template.
  name: Name of the entry of the pod's resourceClaims.
  resourceClaimName: The claim that was made.
core.v1.PodExtendedResourceClaimStatus: A claim made for extended resources.
  requestMappings: Which request of the claim stands for which resource of which container.
  resourceClaimName: The claim.
core.v1.ContainerExtendedResourceRequest: An extended resource of a container and its request.
  containerName: The container.
  resourceName: The resource.
  requestName: The request in the claim.
core.v1.VolumeHealthCondition: Something that is wrong with a volume.
  status: What is wrong.
core.v1.PodVolumeHealth: Health of a volume of the pod.
  name: Name of the volume.
  healthConditions: What is wrong with it.
`;
