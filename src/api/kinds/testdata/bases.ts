/** Objects that upstream accepts as they are; cases change them. */
type Json = Record<string, unknown>;
const container = (): Json => ({ name: 'a', image: 'nginx:1' });
const template = (): Json => ({ metadata: { labels: { app: 'x' } }, spec: { containers: [container()] } });
const meta = { name: 'parity' };
const selector = { matchLabels: { app: 'x' } };

export const bases: Record<string, () => Json> = {
  pod: () => ({ apiVersion: 'v1', kind: 'Pod', metadata: meta, spec: { automountServiceAccountToken: false, serviceAccountName: 'default', containers: [container(), { name: 'b', image: 'nginx:1' }], volumes: [{ name: 'v', emptyDir: {} }] } }),
  service: () => ({ apiVersion: 'v1', kind: 'Service', metadata: meta, spec: { selector: { app: 'x' }, ports: [{ port: 80 }] } }),
  configmap: () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, data: { a: 'b' } }),
  secret: () => ({ apiVersion: 'v1', kind: 'Secret', metadata: meta, data: { a: 'Yg==' } }),
  namespace: () => ({ apiVersion: 'v1', kind: 'Namespace', metadata: meta }),
  node: () => ({ apiVersion: 'v1', kind: 'Node', metadata: meta, spec: { podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24'] }, status: { capacity: { cpu: '1', memory: '1Gi' } } }),
  pv: () => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }),
  pvc: () => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }),
  quota: () => ({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: meta, spec: { hard: { pods: '10' } } }),
  limits: () => ({ apiVersion: 'v1', kind: 'LimitRange', metadata: meta, spec: { limits: [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '100m' } }] } }),
  rc: () => ({ apiVersion: 'v1', kind: 'ReplicationController', metadata: meta, spec: { template: template() } }),
  deployment: () => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta, spec: { selector, template: template() } }),
  replicaset: () => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: meta, spec: { selector, template: template() } }),
  daemonset: () => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: meta, spec: { selector, template: template() } }),
  statefulset: () => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: meta, spec: { serviceName: 's', selector, template: template(), volumeClaimTemplates: [{ metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] } }),
  job: () => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: meta, spec: { template: { metadata: {}, spec: { restartPolicy: 'Never', containers: [container()] } } } }),
  cronjob: () => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta, spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [container()] } } } } } }),
  ingress: () => ({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta, spec: { rules: [{ host: 'a.example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }] } }] } }),
  ingressclass: () => ({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: meta, spec: { controller: 'example.com/x' } }),
  netpol: () => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta, spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] } }),
  pdb: () => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta, spec: { minAvailable: 1, selector } }),
  hpa: () => ({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: meta, spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } } }),
  role: () => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: meta, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }),
  binding: () => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: meta, roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] }),
  storageclass: () => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: meta, provisioner: 'x.example.com/p' }),
  csidriver: () => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: meta, spec: {} }),
  csinode: () => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: meta, spec: { drivers: [{ name: 'd', nodeID: 'n' }] } }),
  priority: () => ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: meta, value: 10 }),
  lease: () => ({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: meta, spec: {} }),
  slice: () => ({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: meta, addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'] }], ports: [{ port: 80 }] }),
  endpoints: () => ({ apiVersion: 'v1', kind: 'Endpoints', metadata: meta, subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] }),
  event: () => ({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'parity', namespace: 'default' }, involvedObject: { kind: 'Pod', name: 'x', namespace: 'default' }, reason: 'R', message: 'm', type: 'Normal' }),
  runtimeclass: () => ({ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: meta, handler: 'runc' }),
  webhook: () => ({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: meta, webhooks: [{ name: 'a.example.com', sideEffects: 'None', admissionReviewVersions: ['v1'], clientConfig: { url: 'https://x.example.com/y' }, rules: [{ operations: ['CREATE'], apiGroups: ['x.example.com'], apiVersions: ['v1'], resources: ['foos'] }] }] }),
  flowschema: () => ({ apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: meta, spec: { priorityLevelConfiguration: { name: 'x' } } }),
};
