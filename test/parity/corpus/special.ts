import type { Last, Step } from '../scenario.ts';
import { APPLY, DRY, MERGE, STRATEGIC, cleared, get, given, patch, post, put, type Subject } from './common.ts';

/** What only some resources have: binding, eviction, ephemeral containers, resize, tokens, approval, finalization, reviews. */
export function specialSteps(subject: Subject): Step[] {
  const steps = SPECIAL[subject.resource.resource]?.(subject) ?? [];
  return steps.map((step) => ({ ...step, verb: step.quiet ? step.verb : subresourceOf(step.path) ?? step.verb }));
}

const subresourceOf = (path: string): string | undefined => /\/(binding|eviction|ephemeralcontainers|resize|token|approval|finalize|log|exec|attach|portforward|proxy|status)(?:$|[/?])/.exec(path)?.[1];

const SPECIAL: Record<string, (subject: Subject) => Step[]> = {
  pods: ({ collection, path, valid }) => [
    given(collection, valid()), ...bindings(path), ...evictions(collection, path), cleared(path), given(collection, valid()), ...ephemeralContainers(path), ...resizes(path), ...connections(path), cleared(path),
    given(collection, { ...valid(), spec: { ...valid()['spec'] as object, priorityClassName: 'none' } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, priorityClassName: 'none' } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, priorityClassName: 'system-node-critical' } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, serviceAccountName: 'none' } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, automountServiceAccountToken: true } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, runtimeClassName: 'none' } }), post(`${collection}${DRY}`, { ...valid(), spec: { ...valid()['spec'] as object, priority: 7 } }), cleared(path),
  ],
  serviceaccounts: ({ collection, path, valid, namespace }) => [given(collection, valid()), ...tokens(path, namespace), cleared(path)],
  certificatesigningrequests: ({ collection, path, valid }) => [given(collection, valid()), ...approvals(path), cleared(path)],
  namespaces: ({ collection, path, valid }) => [
    given(collection, valid()), put(`${path}/finalize`, (last: Last) => ({ ...last, spec: { finalizers: ['kubernetes', 'example.com/x'] } })), put(`${path}/finalize`, (last: Last) => ({ ...last, spec: { finalizers: ['bad'] } })), get(`${path}/finalize`), cleared(path),
    post(`/api/v1/namespaces/one/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' } }), post(`/api/v1/namespaces/missing/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late' } }), put(`${path}/finalize`, (last: Last) => ({ ...last, spec: { finalizers: [] } })), get(path), ...['default', 'kube-system', 'kube-public'].map((name) => ({ verb: 'delete', method: 'DELETE', path: `${collection}/${name}` })),
  ],
  bindings: ({ collection, namespace }) => [given(collection.replace('bindings', 'pods'), { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bound' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'b' }] } }), post(collection, { metadata: { name: 'bound', namespace }, target: { kind: 'Node', name: 'n' } }), post(collection, { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'm' } }), post(collection, { metadata: { name: 'bound' }, target: { kind: 'Pod', name: '' } }), post(collection, { metadata: {}, target: {} })],
  subjectaccessreviews: reviews, selfsubjectaccessreviews: reviews, localsubjectaccessreviews: reviews,
  selfsubjectrulesreviews: ({ collection, apiVersion, resource }) => [{ namespace: '' }, { namespace: 'kube-system' }, {}].map((spec) => post(collection, { apiVersion, kind: resource.kind, spec })),
  tokenreviews: ({ collection, apiVersion, resource }) => [{ token: '' }, {}, { token: 'x', audiences: ['a'] }].map((spec) => post(collection, { apiVersion, kind: resource.kind, spec })),
  nodes: ({ collection, path, valid }) => [given(collection, valid()), get(`${path}/proxy`), cleared(path)],
};

function bindings(path: string): Step[] {
  const binding = (target: unknown, metadata: unknown = {}): object => ({ apiVersion: 'v1', kind: 'Binding', metadata, target });
  return [
    post(`${path}/binding${DRY}`, binding({ kind: 'Node', name: 'n' })), post(`${path}/binding`, binding({ kind: 'Pod', name: 'n' })), post(`${path}/binding`, binding({ name: '' })), post(`${path}/binding`, binding({ kind: 'Node', name: 'n' }, { name: 'other' })), post(`${path}/binding`, binding({ kind: 'Node', name: 'n' }, { uid: 'wrong' })), post(`${path}/binding`, binding({ kind: 'Node', name: 'n' }, { annotations: { bound: 'yes' } })), post(`${path}/binding`, binding({ kind: 'Node', name: 'm' })), post(`${path}x/binding`, binding({ kind: 'Node', name: 'm' })), post(`${path}/binding`, {}), get(`${path}/binding`), get(path),
  ];
}

function evictions(collection: string, path: string): Step[] {
  const eviction = (more: object = {}): object => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' }, ...more });
  const at = `${path}/eviction`;
  const budgets = collection.replace('/api/v1', '/apis/policy/v1').replace('/pods', '/poddisruptionbudgets');
  const budget = (name: string): object => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { parity: 'yes' } } } });
  return [
    post(at, eviction({ metadata: { name: 'other' } })), post(at, eviction({ metadata: {} })), post(at, eviction({ deleteOptions: { preconditions: { uid: 'x' } } })), post(at, eviction({ deleteOptions: { dryRun: ['All'] } })), post(`${at}${DRY}`, eviction()), post(at, eviction({ apiVersion: 'policy/v1beta1' })), post(at, eviction({ apiVersion: 'v1' })), post(at, {}), post(at, eviction({ deleteOptions: { gracePeriodSeconds: -1, dryRun: ['All'] } })), post(`${path}x/eviction`, eviction({ metadata: { name: 'onex' } })), get(at),
    given(budgets, budget('b1')), post(`${at}${DRY}`, eviction()), given(budgets, budget('b2')), post(`${at}${DRY}`, eviction()), cleared(`${budgets}/b1`), cleared(`${budgets}/b2`),
  ];
}

