/** LimitRange and ResourceQuota: what is filled in, what is refused, what counts. */
import { type CustomCase, type CustomStep, dry, get, merge, post, quiet } from '../case.ts';

type Json = Record<string, unknown>;
const at = (namespace: string, resource: string): string => `/api/v1/namespaces/${namespace}/${resource}`;

function namespaceSteps(name: string): CustomStep[] {
  return [
    quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    quiet(post(at(name, 'serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
  ];
}
const range = (namespace: string, limits: Json[]): CustomStep => quiet(post(at(namespace, 'limitranges'), { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits' }, spec: { limits } }));
const pod = (name: string, containers: Json[], more: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { automountServiceAccountToken: false, containers, ...more } });
const container = (requests?: Json, limits?: Json, name = 'a'): Json => ({ name, image: 'nginx:1', resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } });
const claim = (storage: string, more: Json = {}): Json => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...more } });

const PODS: Json[] = [
  pod('plain', [container()]),
  pod('two', [container(), container({ cpu: '1' }, { cpu: '2' }, 'b')]),
  pod('low', [container({ cpu: '1m', memory: '1Mi' })]),
  pod('high', [container({ cpu: '5' }, { cpu: '5', memory: '9Gi' })]),
  pod('ratio', [container({ cpu: '100m' }, { cpu: '900m' })]),
  pod('limits', [container(undefined, { cpu: '300m', memory: '100Mi' })]),
  pod('sum', [container({ cpu: '1' }, { cpu: '1' }), container({ cpu: '1' }, { cpu: '1' }, 'b'), container({ cpu: '1' }, { cpu: '1' }, 'c')]),
  pod('init', [container({ cpu: '200m' }, { cpu: '300m' })], { initContainers: [container({ cpu: '3' }, { cpu: '3' }, 'i')] }),
  pod('whole', [container()], { resources: { requests: { cpu: '3' }, limits: { cpu: '3' } } }),
  pod('storage', [container({ 'ephemeral-storage': '5Gi' }, { 'ephemeral-storage': '5Gi' })]),
  pod('overhead', [container({ cpu: '200m' }, { cpu: '300m' })], { overhead: { cpu: '1' } }),
];
const posts = (namespace: string): CustomStep[] => PODS.map((body) => post(dry(at(namespace, 'pods')), body));

/** Controllers do not run here, so what is used is written as they would. */
function quota(namespace: string, name: string, hard: Json, used: Json, more: Json = {}): CustomStep[] {
  return [
    quiet(post(at(namespace, 'resourcequotas'), { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...more } })),
    quiet({ ...merge(at(namespace, `resourcequotas/${name}/status`), { status: { hard, used } }) }),
    { verb: 'get', method: 'GET', path: at(namespace, `resourcequotas/${name}`), until: /"used":/ },
  ];
}
const cleanup = (namespace: string): string[] => [`/api/v1/namespaces/${namespace}`];

