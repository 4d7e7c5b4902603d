export const ACCESS = `
rbac.v1.Role: Rights inside a namespace.
  rules: What it allows. Nothing is ever forbidden by a role.
rbac.v1.ClusterRole: Rights in the whole cluster, or, by a RoleBinding, in one namespace.
  rules: What it allows.
  aggregationRule: Collects the rules of other cluster roles; rules are then written by the controller.
rbac.v1.AggregationRule: Other roles whose rules are collected.
  clusterRoleSelectors: Labels of those roles; one selector must match.
rbac.v1.PolicyRule: Something that is allowed: verbs on resources, or on paths.
  verbs: get, list, watch, create, update, patch, delete, deletecollection and others; * for all.
  apiGroups: Groups of the resources; "" is the core group, * all.
  resources: Such as pods or pods/log; * for all, */scale for a subresource of all.
  resourceNames: Only objects of these names. Create and deletecollection cannot be limited by it. Absent: all.
  nonResourceURLs: Paths that are no resources, such as /healthz; * at the end for all below. Only in cluster roles.
rbac.v1.RoleBinding: Gives the rights of a role to subjects, inside a namespace.
  subjects: Who gets them.
  roleRef: The Role of the namespace or the ClusterRole. It cannot be changed.
rbac.v1.ClusterRoleBinding: Gives the rights of a cluster role to subjects, in the whole cluster.
  subjects: Who gets them.
  roleRef: The ClusterRole. It cannot be changed.
rbac.v1.Subject: A user, group or service account.
  kind: User, Group or ServiceAccount.
  apiGroup: "" for a ServiceAccount, rbac.authorization.k8s.io for the others.
  name: Its name.
  namespace: Of a service account.
rbac.v1.RoleRef: A role.
  apiGroup: rbac.authorization.k8s.io.
  kind: Role or ClusterRole.
  name: Its name.
core.v1.ServiceAccount: Name under which programs of a namespace talk to the API server.
  secrets: Secrets that its pods may mount, where the annotation kubernetes.io/enforce-mountable-secrets is true. No tokens are put here any more.
  imagePullSecrets: Credentials of registries for pods that name none.
  automountServiceAccountToken: Whether pods get a token unless they say otherwise. True by default.
core.v1.Namespace: A room for names, rights and quotas.
  spec: How it goes.
  status: Whether it is going.
core.v1.NamespaceSpec: How a namespace goes.
  finalizers: Must be empty before it goes; kubernetes is taken away when all its objects are gone.
core.v1.NamespaceStatus: State of a namespace.
  phase: Active or Terminating.
  conditions: What keeps it from going.
core.v1.LimitRange: Least, most and default resources of pods, containers and claims of a namespace.
  spec: The limits.
core.v1.LimitRangeSpec: Limits.
  limits: One entry a type.
core.v1.LimitRangeItem: Limits of one type.
  type: Container, Pod or PersistentVolumeClaim.
  max: The most, by resource.
  min: The least, by resource.
  default: Limit of containers that name none.
  defaultRequest: Request of containers that name none.
  maxLimitRequestRatio: The most by which a limit may exceed its request.
core.v1.ResourceQuota: The most that a namespace may use.
  spec: The limits.
  status: What is used.
core.v1.ResourceQuotaSpec: Limits of a namespace.
  hard: The most, by resource: requests.cpu, limits.memory, pods, services.nodeports, count/deployments.apps and so on.
  scopes: Only objects in all of these count: Terminating, NotTerminating, BestEffort, NotBestEffort, CrossNamespacePodAffinity and others. It cannot be changed.
  scopeSelector: As scopes, with values, such as PriorityClass In [high]. It cannot be changed.
core.v1.ScopeSelector: Scopes.
  matchExpressions: Scopes of which all must hold.
core.v1.ScopedResourceSelectorRequirement: A scope.
  scopeName: Its name.
  operator: In, NotIn, Exists or DoesNotExist.
  values: Values for In and NotIn.
core.v1.ResourceQuotaStatus: Use of a namespace.
  hard: The limits that are enforced.
  used: What is used, by resource.
scheduling.v1.PriorityClass: A name for a priority of pods.
  value: The priority, up to 1000000000; pods with more go first and may push others away. It cannot be changed.
  globalDefault: Pods that name no class get this one. Only one class can have it.
  description: What it is for.
  preemptionPolicy: PreemptLowerPriority (default) or Never. It cannot be changed.
coordination.v1.Lease: Something that one holder has for a while and must renew, such as leadership or a node's life.
  spec: Who has it until when.
coordination.v1.LeaseSpec: Who has a lease.
  holderIdentity: Who has it.
  leaseDurationSeconds: Seconds after renewTime when others may take it.
  acquireTime: When the holder got it.
  renewTime: When it was last renewed.
  leaseTransitions: How often the holder changed.
  strategy: How the next holder is chosen among candidates.
  preferredHolder: Who should have it; the holder then gives it up.
core.v1.Event: Something that happened, kept for an hour unless the cluster says otherwise.
  involvedObject: What it is about.
  source: Who tells it.
  firstTimestamp: When it first happened.
  lastTimestamp: When it last happened.
  count: How often it happened.
  type: Normal or Warning.
  eventTime: When it happened.
  series: That it goes on happening.
  action: What was done or did not succeed.
  related: Another object it is about.
  reportingComponent: Who tells it.
  reportingInstance: Which one of those.
core.v1.EventSource: Who tells an event.
  component: Its name.
  host: Node it is on.
core.v1.EventSeries: An event that goes on happening.
  count: How often so far.
  lastObservedTime: When last.
core.v1.ObjectReference: An object.
  namespace: Its namespace.
  name: Its name.
  uid: Its UID.
  resourceVersion: A state of it.
  fieldPath: A part of it, such as spec.containers{web}.
events.v1.Event: Something that happened, kept for an hour unless the cluster says otherwise.
  eventTime: When it first happened. Needed.
  series: That it goes on happening.
  reportingController: Who tells it, with a domain. Needed.
  reportingInstance: Which one of those. Needed, at most 128 characters.
  action: What was done or did not succeed. Needed, at most 128 characters.
  regarding: What it is about.
  related: Another object it is about.
  note: What happened, for people. At most 1 kB.
  type: Normal or Warning.
  deprecatedSource: Source of the older form.
  deprecatedFirstTimestamp: First time of the older form.
  deprecatedLastTimestamp: Last time of the older form.
  deprecatedCount: Count of the older form.
events.v1.EventSeries: An event that goes on happening.
  count: How often so far.
  lastObservedTime: When last.
`;