function ephemeralContainers(path: string): Step[] {
  const at = `${path}/ephemeralcontainers`;
  const add = (containers: unknown): Step => patch(`${at}${DRY}`, STRATEGIC, { spec: { ephemeralContainers: containers } });
  return [
    get(at), add([{ name: 'e', image: 'x' }]), add([{ name: 'a', image: 'x' }]), add([{ name: 'E_', image: '' }]), add([{ name: 'e', image: 'x', targetContainerName: 'none' }]), add([{ name: 'e', image: 'x', ports: [{ containerPort: 80 }] }]), add([{ name: 'e', image: 'x', livenessProbe: { httpGet: { port: 80 } }, resources: { limits: { cpu: '1' } } }]), add([{ name: 'e', image: 'x', lifecycle: {} }]),
    patch(at, STRATEGIC, { spec: { ephemeralContainers: [{ name: 'e', image: 'x' }] } }), add([{ name: 'e', image: 'y' }]), patch(`${at}${DRY}`, MERGE, { spec: { ephemeralContainers: [] } }), patch(`${at}${DRY}`, MERGE, { spec: { containers: [] } }), patch(`${at}${DRY}`, MERGE, { metadata: { labels: { a: 'b' } } }), put(`${at}${DRY}`, (last: Last) => last), get(path),
  ];
}

function resizes(path: string): Step[] {
  const at = `${path}/resize`;
  const to = (container: object): Step => patch(`${at}${DRY}`, STRATEGIC, { spec: { containers: [{ name: 'a', ...container }] } });
  return [get(at), to({ resources: { requests: { cpu: '1' } } }), to({ resources: { requests: { cpu: '-1' } } }), to({ resources: { limits: { memory: '1Gi' }, requests: { memory: '2Gi' } } }), to({ resources: { requests: { 'example.com/x': '1' } } }), to({ image: 'other' }), to({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }), put(`${at}${DRY}`, (last: Last) => last), patch(`${at}${DRY}`, MERGE, { metadata: { labels: { a: 'b' } } }), patch(`${at}?fieldManager=m`, APPLY, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec: { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] } })];
}

/** Connections that are refused before any node is asked. */
function connections(path: string): Step[] {
  return [get(`${path}x/log`), get(`${path}/log?container=none`), get(`${path}/log?tailLines=-1`), get(`${path}/log?tailLines=x`), get(`${path}/log?sinceSeconds=0`), get(`${path}/log?sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z`), get(`${path}/log?limitBytes=0`), get(`${path}/log`), get(`${path}x/exec?command=a`), get(`${path}/exec`), get(`${path}/exec?command=a&container=none`), get(`${path}/attach?container=none`), post(`${path}x/portforward`)];
}

