export const DEVICES = `
resource.v1.DeviceClass: A kind of devices that claims can ask for.
  spec: Which devices.
resource.v1.DeviceClassSpec: Which devices belong to a class.
  selectors: Expressions that a device must fulfil, all of them.
  config: Settings for the driver.
  extendedResourceName: Name under which containers may ask for such devices as a resource.
resource.v1.DeviceSelector: A condition on devices.
  cel: An expression.
resource.v1.CELDeviceSelector: An expression on a device.
  expression: CEL with device.driver, device.attributes and device.capacity. It must give a boolean.
resource.v1.DeviceClassConfiguration: Settings for a driver.
  opaque: Settings that only the driver understands.
resource.v1.OpaqueDeviceConfiguration: Settings that only a driver understands.
  driver: The driver.
  parameters: The settings, an object.
resource.v1.DeviceTaintRule: Puts a taint on devices.
  spec: Which taint on which devices.
  status: How far it is.
resource.v1.DeviceTaintRuleSpec: A taint for devices.
  deviceSelector: The devices; all must match. Empty: all.
  taint: The taint.
resource.v1.DeviceTaintSelector: Devices.
  driver: Of this driver.
  pool: Of this pool.
  device: Of this name.
resource.v1.DeviceTaint: Something about a device that not every claim can stand.
  key: Its key.
  value: Its value.
  effect: None tells only, NoSchedule lets no new claims have it, NoExecute also ends pods that use it.
  timeAdded: Since when.
resource.v1.DeviceTaintRuleStatus: How far a rule is.
resource.v1.ResourceClaim: A wish for devices, of one pod or several.
  spec: What is asked for. It cannot be changed.
  status: What was given.
resource.v1.ResourceClaimSpec: What a claim asks for.
  devices: Devices.
resource.v1.DeviceClaim: Devices that are asked for.
  requests: The requests, at most 32; all must be fulfilled.
  constraints: What the devices must have in common.
  config: Settings for the drivers.
resource.v1.DeviceRequest: A request for devices; exactly or firstAvailable is given.
  name: Its name.
  exactly: One way to fulfil it.
  firstAvailable: Several ways, best first, at most 8.
resource.v1.ExactDeviceRequest: One way to fulfil a request.
  deviceClassName: Class of the devices.
  selectors: Expressions that they must fulfil, beside those of the class.
  allocationMode: ExactCount (default) gives count, All gives all that fit.
  count: How many. 1 by default.
  adminAccess: Sees devices that others use. The namespace must allow it.
  tolerations: Taints that do not matter.
  capacity: How much of a shared device.
  derivedAttributes: Values made of a device's attributes.
resource.v1.DeviceSubRequest: One of several ways to fulfil a request.
  name: Its name.
  deviceClassName: Class of the devices.
  selectors: Expressions that they must fulfil, beside those of the class.
  allocationMode: ExactCount (default) gives count, All gives all that fit.
  count: How many. 1 by default.
  tolerations: Taints that do not matter.
  capacity: How much of a shared device.
  derivedAttributes: Values made of a device's attributes.
resource.v1.DeviceToleration: A taint that does not matter.
  key: Its key; empty with Exists: every one.
  operator: Equal (default) or Exists.
  value: Its value; empty with Exists.
  effect: NoSchedule or NoExecute. Empty: all.
  tolerationSeconds: Of NoExecute: how long. For ever by default.
resource.v1.CapacityRequirements: How much of a shared device is wanted.
  requests: Amounts by capacity. The device's default where none is given.
resource.v1.DeviceDerivedAttribute: A value made of attributes.
  name: Its name.
  expression: CEL that gives it.
resource.v1.DeviceConstraint: What devices must have in common.
  requests: Requests it is about. All by default.
  matchAttribute: An attribute that must be the same for all.
  distinctAttribute: An attribute that must differ for all.
resource.v1.DeviceClaimConfiguration: Settings for a driver.
  requests: Requests they are for. All by default.
  opaque: Settings that only the driver understands.
resource.v1.ResourceClaimStatus: What a claim got.
  allocation: The devices.
  reservedFor: Who may use them now, at most 256.
  devices: What drivers tell of them.
resource.v1.AllocationResult: Devices that were given.
  devices: The devices.
  nodeSelector: Nodes from which they can be used. All by default.
  allocationTimestamp: When they were given.
resource.v1.DeviceAllocationResult: Devices that were given.
  results: One entry a device.
  config: Settings that hold, of class and claim.
resource.v1.DeviceRequestAllocationResult: A device that was given.
  request: The request, with a slash and the way when there were several.
  driver: Its driver.
  pool: Its pool.
  device: Its name.
  adminAccess: Given beside others who use it.
  tolerations: Tolerations of the request.
  bindingConditions: Conditions that must be True before the pod is bound.
  bindingFailureConditions: Conditions that make it be given back.
  shareID: Which share of the device.
  consumedCapacity: How much of it.
  skipNodeOperations: The node need not prepare it.
resource.v1.DeviceAllocationConfiguration: Settings that hold for devices.
  source: FromClass or FromClaim.
  requests: Requests they are for. All by default.
  opaque: Settings that only the driver understands.
resource.v1.ResourceClaimConsumerReference: Who uses a claim.
  apiGroup: Its group; empty for the core group.
  resource: Its resource, such as pods.
  name: Its name.
  uid: Its UID.
resource.v1.AllocatedDeviceStatus: What a driver tells of a device.
  driver: The driver.
  pool: The pool.
  device: The name.
  shareID: Which share of it.
  data: Whatever the driver tells.
  networkData: About a network device.
resource.v1.NetworkDeviceData: A network device.
  interfaceName: Name of the interface in the pod.
  ips: Its addresses with their ranges.
  hardwareAddress: Its hardware address.
resource.v1.ResourceClaimTemplate: Claims that are made for pods.
  spec: What they ask for. It cannot be changed.
resource.v1.ResourceClaimTemplateSpec: A claim that is to be made.
  metadata: Its labels and annotations.
  spec: What it asks for.
resource.v1.ResourceSlice: Devices that a driver offers.
  spec: The devices.
resource.v1.ResourceSliceSpec: Devices of a driver.
  driver: The driver. It cannot be changed.
  pool: The pool they belong to.
  nodeName: Node from which they can be used. It cannot be changed.
  nodeSelector: Nodes from which they can be used.
  allNodes: They can be used from all nodes.
  devices: The devices, at most 128.
  perDeviceNodeSelection: Each device says by itself from where it can be used.
  sharedCounters: Counters from which devices draw.
  partitionTypeAttribute: Attribute that tells the type of a partition.
  skipNodeOperations: The node need not prepare them.
resource.v1.ResourcePool: A pool of devices.
  name: Its name.
  generation: Grows with every change; slices of older generations do not count.
  resourceSliceCount: Slices that the pool has.
resource.v1.Device: A device.
  name: Its name; unique in the pool.
  attributes: What is known of it, at most 32 with the capacities.
  capacity: How much of what it has.
  consumesCounters: What it draws from shared counters.
  nodeName: Node from which it can be used.
  nodeSelector: Nodes from which it can be used.
  allNodes: It can be used from all nodes.
  taints: Taints of it.
  bindsToNode: Giving it fixes the node.
  bindingConditions: Conditions that must be True before the pod is bound.
  bindingFailureConditions: Conditions that make it be given back.
  allowMultipleAllocations: Several claims may share it.
  nodeAllocatableResources: What it takes of the node's own resources.
resource.v1.DeviceAttribute: A value; exactly one is given.
  int: A whole number.
  bool: True or false.
  string: A text of at most 64 characters.
  version: A version as semver has it.
  ints: Whole numbers.
  bools: Several of true and false.
  strings: Texts.
  versions: Versions.
resource.v1.DeviceCapacity: How much a device has.
  value: The amount.
  requestPolicy: In which portions it is given.
resource.v1.CapacityRequestPolicy: In which portions something is given.
  default: For who asks for none.
  validValues: Amounts that can be asked for.
  validRange: Range of amounts that can be asked for.
resource.v1.CapacityRequestPolicyRange: A range of amounts.
  min: The least.
  max: The most.
  step: Distance from one amount to the next.
resource.v1.DeviceCounterConsumption: What a device draws.
  counterSet: From which set.
  counters: How much from each counter.
  compatibilityGroups: With which others it can be given.
resource.v1.Counter: An amount.
  value: How much.
resource.v1.CounterSet: Counters that devices share.
  name: Its name.
  counters: The counters.
resource.v1.NodeAllocatableResource: What a device takes of a node's own resources.
  mapping: What it stands for.
  overhead: What it takes beside that.
resource.v1.NodeAllocatableMapping: What a device stands for.
  capacityKey: Capacity that counts.
  capacityMultiplier: Factor for that capacity.
  deviceMultiplier: Amount a device.
resource.v1.NodeAllocatableOverhead: What is taken beside.
  perPod: How much a pod.
  perContainer: How much a container.
`;
