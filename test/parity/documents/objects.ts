/** Objects whose tables say something: the odd states that people look at with `kubectl get`. Times are far in the past, so that ages stand still. */
type Json = Record<string, unknown>;
export interface Sample { path: string; object: Json; status?: Json }

const OLD = '2020-01-01T00:00:00Z';
const NS = 'tables';
const state = (name: string, value: Json, more: Json = {}): Json => ({ name, image: 'i', imageID: '', ready: false, restartCount: 0, state: value, ...more });
const waiting = (reason: string): Json => ({ waiting: { reason } });
const ended = (reason: string, exitCode = 0, signal?: number): Json => ({ terminated: { reason, exitCode, ...(signal ? { signal } : {}), startedAt: OLD, finishedAt: OLD } });
const running: Json = { running: { startedAt: OLD } };
const condition = (type: string, status: string, more: Json = {}): Json => ({ type, status, ...more });

const POD = { containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'y' }] };
const INIT = { ...POD, initContainers: [{ name: 'i', image: 'x' }, { name: 's', image: 'y', restartPolicy: 'Always' }] };

function pod(name: string, status: Json, spec: Json = POD, metadata: Json = {}): Sample {
  return { path: `/api/v1/namespaces/${NS}/pods`, object: { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec }, status };
}
const both = (first: Json, second: Json = first): Json => ({ containerStatuses: [first, { ...second, name: 'b' }] });
const ready = state('a', running, { ready: true, started: true });

