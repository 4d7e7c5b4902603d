export const SCALING = `
autoscaling.v2.HorizontalPodAutoscaler: Changes the number of pods of a workload by what is measured.
  spec: What is scaled by what.
  status: What was measured and decided last.
autoscaling.v2.HorizontalPodAutoscalerSpec: What is scaled by what.
  scaleTargetRef: The workload; it needs the subresource scale.
  minReplicas: Fewest pods. 1 by default; 0 where it is allowed and an object or external metric is given.
  maxReplicas: Most pods, not below minReplicas.
  metrics: What is measured; the metric that asks for most pods counts. 80% of the requested CPU by default.
  behavior: How fast it goes up and down.
autoscaling.v2.CrossVersionObjectReference: An object of the namespace.
  name: Its name.
autoscaling.v2.MetricSpec: Something that is measured; the field that type names is given.
  type: Resource, ContainerResource, Pods, Object or External.
  object: A metric of one object.
  pods: A metric of each pod, averaged.
  resource: CPU or memory of the pods, averaged.
  containerResource: CPU or memory of one container of the pods, averaged.
  external: A metric of something outside the cluster.
autoscaling.v2.ObjectMetricSource: A metric of one object.
  describedObject: The object.
  target: The value that is wanted.
  metric: The metric.
autoscaling.v2.PodsMetricSource: A metric of each pod.
  metric: The metric.
  target: The average that is wanted.
autoscaling.v2.ResourceMetricSource: A resource of the pods.
  name: cpu or memory.
  target: What is wanted.
autoscaling.v2.ContainerResourceMetricSource: A resource of one container.
  name: cpu or memory.
  target: What is wanted.
  container: Name of the container.
autoscaling.v2.ExternalMetricSource: A metric of something outside.
  metric: The metric.
  target: The value that is wanted.
autoscaling.v2.MetricIdentifier: A metric.
  name: Its name.
  selector: Labels of its series.
autoscaling.v2.MetricTarget: A wanted value.
  type: Utilization, Value or AverageValue.
  value: The value.
  averageValue: The value a pod.
  averageUtilization: Percent of what the pods request.
autoscaling.v2.HorizontalPodAutoscalerBehavior: How fast it scales.
  scaleUp: Upwards: by default at once, at most 4 pods or 100% in 15 s.
  scaleDown: Downwards: by default to the most that was wanted in the last 300 s.
autoscaling.v2.HPAScalingRules: How fast it scales in one direction.
  stabilizationWindowSeconds: Seconds back in which wishes are remembered, 0 to 3600. 0 upwards and 300 downwards by default.
  selectPolicy: Which policy counts: Max (default), Min, or Disabled: none in this direction.
  policies: Limits of speed; at least one.
  tolerance: Difference from the wanted value that is let be. 0.1 by default.
autoscaling.v2.HPAScalingPolicy: A limit of speed.
  type: Pods or Percent.
  value: How many, above 0.
  periodSeconds: In how many seconds, 1 to 1800.
autoscaling.v2.HorizontalPodAutoscalerStatus: What was measured and decided.
  lastScaleTime: When the number was last changed.
  currentReplicas: Pods there are.
  desiredReplicas: Pods that are wanted.
  currentMetrics: What was measured.
  conditions: AbleToScale, ScalingActive and ScalingLimited.
autoscaling.v2.MetricStatus: Something that was measured.
  type: Resource, ContainerResource, Pods, Object or External.
  object: Of one object.
  pods: Of each pod.
  resource: CPU or memory of the pods.
  containerResource: CPU or memory of one container.
  external: Of something outside.
autoscaling.v2.ObjectMetricStatus: A measured metric of an object.
  metric: The metric.
  current: Its value.
  describedObject: The object.
autoscaling.v2.PodsMetricStatus: A measured metric of pods.
  metric: The metric.
  current: Its average.
autoscaling.v2.ResourceMetricStatus: A measured resource.
  name: cpu or memory.
  current: Its value.
autoscaling.v2.ContainerResourceMetricStatus: A measured resource of a container.
  name: cpu or memory.
  current: Its value.
  container: Name of the container.
autoscaling.v2.ExternalMetricStatus: A measured metric of something outside.
  metric: The metric.
  current: Its value.
autoscaling.v2.MetricValueStatus: A measured value.
  value: The value.
  averageValue: The value a pod.
  averageUtilization: Percent of what the pods request.
core.v1.Node: A machine that runs pods.
  spec: What was decided about it.
  status: What it tells of itself.
core.v1.NodeSpec: What was decided about a node.
  podCIDR: Range of its pods' addresses.
  podCIDRs: All such ranges, at most one of each family.
  providerID: Its identity at the cloud.
  unschedulable: No new pods come. Set by kubectl cordon.
  taints: What keeps pods off unless they tolerate it.
  configSource: Not used any more.
  externalID: Not used any more.
  podPreemptionPolicy: How pods may be pushed away on this node.
core.v1.Taint: Something about a node that not every pod can stand.
  key: Its key.
  value: Its value.
  effect: NoSchedule lets no new pods come, PreferNoSchedule tries not to, NoExecute also drives away those that are there.
  timeAdded: Since when; of NoExecute.
core.v1.NodeStatus: What a node tells of itself.
  capacity: All it has, by resource.
  allocatable: What pods may have of it.
  phase: Not used any more.
  conditions: Ready, MemoryPressure, DiskPressure, PIDPressure and NetworkUnavailable.
  addresses: How it is reached.
  daemonEndpoints: Ports of its programs.
  nodeInfo: Versions and identities.
  images: Images it has, the greatest ones.
  volumesInUse: Attached volumes that are mounted.
  volumesAttached: Volumes that are attached.
  config: Not used any more.
  runtimeHandlers: What its container runtime can do.
  features: What its container runtime supports.
  declaredFeatures: Features that it says it has.
core.v1.NodeCondition: One thing that is or is not so about a node.
  lastHeartbeatTime: When it was last told.
core.v1.NodeAddress: An address of a node.
  type: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.
  address: The address.
core.v1.NodeDaemonEndpoints: Ports of a node's programs.
  kubeletEndpoint: Port of the kubelet.
core.v1.DaemonEndpoint: A port.
  Port: Its number.
core.v1.NodeSystemInfo: Versions and identities of a node.
  machineID: Identity of the installed system.
  systemUUID: Identity of the hardware.
  bootID: Identity of this boot.
  kernelVersion: Version of the kernel.
  osImage: Name of the system.
  containerRuntimeVersion: Name and version of the container runtime.
  kubeletVersion: Version of the kubelet.
  kubeProxyVersion: Not used any more.
  operatingSystem: linux or windows.
  architecture: Such as amd64.
  swap: Its swap.
  runningInUserNamespace: Whether the kubelet runs without root.
core.v1.NodeSwapStatus: Swap of a node.
  capacity: Bytes of it.
core.v1.ContainerImage: An image that a node has.
  names: Its names and digests.
  sizeBytes: Its size.
core.v1.AttachedVolume: A volume that is attached.
  name: Its name.
  devicePath: Its device.
core.v1.NodeRuntimeHandler: A way to run containers.
  name: Its name; empty for the usual one.
  features: What it can do.
core.v1.NodeRuntimeHandlerFeatures: What a way to run containers can do.
  recursiveReadOnlyMounts: Mounts that are read-only all the way down.
  userNamespaces: Pods with user IDs of their own.
core.v1.NodeFeatures: What a node's runtime supports.
  supplementalGroupsPolicy: That policy of pods.
autoscaling.v1.HorizontalPodAutoscalerSpec: What is scaled by the CPU that pods use. autoscaling/v2 knows more metrics.
  scaleTargetRef: The workload; it needs the subresource scale.
  minReplicas: Fewest pods. 1 by default.
  maxReplicas: Most pods, not below minReplicas.
  targetCPUUtilizationPercentage: Percent of the requested CPU that is wanted on average. 80 by default.
autoscaling.v1.HorizontalPodAutoscalerStatus: What was measured and decided.
  lastScaleTime: When the number was last changed.
  currentReplicas: Pods there are.
  desiredReplicas: Pods that are wanted.
  currentCPUUtilizationPercentage: Percent of the requested CPU that is used on average.
autoscaling.v1.Scale: How many pods of a workload there are and shall be.
  spec: How many are wanted.
  status: How many there are.
autoscaling.v1.ScaleSpec: A wanted number.
  replicas: The number.
autoscaling.v1.ScaleStatus: A number.
  replicas: The number.
  selector: Labels of the pods, as a text.
core.v1.NodeConfigSource: Not used any more.
  configMap: Not used any more.
core.v1.NodePodPreemptionPolicy: How pods may be pushed away on a node.
  disableResizePreemption: True lets no pod be pushed away for one that grows.
core.v1.NodeAllocatableResourceClaimStatus: What a claim takes of the node's own resources.
  resourceClaimName: The claim.
  containers: Containers that use it.
  mapping: What it takes.
  overhead: What it takes beside that.
core.v1.NodeAllocatableMappedResources: A resource that is taken.
  name: The resource.
  quantity: How much.
core.v1.NodeAllocatableOverheadResources: A resource that is taken beside.
  name: The resource.
  perPod: How much a pod.
  perContainer: How much a container.
`;