function tokens(path: string, namespace: string): Step[] {
  const at = `${path}/token`;
  const review = (spec: unknown, more: object = {}): object => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec, ...more });
  const bound = (object: object): object => review({ audiences: ['a'], boundObjectRef: object });
  return [
    post(at, review({})), post(at, review({ audiences: ['a', 'b'], expirationSeconds: 3600 })), post(at, review({ expirationSeconds: 5 })), post(at, review({ expirationSeconds: 600, audiences: [''] })), post(at, review({ expirationSeconds: 4294967297 })), post(`${at}${DRY}`, review({})), post(at, review({}, { metadata: { name: 'other' } })), post(at, review({}, { metadata: { namespace: 'other' } })), post(at, review({}, { metadata: { name: 'one', namespace } })), post(at, {}), post(at, { apiVersion: 'v1', kind: 'TokenRequest' }),
    post(at, bound({ kind: 'Pod', apiVersion: 'v1', name: 'none' })), post(at, bound({ kind: 'Secret', apiVersion: 'v1', name: 'none' })), post(at, bound({ kind: 'Node', apiVersion: 'v1', name: 'none' })), post(at, bound({ kind: 'ConfigMap', apiVersion: 'v1', name: 'none' })), post(at, bound({ kind: 'Pod', apiVersion: 'v1', name: 'none', uid: 'x' })), post(`${path}x/token`, review({})), get(at), post(`${at}?fieldValidation=Strict`, review({ unknown: 1 })),
  ];
}

function approvals(path: string): Step[] {
  const at = `${path}/approval`;
  const condition = { type: 'Approved', status: 'True', reason: 'R', message: 'm' };
  const conditions = (list: unknown, dry = true): Step => put(`${at}${dry ? DRY : ''}`, (last: Last) => ({ ...last, status: { conditions: list } }));
  return [get(at), conditions([condition]), conditions([{ ...condition, status: 'False' }]), conditions([{ ...condition, type: 'Denied' }, condition]), conditions([{ type: '' }]), conditions([{ ...condition, type: 'Odd' }]), conditions([condition, condition]), conditions([condition], false), conditions([]), conditions([{ ...condition, type: 'Denied' }]), put(`${path}/status${DRY}`, (last: Last) => ({ ...last, status: { ...last['status'] as object, certificate: 'eA==' } })), put(`${path}/status${DRY}`, (last: Last) => ({ ...last, status: { conditions: [{ ...condition, type: 'Failed' }] } })), get(path)];
}

function reviews({ collection, apiVersion, resource, namespace }: Subject): Step[] {
  const attributes = { verb: 'get', resource: 'pods', namespace };
  const specs: object[] = [
    {}, { user: 'u' }, { user: 'u', nonResourceAttributes: { path: '/x', verb: 'get' } }, { user: 'u', resourceAttributes: attributes, nonResourceAttributes: { path: '/x' } }, { groups: ['system:masters'], resourceAttributes: attributes }, { user: 'system:kube-scheduler', resourceAttributes: { ...attributes, verb: 'list' } }, { resourceAttributes: attributes }, { user: 'u', groups: [''], resourceAttributes: { verb: '*', resource: '*', group: '*' } },
    { user: 'u', resourceAttributes: { ...attributes, fieldSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] } } }, { user: 'u', resourceAttributes: { ...attributes, labelSelector: { requirements: [{ key: 'a', operator: 'Odd' }] } } }, { user: 'u', resourceAttributes: { ...attributes, labelSelector: { requirements: [{ key: '', operator: 'In' }] } } }, { user: 'u', resourceAttributes: { ...attributes, fieldSelector: {} } }, { user: 'u', resourceAttributes: { ...attributes, labelSelector: { rawSelector: 'a in (' } } },
  ];
  return [...specs.map((spec) => post(collection, { apiVersion, kind: resource.kind, spec })), post(collection, { apiVersion, kind: resource.kind, metadata: { name: 'x' }, spec: specs[4] }), post(collection, { apiVersion, kind: resource.kind, metadata: { namespace: 'other' }, spec: specs[4] })];
}