const PODS: Sample[] = [
  pod('pending', { phase: 'Pending' }),
  pod('gated', { phase: 'Pending', conditions: [condition('PodScheduled', 'False', { reason: 'SchedulingGated' })] }, { ...POD, schedulingGates: [{ name: 'example.com/g' }] }),
  pod('running', { phase: 'Running', podIP: '10.0.0.1', podIPs: [{ ip: '10.0.0.1' }], ...both(ready) }, { ...POD, nodeName: 'worker' }),
  pod('dual', { phase: 'Running', podIP: '10.0.0.2', podIPs: [{ ip: '10.0.0.2' }, { ip: 'fd00::2' }], nominatedNodeName: 'other', ...both(ready), conditions: [condition('Ready', 'True')] }),
  pod('gates', { phase: 'Running', ...both(ready), conditions: [condition('example.com/a', 'True'), condition('example.com/b', 'False')] }, { ...POD, readinessGates: [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }, { conditionType: 'example.com/c' }] }),
  pod('crashing', { phase: 'Running', ...both(state('a', waiting('CrashLoopBackOff'), { restartCount: 7, lastState: ended('Error', 1) }), ready) }),
  pod('pulling', { phase: 'Pending', ...both(state('a', waiting('ImagePullBackOff')), state('b', waiting('ContainerCreating'))) }),
  pod('creating', { phase: 'Pending', ...both(state('a', waiting('ContainerCreating'))) }),
  pod('killed', { phase: 'Failed', ...both(state('a', ended('OOMKilled', 137, 9)), state('b', ended('', 3))) }),
  pod('signalled', { phase: 'Failed', ...both(state('a', ended('', 0, 15)), state('b', ended('', 0, 11))) }),
  pod('done', { phase: 'Succeeded', ...both(state('a', ended('Completed'))) }),
  pod('half-done', { phase: 'Running', ...both(state('a', ended('Completed')), ready), conditions: [condition('Ready', 'True')] }),
  pod('half-unready', { phase: 'Running', ...both(state('a', ended('Completed')), ready), conditions: [condition('Ready', 'False')] }),
  pod('evicted', { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource.' }),
  pod('lost', { phase: 'Running', reason: 'NodeLost', ...both(ready) }),
  pod('unknown', { phase: 'Unknown' }),
  pod('init-running', { phase: 'Pending', initContainerStatuses: [state('i', running), state('s', waiting('PodInitializing'))] }, INIT),
  pod('init-waiting', { phase: 'Pending', initContainerStatuses: [state('i', waiting('PodInitializing'))] }, INIT),
  pod('init-failed', { phase: 'Pending', initContainerStatuses: [state('i', ended('', 4), { restartCount: 2 })] }, INIT),
  pod('init-signalled', { phase: 'Pending', initContainerStatuses: [state('i', ended('', 0, 6))] }, INIT),
  pod('init-error', { phase: 'Failed', initContainerStatuses: [state('i', ended('Error', 1))] }, INIT),
  pod('init-crashing', { phase: 'Pending', initContainerStatuses: [state('i', waiting('CrashLoopBackOff'), { restartCount: 3, lastState: ended('Error', 1) })] }, INIT),
  pod('sidecar', { phase: 'Running', initContainerStatuses: [state('i', ended('Completed'), { restartCount: 1 }), state('s', running, { ready: true, started: true, restartCount: 2, lastState: ended('Error', 1) })], ...both(ready) }, INIT),
  pod('sidecar-starting', { phase: 'Pending', initContainerStatuses: [state('i', ended('Completed')), state('s', running, { started: false })] }, INIT),
  pod('initialized', { phase: 'Pending', conditions: [condition('Initialized', 'True')], initContainerStatuses: [state('i', running)], ...both(state('a', waiting('PodInitializing'))) }, INIT),
  pod('terminating', { phase: 'Running', ...both(ready) }, POD, { finalizers: ['example.com/keep'] }),
];

function node(name: string, spec: Json, status: Json, labels: Json = {}): Sample {
  return { path: '/api/v1/nodes', object: { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec }, status };
}
const info = { kubeletVersion: 'v1.37.2', osImage: 'Debian', kernelVersion: '6.1', containerRuntimeVersion: 'containerd://2.0', architecture: 'amd64', bootID: 'b', kubeProxyVersion: '', machineID: 'm', operatingSystem: 'linux', systemUUID: 'u' };
const NODES: Sample[] = [
  node('plain', {}, {}),
  node('ready', {}, { conditions: [condition('Ready', 'True')], nodeInfo: info, addresses: [{ type: 'InternalIP', address: '10.1.0.1' }, { type: 'ExternalIP', address: '1.2.3.4' }, { type: 'Hostname', address: 'ready' }] }, { 'node-role.kubernetes.io/control-plane': '', 'node-role.kubernetes.io/etcd': 'true', 'kubernetes.io/role': 'old' }),
  node('off', { unschedulable: true }, { conditions: [condition('Ready', 'False'), condition('MemoryPressure', 'True')], nodeInfo: info }, { 'node-role.kubernetes.io/worker': '' }),
  node('silent', {}, { conditions: [condition('Ready', 'Unknown')] }, { 'kubernetes.io/role': 'node' }),
];

const core = (resource: string, kind: string, name: string, body: Json, status?: Json): Sample => (
  { path: `/api/v1/namespaces/${NS}/${resource}`, object: { apiVersion: 'v1', kind, metadata: { name }, ...body }, ...(status ? { status } : {}) });
const service = (name: string, spec: Json, status?: Json): Sample => core('services', 'Service', name, { spec }, status);
const port = { port: 80, protocol: 'TCP', name: 'a' };
const QUOTA = { pods: '99', 'requests.cpu': '40', 'limits.memory': '1Gi' };
const CORE: Sample[] = [
  service('cluster', { clusterIP: '10.96.3.1', ports: [port, { port: 53, protocol: 'UDP', name: 'b' }], selector: { b: '2', a: '1' } }),
  service('headless', { clusterIP: 'None', ports: [port] }), service('node-port', { clusterIP: '10.96.3.2', type: 'NodePort', ports: [{ ...port, nodePort: 30123 }], selector: { a: 'b' } }),
  service('balanced', { clusterIP: '10.96.3.3', type: 'LoadBalancer', ports: [{ ...port, nodePort: 30124 }] }, { loadBalancer: { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP' }, { hostname: 'a.example.com' }] } }),
  service('unbalanced', { clusterIP: '10.96.3.4', type: 'LoadBalancer', ports: [{ ...port, nodePort: 30125 }], externalIPs: ['5.6.7.8'] }),
  service('outside', { type: 'ExternalName', externalName: 'www.example.com' }), service('ips', { clusterIP: '10.96.3.5', ports: [port], externalIPs: ['9.9.9.9', '8.8.8.8'] }),
  core('configmaps', 'ConfigMap', 'full', { data: { a: 'b' }, binaryData: { c: 'AAAA' } }), core('secrets', 'Secret', 'full', { type: 'Opaque', data: { a: 'AAAA' } }),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', 'bound', { spec: { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], storageClassName: 'c', volumeAttributesClassName: 'v', volumeName: 'pv', resources: { requests: { storage: '1Gi' } } } }, { phase: 'Bound', accessModes: ['ReadOnlyMany', 'ReadWriteOnce'], capacity: { storage: '2Gi' } }),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', 'waiting', { spec: { accessModes: ['ReadWriteMany'], volumeMode: 'Block', resources: { requests: { storage: '1Gi' } } } }),
  core('replicationcontrollers', 'ReplicationController', 'rc', { spec: { replicas: 2, selector: { a: 'b' }, template: { metadata: { labels: { a: 'b' } }, spec: POD } } }, { replicas: 1, readyReplicas: 1 }),
  core('limitranges', 'LimitRange', 'limits', { spec: { limits: [] } }), core('serviceaccounts', 'ServiceAccount', 'account', { secrets: [{ name: 'a' }] }),
  core('podtemplates', 'PodTemplate', 'template', { template: { metadata: { labels: { a: 'b' } }, spec: POD } }),
  core('endpoints', 'Endpoints', 'many', { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80, name: 'a' }, { port: 81, name: 'b' }] }, { addresses: [{ ip: '10.0.0.3' }], ports: [{ port: 90 }] }] }),
  core('endpoints', 'Endpoints', 'none', {}), core('events', 'Event', 'old', { involvedObject: { kind: 'Pod', name: 'x', namespace: NS, fieldPath: 'spec.containers{a}' }, reason: 'R', message: 'm\nn', type: 'Warning', firstTimestamp: OLD, lastTimestamp: OLD, count: 3, source: { component: 'c', host: 'h' } }),
  core('events', 'Event', 'new', { involvedObject: { kind: 'Pod', namespace: NS }, reason: 'R', message: 'm', type: 'Normal', eventTime: '2020-01-01T00:00:00.000000Z', reportingComponent: 'example.com/c', reportingInstance: 'i', action: 'A', series: { count: 5, lastObservedTime: '2020-01-02T00:00:00.000000Z' } }),
  { path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'limited' } } },
  { ...core('resourcequotas', 'ResourceQuota', 'quota', { spec: { hard: QUOTA } }, { hard: QUOTA, used: { pods: '1', 'requests.cpu': '250m', 'limits.memory': '0' } }), path: '/api/v1/namespaces/limited/resourcequotas' },
  { path: '/api/v1/persistentvolumes', object: { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv' }, spec: { capacity: { storage: '3Gi' }, accessModes: ['ReadWriteOnce', 'ReadWriteMany', 'ReadWriteOncePod'].slice(0, 2), persistentVolumeReclaimPolicy: 'Retain', storageClassName: 'c', claimRef: { namespace: NS, name: 'bound' }, hostPath: { path: '/x' } } }, status: { phase: 'Released', reason: 'why' } },
];

const grouped = (group: string, resource: string, kind: string, name: string, body: Json, status?: Json): Sample => (
  { path: `/apis/${group}/namespaces/${NS}/${resource}`, object: { apiVersion: group, kind, metadata: { name }, ...body }, ...(status ? { status } : {}) });
const clusterWide = (group: string, resource: string, kind: string, name: string, body: Json, status?: Json): Sample => (
  { path: `/apis/${group}/${resource}`, object: { apiVersion: group, kind, metadata: { name }, ...body }, ...(status ? { status } : {}) });
const selector = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'c', operator: 'In', values: ['y', 'x'] }, { key: 'd', operator: 'DoesNotExist' }] };
const template = { metadata: { labels: { a: 'b', c: 'x' } }, spec: POD };
const jobTemplate = { ...template, spec: { ...POD, restartPolicy: 'Never' } };
const job = (name: string, spec: Json, status: Json): Sample => grouped('batch/v1', 'jobs', 'Job', name, { spec: { template: { spec: jobTemplate.spec }, ...spec } }, status);
const jobCondition = (type: string): Json => ({ conditions: [condition(type, 'True', { lastTransitionTime: OLD })] });
const hpa = (name: string, metrics: Json[], currentMetrics: Json[], more: Json = {}): Sample => grouped('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', name,
  { spec: { minReplicas: 2, maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, metrics, ...more } }, { currentReplicas: 3, desiredReplicas: 4, currentMetrics, conditions: [] });