export const cases: CustomCase[] = [
  { name: 'limits of containers', cleanup: cleanup('lim-container'), steps: [
    ...namespaceSteps('lim-container'),
    range('lim-container', [{ type: 'Container', min: { cpu: '50m', memory: '10Mi' }, max: { cpu: '2', memory: '2Gi' }, default: { cpu: '500m', memory: '200Mi' }, defaultRequest: { cpu: '100m' }, maxLimitRequestRatio: { cpu: '4' } }]),
    ...posts('lim-container'),
  ] },
  { name: 'limits of pods', cleanup: cleanup('lim-pod'), steps: [
    ...namespaceSteps('lim-pod'),
    range('lim-pod', [{ type: 'Pod', min: { cpu: '150m' }, max: { cpu: '2', memory: '1Gi' }, maxLimitRequestRatio: { cpu: '2' } }]),
    ...posts('lim-pod'),
  ] },
  { name: 'limits that only default', cleanup: cleanup('lim-default'), steps: [
    ...namespaceSteps('lim-default'), range('lim-default', [{ type: 'Container', default: { cpu: '1' } }, { type: 'Container', max: { memory: '1Gi' } }]), ...posts('lim-default'),
  ] },
  { name: 'limits of claims', cleanup: cleanup('lim-claim'), steps: [
    ...namespaceSteps('lim-claim'),
    range('lim-claim', [{ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '5Gi' } }]),
    ...['500Mi', '1Gi', '5Gi', '6Gi'].map((size) => post(dry(at('lim-claim', 'persistentvolumeclaims')), claim(size))),
  ] },
  { name: 'quota of resources', cleanup: cleanup('quo-all'), steps: [
    ...namespaceSteps('quo-all'),
    ...quota('quo-all', 'q', { pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' }, { pods: '1', 'requests.cpu': '500m', 'limits.memory': '0' }),
    ...posts('quo-all'),
    post(dry(at('quo-all', 'pods')), pod('fits', [container({ cpu: '500m' }, { memory: '1Gi' })])),
    post(dry(at('quo-all', 'pods')), pod('toomuch', [container({ cpu: '600m' }, { memory: '2Gi' })])),
    post(at('quo-all', 'pods'), pod('real', [container({ cpu: '400m' }, { memory: '1Gi' })])), get(at('quo-all', 'resourcequotas/q')),
    post(at('quo-all', 'pods'), pod('next', [container({ cpu: '10m' }, { memory: '1Mi' })])),
  ] },
  { name: 'quota of scopes', cleanup: cleanup('quo-scope'), steps: [
    ...namespaceSteps('quo-scope'),
    ...quota('quo-scope', 'best', { pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] }),
    ...quota('quo-scope', 'ending', { pods: '0' }, { pods: '0' }, { scopes: ['Terminating', 'NotBestEffort'] }),
    ...quota('quo-scope', 'class', { pods: '0' }, { pods: '0' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }] } }),
    ...quota('quo-scope', 'cross', { pods: '0' }, { pods: '0' }, { scopeSelector: { matchExpressions: [{ scopeName: 'CrossNamespacePodAffinity', operator: 'Exists' }] } }),
    ...posts('quo-scope').slice(0, 3),
    post(dry(at('quo-scope', 'pods')), pod('ending', [container({ cpu: '1' })], { activeDeadlineSeconds: 5 })),
    post(dry(at('quo-scope', 'pods')), pod('critical', [container({ cpu: '1' })], { priorityClassName: 'system-node-critical' })),
    post(dry(at('quo-scope', 'pods')), pod('cross', [container({ cpu: '1' })], { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', labelSelector: {}, namespaces: ['x'] }] } } })),
    post(dry(at('quo-scope', 'pods')), pod('free', [container({ cpu: '1' })])),
  ] },
  { name: 'quota of objects', cleanup: cleanup('quo-count'), steps: [
    ...namespaceSteps('quo-count'),
    ...quota('quo-count', 'q', { configmaps: '1', 'count/secrets': '0', services: '1', 'services.nodeports': '0', 'services.loadbalancers': '0', persistentvolumeclaims: '1', 'requests.storage': '2Gi', 'fast.storageclass.storage.k8s.io/requests.storage': '1Gi', 'count/deployments.apps': '0', replicationcontrollers: '0' },
      { configmaps: '0', 'count/secrets': '0', services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0', persistentvolumeclaims: '0', 'requests.storage': '0', 'fast.storageclass.storage.k8s.io/requests.storage': '0', 'count/deployments.apps': '0', replicationcontrollers: '0' }),
    post(at('quo-count', 'configmaps'), { metadata: { name: 'a' } }), post(at('quo-count', 'configmaps'), { metadata: { name: 'b' } }),
    post(dry(at('quo-count', 'secrets')), { metadata: { name: 'a' } }),
    ...['ClusterIP', 'NodePort', 'LoadBalancer'].map((type) => post(dry(at('quo-count', 'services')), { metadata: { name: 's' }, spec: { type, ports: [{ port: 80 }] } })),
    ...['1Gi', '3Gi'].map((size) => post(dry(at('quo-count', 'persistentvolumeclaims')), claim(size))),
    post(dry(at('quo-count', 'persistentvolumeclaims')), claim('2Gi', { storageClassName: 'fast' })),
    post(dry('/apis/apps/v1/namespaces/quo-count/deployments'), { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container()] } } } }),
    post(dry(at('quo-count', 'replicationcontrollers')), { metadata: { name: 'd' }, spec: { selector: { a: 'b' }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container()] } } } }),
  ] },
  { name: 'quota without a count', cleanup: cleanup('quo-unknown'), steps: [
    ...namespaceSteps('quo-unknown'), quiet(post(at('quo-unknown', 'resourcequotas'), { metadata: { name: 'q' }, spec: { hard: { pods: '5', configmaps: '1' } } })),
    post(dry(at('quo-unknown', 'pods')), PODS[0] as Json), post(dry(at('quo-unknown', 'configmaps')), { metadata: { name: 'a' } }),
  ] },
];
