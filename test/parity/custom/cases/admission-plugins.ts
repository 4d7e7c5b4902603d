/** Admission plugins that only flags switch on, and what an admission configuration says to them and to others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CustomCase, type CustomStep, dry, get, merge, post, put, quiet, remove } from '../case.ts';

type Json = Record<string, unknown>;

const CONFIGURATION = {
  apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration',
  plugins: [
    { name: 'PodSecurity', configuration: {
      apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration', defaults: { enforce: 'baseline', warn: 'restricted', 'warn-version': 'v1.30' },
      exemptions: { usernames: ['exempt-user'], namespaces: ['ap-exempt'], runtimeClasses: ['ap-exempt-class'] },
    } },
    { name: 'ResourceQuota', configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'ResourceQuotaConfiguration', limitedResources: [
      { resource: 'persistentvolumeclaims', matchContains: ['.storageclass.storage.k8s.io/requests.storage'] },
      { resource: 'pods', matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['ap-critical'] }] },
      { resource: 'services', matchContains: ['services.loadbalancers'] },
    ] } },
    { name: 'EventRateLimit', configuration: { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration', limits: [
      { type: 'Namespace', qps: 1, burst: 6, cacheSize: 100 }, { type: 'SourceAndObject', qps: 1, burst: 2 }, { type: 'User', qps: 100, burst: 100 },
    ] } },
    { name: 'PodNodeSelector', path: 'selectors.yaml' },
    { name: 'PodTolerationRestriction', configuration: { apiVersion: 'podtolerationrestriction.admission.k8s.io/v1alpha1', kind: 'Configuration', default: [{ key: 'cluster', operator: 'Exists' }] } },
  ],
};
const SELECTORS = 'podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: "cluster=one"\n  ap-selector: "env=test,disk=ssd,zone=a"\n  ap-bad: "no selector"\n';

export function flags(folder: string): string[] {
  writeFileSync(join(folder, 'admission.yaml'), JSON.stringify(CONFIGURATION));
  writeFileSync(join(folder, 'selectors.yaml'), SELECTORS);
  const plugins = ['AlwaysPullImages', 'AlwaysAdmit', 'DenyServiceExternalIPs', 'EventRateLimit', 'ExtendedResourceToleration', 'LimitPodHardAntiAffinityTopology', 'NamespaceAutoProvision',
    'NamespaceExists', 'OwnerReferencesPermissionEnforcement', 'PodNodeSelector', 'PodTolerationRestriction'];
  return [
    `--enable-admission-plugins=${plugins.join(',')}`, '--disable-admission-plugins=ServiceAccount,DefaultIngressClass', `--admission-control-config-file=${join(folder, 'admission.yaml')}`,
    '--default-not-ready-toleration-seconds=10', '--default-unreachable-toleration-seconds=20',
  ];
}

const core = (namespace: string, rest: string): string => `/api/v1/namespaces/${namespace}/${rest}`;
const namespace = (name: string, metadata: Json = {}): CustomStep => post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } });
const container = (more: Json = {}): Json => ({ name: 'a', image: 'nginx:1', ...more });
const pod = (name: string, spec: Json = {}, metadata: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers: [container()], ...spec } });
const gone = (name: string): string[] => [`/api/v1/namespaces/${name}`];
const as = (user: string, step: CustomStep): CustomStep => ({ ...step, headers: { 'impersonate-user': user } });
const anti = (topologyKey: string): Json => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { a: 'b' } } }] } } });
const event = (name: string, object: string): Json => ({ apiVersion: 'v1', kind: 'Event', metadata: { name }, involvedObject: { kind: 'Pod', name: object, namespace: 'ap-events' }, source: { component: 'test' }, reason: 'Testing', type: 'Normal' });
const owned = (name: string, references: Json[]): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences: references } });
const owner = (kind: string, apiVersion: string, more: Json = {}): Json => ({ apiVersion, kind, name: 'owner', uid: '0b5e6b0a-9c5c-4d5e-8e0f-0123456789ab', ...more });
const claim = (storageClassName?: string): Json => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'claim' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...(storageClassName ? { storageClassName } : {}) } });
const role = (name: string, rules: Json[]): CustomStep[] => [
  quiet(post('/apis/rbac.authorization.k8s.io/v1/clusterroles', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules })),
  quiet(post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }, subjects: [{ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' }] })),
];
const rights = (apiGroups: string[], resources: string[], verbs: string[]): Json => ({ apiGroups, resources, verbs });
const roleNames = (name: string): string[] => [`/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`, `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`];

const PODS: Json[] = [
  pod('plain'), pod('never', { containers: [container({ imagePullPolicy: 'Never' })], initContainers: [container({ name: 'i', imagePullPolicy: 'IfNotPresent' })] }),
  pod('image-volume', { volumes: [{ name: 'v', image: { reference: 'nginx:1', pullPolicy: 'IfNotPresent' } }] }),
  pod('hostname', anti('kubernetes.io/hostname')), pod('zone', anti('topology.kubernetes.io/zone')),
  pod('device', { containers: [container({ resources: { requests: { 'example.com/b': '1', 'example.com/a': '2', cpu: '1' }, limits: { 'example.com/b': '1', 'example.com/a': '2' } } })] }),
  pod('device-tolerated', { containers: [container({ resources: { limits: { 'example.com/a': '2' } } })], tolerations: [{ key: 'example.com/a', operator: 'Exists', effect: 'NoSchedule' }] }),
  pod('tolerates', { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 7 }, { key: 'a', operator: 'Equal', value: 'b' }, { operator: 'Exists', effect: 'NoSchedule' }] }),
  pod('all', { tolerations: [{ operator: 'Exists' }] }),
  pod('selector', { nodeSelector: { env: 'test' } }), pod('selector-other', { nodeSelector: { env: 'production' } }), pod('selector-cluster', { nodeSelector: { cluster: 'two' } }),
  pod('selector-outside', { nodeSelector: { foreign: 'x' } }),
  pod('privileged', { containers: [container({ securityContext: { privileged: true } })] }), pod('host', { hostNetwork: true }),
];
const posts = (name: string): CustomStep[] => PODS.map((body) => post(dry(core(name, 'pods')), body));

const podCases: CustomCase[] = [
  { name: 'plugins that change and refuse pods', cleanup: gone('ap-pods'), steps: [
    namespace('ap-pods'), ...posts('ap-pods'),
    post(core('ap-pods', 'pods'), pod('update', { containers: [container({ imagePullPolicy: 'Never' })] })),
    merge(core('ap-pods', 'pods/update'), { metadata: { labels: { a: 'b' } } }),
    { verb: 'patch', method: 'PATCH', path: core('ap-pods', 'pods/update'), type: 'application/strategic-merge-patch+json', body: { spec: { containers: [{ name: 'a', image: 'nginx:2' }] } } },
    remove(core('ap-pods', 'pods/update?gracePeriodSeconds=0')),
  ] },
  { name: 'node selectors of a namespace', cleanup: [...gone('ap-selector'), ...gone('ap-annotated'), ...gone('ap-conflict'), ...gone('ap-bad')], steps: [
    namespace('ap-selector', { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'env=test' } }), ...posts('ap-selector'),
    namespace('ap-annotated', { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'disk = ssd, zone=a' } }), ...posts('ap-annotated'),
    namespace('ap-conflict', { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'env=test=more' } }), post(dry(core('ap-conflict', 'pods')), pod('x')),
    merge('/api/v1/namespaces/ap-conflict', { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'e/n/v=test' } } }), post(dry(core('ap-conflict', 'pods')), pod('x')),
    merge('/api/v1/namespaces/ap-conflict', { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'env=te st' } } }), post(dry(core('ap-conflict', 'pods')), pod('x')),
    merge('/api/v1/namespaces/ap-conflict', { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': '' } } }), post(dry(core('ap-conflict', 'pods')), pod('x')),
    namespace('ap-bad'), post(dry(core('ap-bad', 'pods')), pod('x')),
  ] },
  { name: 'tolerations of a namespace', cleanup: [...gone('ap-tolerations'), ...gone('ap-allowed')], steps: [
    namespace('ap-tolerations', { annotations: { 'scheduler.alpha.kubernetes.io/defaultTolerations': '[{"key":"team","operator":"Equal","value":"x","effect":"NoSchedule"}]' } }), ...posts('ap-tolerations'),
    merge('/api/v1/namespaces/ap-tolerations', { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/defaultTolerations': '' } } }), post(dry(core('ap-tolerations', 'pods')), pod('x')),
    namespace('ap-allowed', { annotations: { 'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '[{"key":"a","operator":"Exists"},{"key":"node.kubernetes.io/not-ready","operator":"Exists"}, {"key":"node.kubernetes.io/unreachable","operator":"Exists"},{"key":"cluster","operator":"Exists"}]' } }), ...posts('ap-allowed'),
    merge('/api/v1/namespaces/ap-allowed', { metadata: { annotations: { 'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '' } } }), post(dry(core('ap-allowed', 'pods')), pod('x')),
  ] },
];

const otherCases: CustomCase[] = [
  { name: 'namespaces come about', cleanup: [...gone('ap-new')], steps: [
    post(core('ap-new', 'configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' } }), get('/api/v1/namespaces/ap-new'),
    post(dry(core('ap-dry', 'configmaps')), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' } }),
    post(core('AP_BAD', 'configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' } }),
    remove(core('ap-missing', 'configmaps/x')), merge(core('ap-missing', 'configmaps/x'), {}),
  ] },
  { name: 'external addresses', cleanup: gone('ap-services'), steps: [
    namespace('ap-services'),
    post(core('ap-services', 'services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 1 }] } }),
    merge(core('ap-services', 'services/s'), { spec: { externalIPs: ['192.0.2.9'] } }), merge(core('ap-services', 'services/s'), { metadata: { labels: { a: 'b' } } }),
    post(core('ap-services', 'services'), { apiVersion: 'v1', kind: 'Service', metadata: { name: 't' }, spec: { ports: [{ port: 1 }], externalIPs: ['192.0.2.8'] } }),
  ] },
  { name: 'events come too often', cleanup: gone('ap-events'), steps: [
    namespace('ap-events'), post(dry(core('ap-events', 'events')), event('d', 'd')),
    ...['a', 'a', 'a', 'b', 'b', 'c', 'e', 'f'].map((object, index) => post(core('ap-events', 'events'), event(`e${index}`, object))),
  ] },
  { name: 'owners', cleanup: [...gone('ap-owners'), ...roleNames('ap-writer'), ...roleNames('ap-owner'), ...roleNames('ap-finalizer')], steps: [
    namespace('ap-owners'),
    ...role('ap-writer', [rights([''], ['configmaps'], ['create', 'update', 'patch', 'get'])]),
    ...role('ap-owner', [rights([''], ['configmaps'], ['create', 'update', 'patch', 'get', 'delete']), rights(['apps'], ['deployments/finalizers'], ['update'])]),
    ...role('ap-finalizer', [rights([''], ['configmaps'], ['create', 'update', 'patch', 'get', 'delete']), rights(['*'], ['*/finalizers'], ['update'])]),
    ...['ap-writer', 'ap-owner', 'ap-finalizer'].flatMap((user) => [
      as(user, post(core('ap-owners', 'configmaps'), owned(user, []))),
      as(user, merge(core('ap-owners', `configmaps/${user}`), owned(user, [owner('Deployment', 'apps/v1')]))),
      as(user, merge(core('ap-owners', `configmaps/${user}`), owned(user, [owner('Deployment', 'apps/v1', { blockOwnerDeletion: true })]))),
      as(user, merge(core('ap-owners', `configmaps/${user}`), { data: { a: 'b' } })),
      as(user, post(core('ap-owners', 'configmaps'), owned(`${user}-2`, [owner('Deployment', 'apps/v1', { blockOwnerDeletion: true })]))),
      as(user, post(core('ap-owners', 'configmaps'), owned(`${user}-3`, [owner('Node', 'v1', { blockOwnerDeletion: true })]))),
      as(user, post(core('ap-owners', 'configmaps'), owned(`${user}-4`, [owner('Nothing', 'none.example.com/v1', { blockOwnerDeletion: true })]))),
      as(user, put(core('ap-owners', `configmaps/${user}`), owned(user, []))),
    ]),
  ] },
  { name: 'the standards of the cluster, and whom they spare', cleanup: [...gone('ap-standard'), ...gone('ap-labelled'), ...gone('ap-exempt'), ...roleNames('exempt-user')], steps: [
    namespace('ap-standard'), ...posts('ap-standard'), namespace('ap-labelled', { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }), ...posts('ap-labelled'),
    merge('/api/v1/namespaces/ap-labelled', { metadata: { labels: { 'pod-security.kubernetes.io/enforce-version': 'latest' } } }),
    namespace('ap-exempt', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/audit-version': 'v1.30' } }), ...posts('ap-exempt'),
    merge('/api/v1/namespaces/ap-exempt', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } }),
    merge('/api/v1/namespaces/ap-exempt', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }),
    merge('/api/v1/namespaces/ap-exempt', { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'none' } } }),
    ...role('exempt-user', [rights([''], ['pods'], ['create'])]),
    ...PODS.slice(-2).map((body) => as('exempt-user', post(dry(core('ap-standard', 'pods')), body))),
    post('/apis/node.k8s.io/v1/runtimeclasses', { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'ap-exempt-class' }, handler: 'x' }),
    post(dry(core('ap-standard', 'pods')), pod('class', { hostNetwork: true, runtimeClassName: 'ap-exempt-class' })), remove('/apis/node.k8s.io/v1/runtimeclasses/ap-exempt-class'),
  ] },
  { name: 'what only a quota allows', cleanup: [...gone('ap-limited'), '/apis/scheduling.k8s.io/v1/priorityclasses/ap-critical'], steps: [
    namespace('ap-limited'), post(dry(core('ap-limited', 'persistentvolumeclaims')), claim()), post(dry(core('ap-limited', 'persistentvolumeclaims')), claim('gold')),
    post('/apis/scheduling.k8s.io/v1/priorityclasses', { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'ap-critical' }, value: 1000 }),
    post(dry(core('ap-limited', 'pods')), pod('critical', { priorityClassName: 'ap-critical' })), post(dry(core('ap-limited', 'pods')), pod('usual')),
    post(dry(core('ap-limited', 'services')), { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { type: 'LoadBalancer', ports: [{ port: 1 }] } }),
    post(core('ap-limited', 'resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard: { 'gold.storageclass.storage.k8s.io/requests.storage': '10Gi', 'services.loadbalancers': '0' } } }),
    quiet(merge(core('ap-limited', 'resourcequotas/q/status'), { status: { hard: { 'gold.storageclass.storage.k8s.io/requests.storage': '10Gi', 'services.loadbalancers': '0' }, used: { 'gold.storageclass.storage.k8s.io/requests.storage': '0', 'services.loadbalancers': '0' } } })),
    { ...get(core('ap-limited', 'resourcequotas/q')), until: /"used":/ },
    post(dry(core('ap-limited', 'persistentvolumeclaims')), claim('gold')), post(dry(core('ap-limited', 'persistentvolumeclaims')), claim('silver')),
    post(dry(core('ap-limited', 'services')), { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { type: 'LoadBalancer', ports: [{ port: 1 }] } }),
    post(core('ap-limited', 'resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'p' }, spec: { hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['ap-critical'] }] } } }),
    quiet(merge(core('ap-limited', 'resourcequotas/p/status'), { status: { hard: { pods: '1' }, used: { pods: '0' } } })), { ...get(core('ap-limited', 'resourcequotas/p')), until: /"used":/ },
    post(dry(core('ap-limited', 'pods')), pod('critical', { priorityClassName: 'ap-critical' })),
  ] },
];

export const cases: CustomCase[] = [...podCases, ...otherCases];