const cpu = (target: Json): Json => ({ type: 'Resource', resource: { name: 'cpu', target } });
const ingress = (name: string, spec: Json, status?: Json): Sample => grouped('networking.k8s.io/v1', 'ingresses', 'Ingress', name, { spec }, status);
const backend = { service: { name: 's', port: { number: 80 } } };
const http = { paths: [{ path: '/', pathType: 'Prefix', backend }] };

const GROUPS: Sample[] = [
  grouped('apps/v1', 'deployments', 'Deployment', 'd', { spec: { replicas: 3, selector, template } }, { replicas: 3, readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1, unavailableReplicas: 2, observedGeneration: 1 }),
  grouped('apps/v1', 'replicasets', 'ReplicaSet', 'rs', { spec: { replicas: 3, selector, template } }, { replicas: 3, readyReplicas: 1 }),
  grouped('apps/v1', 'statefulsets', 'StatefulSet', 'ss', { spec: { replicas: 3, serviceName: 's', selector, template } }, { replicas: 2, readyReplicas: 1 }),
  grouped('apps/v1', 'daemonsets', 'DaemonSet', 'ds', { spec: { selector, template: { ...template, spec: { ...POD, nodeSelector: { disk: 'ssd' } } } } }, { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1, updatedNumberScheduled: 1, numberAvailable: 1, numberMisscheduled: 0 }),
  grouped('apps/v1', 'controllerrevisions', 'ControllerRevision', 'rev', { revision: 4, data: { a: 'b' } }),
  { path: `/apis/apps/v1/namespaces/${NS}/controllerrevisions`, object: { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'owned', ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ds', uid: 'u', controller: true }] }, revision: 1, data: {} } },
  job('new', {}, {}), job('running', { completions: 5, parallelism: 2 }, { startTime: '2020-01-01T00:00:00Z', active: 2, succeeded: 3 }), job('queue', { parallelism: 3 }, {}), job('suspended', { suspend: true }, jobCondition('Suspended')),
  grouped('batch/v1', 'cronjobs', 'CronJob', 'cj', { spec: { schedule: '*/5 * * * *', timeZone: 'Etc/UTC', suspend: true, jobTemplate: { spec: { template: jobTemplate } } } }, { lastScheduleTime: OLD, active: [{ kind: 'Job', name: 'j' }] }),
  grouped('batch/v1', 'cronjobs', 'CronJob', 'never', { spec: { schedule: '@daily', jobTemplate: { spec: { template: jobTemplate } } } }),
  hpa('cpu', [cpu({ type: 'Utilization', averageUtilization: 80 })], [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 50, averageValue: '100m' } } }]),
  hpa('unknown', [cpu({ type: 'Utilization', averageUtilization: 80 }), { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } }, cpu({ type: 'Utilization', averageUtilization: 70 })], []),
  hpa('pods', [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '10' } } }], [{ type: 'Pods', pods: { metric: { name: 'm' }, current: { averageValue: '5' } } }]),
  hpa('object', [{ type: 'Object', object: { metric: { name: 'm' }, describedObject: { kind: 'Service', name: 's' }, target: { type: 'Value', value: '10k' } } }, { type: 'External', external: { metric: { name: 'e' }, target: { type: 'AverageValue', averageValue: '3' } } }], []),
  hpa('container', [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', target: { type: 'Utilization', averageUtilization: 60 } } }], [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', current: { averageUtilization: 12, averageValue: '1' } } }]),
  grouped('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'min', { spec: { minAvailable: '50%', selector } }, { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 1, expectedPods: 2 }),
  grouped('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'max', { spec: { maxUnavailable: 1, selector } }),
  ingress('rules', { ingressClassName: 'c', tls: [{ hosts: ['a.example.com'] }], rules: [{ host: 'a.example.com', http }, { host: 'b.example.com', http }, { http }, { host: 'c.example.com', http }, { host: 'd.example.com', http }] }, { loadBalancer: { ingress: [{ ip: '1.2.3.4' }, { hostname: 'h.example.com' }] } }),
  ingress('default', { defaultBackend: backend }),
  grouped('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', 'np', { spec: { podSelector: selector } }),
  clusterWide('networking.k8s.io/v1', 'ingressclasses', 'IngressClass', 'c', { spec: { controller: 'example.com/c', parameters: { apiGroup: 'example.com', kind: 'P', name: 'p' } } }),
  clusterWide('networking.k8s.io/v1', 'ipaddresses', 'IPAddress', '10.96.7.7', { spec: { parentRef: { resource: 'services', namespace: NS, name: 's' } } }),
  clusterWide('networking.k8s.io/v1', 'servicecidrs', 'ServiceCIDR', 'more', { spec: { cidrs: ['192.168.0.0/24'] } }),
  grouped('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', 'es', { addressType: 'IPv4', ports: [{ name: 'a', port: 80, protocol: 'TCP' }, { name: 'b', port: 81, protocol: 'UDP' }, { name: 'c', port: 82 }, { name: 'd', port: 83 }], endpoints: [1, 2, 3, 4].map((last) => ({ addresses: [`10.0.0.${last}`] })) }),
  grouped('coordination.k8s.io/v1', 'leases', 'Lease', 'l', { spec: { holderIdentity: 'me' } }),
  grouped('rbac.authorization.k8s.io/v1', 'roles', 'Role', 'r', { rules: [] }), grouped('rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding', 'rb', { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount', name: 's', namespace: NS }] }),
  clusterWide('storage.k8s.io/v1', 'storageclasses', 'StorageClass', 'c', { provisioner: 'example.com/p', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true }),
  { path: '/apis/storage.k8s.io/v1/storageclasses', object: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'default', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'example.com/p' } },
  clusterWide('storage.k8s.io/v1', 'csidrivers', 'CSIDriver', 'driver.example.com', { spec: { attachRequired: false, podInfoOnMount: true, tokenRequests: [{ audience: 'a' }, { audience: 'b' }], requiresRepublish: true, volumeLifecycleModes: ['Ephemeral', 'Persistent'] } }),
  clusterWide('storage.k8s.io/v1', 'csinodes', 'CSINode', 'n', { spec: { drivers: [{ name: 'd', nodeID: 'n', topologyKeys: [] }] } }), clusterWide('storage.k8s.io/v1', 'volumeattachments', 'VolumeAttachment', 'va', { spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } } }),
  clusterWide('storage.k8s.io/v1', 'volumeattributesclasses', 'VolumeAttributesClass', 'vac', { driverName: 'd.example.com', parameters: { a: 'b' } }), grouped('storage.k8s.io/v1', 'csistoragecapacities', 'CSIStorageCapacity', 'cap', { storageClassName: 'c', capacity: '1Gi' }),
  clusterWide('scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', 'pc', { value: 5, preemptionPolicy: 'Never' }), clusterWide('node.k8s.io/v1', 'runtimeclasses', 'RuntimeClass', 'rc', { handler: 'h' }),
  clusterWide('flowcontrol.apiserver.k8s.io/v1', 'prioritylevelconfigurations', 'PriorityLevelConfiguration', 'pl', { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 3, limitResponse: { type: 'Reject' } } } }),
  clusterWide('flowcontrol.apiserver.k8s.io/v1', 'flowschemas', 'FlowSchema', 'fs', { spec: { priorityLevelConfiguration: { name: 'nowhere' }, distinguisherMethod: { type: 'ByUser' }, matchingPrecedence: 77 } }),
  grouped('stable.example.com/v1', 'widgets', 'Widget', 'full', { spec: { size: 4, word: 'a', map: { ratio: 1.5 }, list: [{ key: 'x' }, { key: 'y' }], when: OLD, free: { on: true } } }), grouped('stable.example.com/v1', 'widgets', 'Widget', 'bare', { spec: {} }),
  grouped('resource.k8s.io/v1', 'resourceclaims', 'ResourceClaim', 'claim', { spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c.example.com' } }] } } }),
];

export const SAMPLES: Sample[] = [{ path: '/api/v1/namespaces', object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } } }, core('serviceaccounts', 'ServiceAccount', 'default', {}), ...NODES, ...CORE, ...GROUPS, ...PODS];
/** Deleted once all is made; a finalizer keeps it. */
export const TERMINATING = `/api/v1/namespaces/${NS}/pods/terminating`;
