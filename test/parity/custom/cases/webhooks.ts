/** Admission webhooks: what servers make of every answer, which requests reach a webhook, and what these say. */
import { type CustomCase, type CustomStep, CRDS, definition, get, merge, objectOf, post, put, quiet, remove } from '../case.ts';
import { DECISION_NAMES, PATCH_NAMES } from '../review-answers.ts';
import { clientConfig, startReviewServers, type SideName } from '../review-server.ts';

type Json = Record<string, unknown>;
type HookKind = 'Validating' | 'Mutating';

export const start = startReviewServers;

const SETTLE = 150;
const GROUP = '/apis/admissionregistration.k8s.io/v1';
const NAMESPACE = 'webhooks';
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const IN_NAMESPACE = { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACE } };
const RULE = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] };

const configurations = (kind: HookKind): string => `${GROUP}/${kind.toLowerCase()}webhookconfigurations`;

/** Of one webhook: where it is and what differs from the usual. */
interface Hook { path: string; rest?: Json }

function configuration(kind: HookKind, name: string, hooks: Hook[], side: SideName): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}WebhookConfiguration`, metadata: { name },
    webhooks: hooks.map(({ path, rest = {} }, index) => ({
      name: `${path.replace(/[^a-z0-9]/g, '-')}.h${index}.example.com`, admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 5, clientConfig: clientConfig(side, path),
      namespaceSelector: IN_NAMESPACE, rules: [RULE], ...rest,
    })),
  };
}

const register = (kind: HookKind, name: string, hooks: Hook[]): CustomStep => ({
  verb: 'create', method: 'POST', path: configurations(kind), body: ((_: unknown, side: SideName) => configuration(kind, name, hooks, side)) as CustomStep['body'] & {}, settle: SETTLE, quiet: true,
});

const makeNamespace = (name: string, labels: Json = {}): CustomStep[] => [
  quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
  quiet(post(`/api/v1/namespaces/${name}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
];
const namespaceSteps = makeNamespace(NAMESPACE);
const configMap = (name: string, labels: Json = {}, rest: Json = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { a: 'b' }, ...rest });
const dry = (path: string): string => `${path}?dryRun=All`;
const inParts = <Item>(list: Item[], size: number): Item[][] => Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));

/** Every answer of one kind of webhook under both policies about failures. */
function answers(kind: HookKind, names: string[]): CustomCase[] {
  return inParts(names, 40).flatMap((part, index) => ['Fail', 'Ignore'].map((failurePolicy) => {
    const name = `answers-${kind.toLowerCase()}-${failurePolicy.toLowerCase()}-${index}`;
    const hooks = part.map((answer) => ({ path: answer, rest: { failurePolicy, objectSelector: { matchLabels: { answer } }, ...(answer.startsWith('slow') ? { timeoutSeconds: 1 } : {}) } }));
    return {
      name: `webhook ${name}`,
      steps: [...namespaceSteps, register(kind, name, hooks), ...part.map((answer) => post(dry(CONFIG_MAPS), configMap(answer, { answer })))],
      cleanup: [`${configurations(kind)}/${name}`],
    };
  }));
}

/** A case with a configuration of each kind given, by the case's name. */
function withHooks(name: string, hooks: Partial<Record<HookKind, Hook[]>>, steps: CustomStep[], cleanup: string[] = []): CustomCase {
  const kinds = Object.keys(hooks) as HookKind[];
  const own = name.replace(/[^a-z0-9]+/g, '-');
  return {
    name: `webhook ${name}`, steps: [...namespaceSteps, ...kinds.map((kind) => register(kind, own, hooks[kind] ?? [])), ...steps],
    cleanup: [...kinds.map((kind) => `${configurations(kind)}/${own}`), ...cleanup],
  };
}

const selected = (name: string, rest: Json): Hook => ({ path: `deny-message/${name}`, rest: { objectSelector: { matchLabels: { hook: name } }, ...rest } });
const condition = (expression: string, name = 'c'): Json => ({ name, expression });
const CONDITIONS: Record<string, Json> = {
  'true': { matchConditions: [condition('true')] },
  'false': { matchConditions: [condition('false')] },
  'error': { matchConditions: [condition('object.none.nothing == 1')] },
  'error-ignored': { failurePolicy: 'Ignore', matchConditions: [condition('object.none.nothing == 1')] },
  'two-errors': { matchConditions: [condition('object.none == 1', 'a'), condition('object.other == 1', 'b'), condition('true', 'c')] },
  'same-errors': { matchConditions: [condition('object.none == 1', 'a'), condition(' object.none == 1', 'b')] },
  'error-and-false': { matchConditions: [condition('object.none == 1', 'a'), condition('false', 'b')] },
  'object': { matchConditions: [condition('object.data.a == "b" && oldObject == null')] },
  'request': { matchConditions: [condition('request.operation == "CREATE" && request.name == "request" && request.namespace == "webhooks" && request.dryRun')] },
  'user': { matchConditions: [condition('request.userInfo.username == "system:nobody"')] },
  'groups': { matchConditions: [condition('"system:masters" in request.userInfo.groups')] },
  'authorizer': { matchConditions: [condition('authorizer.group("").resource("configmaps").namespace("webhooks").check("create").allowed()')] },
  'authorizer-resource': { matchConditions: [condition('authorizer.requestResource.check("get").allowed()')] },
  'authorizer-account': { matchConditions: [condition('authorizer.serviceAccount("webhooks", "default").group("").resource("secrets").check("get").allowed()')] },
  'kind': { matchConditions: [condition('request.kind.kind == "ConfigMap" && request.resource.resource == "configmaps" && request.requestKind.version == "v1"')] },
  'options': { matchConditions: [condition('request.options.dryRun == ["All"]')] },
  'costly': { matchConditions: [condition('[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a+b+c+d+e+f > 0))))))')] },
  'costly-ignored': { failurePolicy: 'Ignore', matchConditions: [condition('[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a+b+c+d+e+f > 0))))))')] },
};

const denyAll = (name: string, rules: Json[], rest: Json = {}): Hook => ({ path: `allow/${name}`, rest: { rules, ...rest } });
const rule = (rest: Json): Json => ({ ...RULE, ...rest });
/** Which of these are called shows what a request matches. */
const RULES: Hook[] = [
  denyAll('create', [rule({ operations: ['CREATE'] })]), denyAll('update', [rule({ operations: ['UPDATE'] })]), denyAll('delete', [rule({ operations: ['DELETE'] })]),
  denyAll('connect', [rule({ operations: ['CONNECT'], resources: ['*/*'] })]), denyAll('all-resources', [rule({ resources: ['*'] })]), denyAll('all-subresources', [rule({ resources: ['*/*'] })]),
  denyAll('pods-all', [rule({ resources: ['pods/*'] })]), denyAll('any-status', [rule({ resources: ['*/status'] })]), denyAll('pod-status', [rule({ resources: ['pods/status'] })]),
  denyAll('pods', [rule({ resources: ['pods'] })]), denyAll('exec', [rule({ resources: ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy'] })]),
  denyAll('binding', [rule({ resources: ['pods/binding', 'bindings', 'pods/eviction', 'serviceaccounts/token', 'pods/ephemeralcontainers', 'pods/resize'] })]),
  denyAll('namespaced', [rule({ resources: ['*'], scope: 'Namespaced' })]), denyAll('cluster', [rule({ resources: ['*'], scope: 'Cluster' })]),
  denyAll('all-scopes', [rule({ resources: ['*'], scope: '*' })]), denyAll('all-groups', [rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] })]),
  denyAll('other-version', [rule({ apiVersions: ['v2'] })]), denyAll('two-rules', [rule({ operations: ['CONNECT'] }), rule({ operations: ['CREATE'] })]),
  denyAll('scale', [rule({ apiGroups: ['apps'], resources: ['deployments/scale'] })]),
].map(({ path, rest }) => ({ path, rest: { ...rest, failurePolicy: 'Fail', matchPolicy: 'Exact' } }));

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const pod = (name: string): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { a: 'b' } }, spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'nginx:1' }] } });
const deployment = (name: string, replicas?: number): Json => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { ...(replicas === undefined ? {} : { replicas }), selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'nginx:1' }] } } },
});
const applied = (path: string, body: unknown): CustomStep => ({ verb: 'apply', method: 'PATCH', path: `${path}?fieldManager=m`, type: 'application/apply-patch+yaml', body });
const patchJson = (path: string, body: unknown): CustomStep => ({ verb: 'patch', method: 'PATCH', path, type: 'application/json-patch+json', body });
const strategic = (path: string, body: unknown): CustomStep => ({ verb: 'patch', method: 'PATCH', path, type: 'application/strategic-merge-patch+json', body });
const removeWith = (path: string, body: unknown): CustomStep => ({ verb: 'delete', method: 'DELETE', path, body });

/** One request of every sort, whose reviews are compared. */
const REQUESTS: CustomStep[] = [
  post(CONFIG_MAPS, configMap('one', { x: 'y' })),
  post(`${CONFIG_MAPS}?fieldManager=own&fieldValidation=Strict`, { ...configMap('two'), metadata: { generateName: 'gen-' } }),
  post(dry(CONFIG_MAPS), configMap('three')),
  post(CONFIG_MAPS, configMap('one')),
  put(`${CONFIG_MAPS}/one`, { ...configMap('one'), data: { a: 'c' } }),
  put(`${CONFIG_MAPS}/one?dryRun=All&fieldManager=own`, { ...configMap('one'), data: { a: 'd' } }),
  put(`${CONFIG_MAPS}/one`, { ...configMap('one'), data: { a: 'c' } }),
  merge(`${CONFIG_MAPS}/one`, { data: { b: 'd' } }),
  merge(`${CONFIG_MAPS}/one`, { data: { b: 'd' } }),
  merge(`${CONFIG_MAPS}/none`, { data: { b: 'd' } }),
  patchJson(`${CONFIG_MAPS}/one`, [{ op: 'add', path: '/data/c', value: 'e' }]),
  strategic(`${CONFIG_MAPS}/one`, { data: { d: 'f' } }),
  applied(`${CONFIG_MAPS}/one`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { e: 'g' } }),
  applied(`${CONFIG_MAPS}/applied`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { e: 'g' } }),
  applied(`${CONFIG_MAPS}/applied`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { e: 'g' } }),
  removeWith(`${CONFIG_MAPS}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'], propagationPolicy: 'Background' }),
  removeWith(`${CONFIG_MAPS}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid: 'other' } }),
  remove(`${CONFIG_MAPS}/none`),
  remove(`${CONFIG_MAPS}/one?propagationPolicy=Foreground`),
  remove(`${CONFIG_MAPS}/one`),
  remove(CONFIG_MAPS),
  post(PODS, pod('one')),
  merge(`${PODS}/one/status`, { status: { phase: 'Pending' } }),
  merge(`${PODS}/one`, { metadata: { annotations: { x: 'y' } } }),
  post(`${PODS}/one/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'one' }, target: { kind: 'Node', name: 'nowhere' } }),
  strategic(`${PODS}/one/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'e', image: 'nginx:1' }] } }),
  strategic(`${PODS}/one/resize`, { spec: { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] } }),
  post(`${PODS}/one/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' }, deleteOptions: { dryRun: ['All'] } }),
  { verb: 'connect', method: 'POST', path: `${PODS}/one/exec?command=ls&command=-l&stdout=true&container=a`, headers: {} },
  { verb: 'connect', method: 'POST', path: `${PODS}/one/attach?stdin=true`, headers: {} },
  { verb: 'connect', method: 'POST', path: `${PODS}/one/portforward?ports=80`, headers: {} },
  get(`${PODS}/one/proxy/some/path?a=b`), get(`/api/v1/namespaces/${NAMESPACE}/services/none/proxy/x`),
  removeWith(`${PODS}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }),
  post(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } }),
  post(DEPLOYMENTS, deployment('one')),
  merge(`${DEPLOYMENTS}/one/scale`, { spec: { replicas: 3 } }),
  put(`${DEPLOYMENTS}/one/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'one', namespace: NAMESPACE }, spec: { replicas: 2 } }),
  merge(`${DEPLOYMENTS}/one/status`, { status: { replicas: 2 } }),
  remove(`${DEPLOYMENTS}/one`),
  post(dry(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs`), { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'nginx:1' }] } } } }),
  post(dry(`/api/v1/namespaces/${NAMESPACE}/secrets`), { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'b' } }),
  post(dry(`/api/v1/namespaces/${NAMESPACE}/services`), { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }),
  post(`/api/v1/namespaces/${NAMESPACE}/events`, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'one', namespace: NAMESPACE }, reason: 'r', type: 'Normal' }),
  post(`/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`, { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'f' }, regarding: { kind: 'Pod', name: 'one', namespace: NAMESPACE }, reason: 'r', type: 'Normal', action: 'a', eventTime: '2001-01-01T00:00:00.000000Z', reportingController: 'example.com/c', reportingInstance: 'i' }),
  post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } }),
  post(`/apis/authorization.k8s.io/v1/namespaces/${NAMESPACE}/localsubjectaccessreviews`, { apiVersion: 'authorization.k8s.io/v1', kind: 'LocalSubjectAccessReview', metadata: { namespace: NAMESPACE }, spec: { user: 'u', resourceAttributes: { namespace: NAMESPACE, verb: 'get', resource: 'pods' } } }),
  post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'webhooks-made', labels: { made: 'yes' } } }),
  merge('/api/v1/namespaces/webhooks-made', { metadata: { labels: { changed: 'yes' } } }),
  put('/api/v1/namespaces/webhooks-made/finalize', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'webhooks-made' }, spec: {} }),
  remove('/api/v1/namespaces/webhooks-made'),
  post(dry('/api/v1/persistentvolumes'), { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'v' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } }),
];
const CLEANUP = [`${PODS}/one`, `${DEPLOYMENTS}/one`, `${CONFIG_MAPS}/one`, `/api/v1/namespaces/${NAMESPACE}/events/e`, `/api/v1/namespaces/${NAMESPACE}/events/f`];
const EVERYTHING = { namespaceSelector: {}, rules: [{ apiGroups: ['', 'apps', 'batch', 'events.k8s.io', 'authorization.k8s.io', 'authentication.k8s.io', 'policy'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }] };
const everywhere = (path: string): Hook => ({ path, rest: EVERYTHING });

/** Patches of one webhook show in what the next one gets. */
const adding = (path: string, rest: Json = {}): Hook => ({ path, rest });
const needed = { reinvocationPolicy: 'IfNeeded' };
const again = (name: string, hooks: Hook[], body: Json = configMap('x')): CustomCase => withHooks(`second pass ${name}`, { Mutating: hooks }, [post(dry(CONFIG_MAPS), body)]);
const onPods = { rules: [rule({ resources: ['pods'] })] };
const SECOND_PASS: CustomCase[] = [
  again('of an earlier one', [adding('patch-add', needed), adding('patch-label')]), again('of nobody', [adding('patch-add'), adding('patch-label')]), again('of the last', [adding('patch-add'), adding('patch-label', needed)]),
  again('of all', [adding('patch-add', needed), adding('patch-label', needed), adding('patch-more', needed)]), again('without change', [adding('allow', needed), adding('patch-same', needed)]),
  again('of what grows', [adding('patch-grow', needed), adding('patch-add', needed)]), again('of what grows alone', [adding('patch-grow', needed)]), again('of what matches later', [adding('patch-label', { ...needed, objectSelector: { matchLabels: { patched: 'yes' } } }), adding('patch-label')]),
  again('of what matches no longer', [adding('patch-more', { ...needed, objectSelector: { matchExpressions: [{ key: 'patched', operator: 'DoesNotExist' }] } }), adding('patch-label')]),
  again('with a refusal', [adding('patch-add', needed), adding('deny-message')]),
  withHooks('second pass over pods', { Mutating: [adding('pod-container', { ...needed, ...onPods }), adding('allow/pods', onPods)] }, [post(dry(PODS), pod('p'))]),
  withHooks('second pass of defaults', { Mutating: [adding('pod-bare', onPods), adding('pod-label', onPods)], Validating: [adding('allow/v', onPods)] }, [post(dry(PODS), pod('p'))]),
  withHooks('pods made invalid', { Mutating: [adding('pod-invalid', onPods)] }, [post(dry(PODS), pod('p'))]), withHooks('pods of wrong types', { Mutating: [adding('pod-mistyped', onPods)] }, [post(dry(PODS), pod('p'))]),
  withHooks('pods with what nobody knows', { Mutating: [adding('pod-unknown', onPods)] }, [post(dry(PODS), pod('p'))]), withHooks('pods with a quantity', { Mutating: [adding('pod-quantity', onPods)] }, [post(dry(PODS), pod('p'))]),
];

const both = (name: string, paths: string[], rest: Json = {}): CustomCase => withHooks(name, { Mutating: paths.map((path) => ({ path: `${path}/m`, rest })), Validating: paths.map((path) => ({ path: `${path}/v`, rest })) }, [post(dry(CONFIG_MAPS), configMap('x')), post(CONFIG_MAPS, configMap('x')), remove(`${CONFIG_MAPS}/x`)], [`${CONFIG_MAPS}/x`]);
const SEVERAL: CustomCase[] = [
  both('two refuse', ['deny-message', 'deny-details']), both('one fails and one refuses', ['code-500', 'deny-message'], { failurePolicy: 'Ignore' }), both('two warn', ['allow-warn', 'deny-warn']), both('old reviews', ['version-old', 'allow', 'patch-add', 'uid-wrong'], { admissionReviewVersions: ['v1beta1'] }),
  both('both reviews', ['allow'], { admissionReviewVersions: ['v1beta1', 'v1'] }), both('unknown reviews first', ['allow'], { admissionReviewVersions: ['v2', 'v1'] }), both('side effects on dry runs', ['deny-message'], { sideEffects: 'NoneOnDryRun' }),
  both('default timeout', ['allow'], { timeoutSeconds: undefined }), both('longest timeout', ['allow'], { timeoutSeconds: 30 }), both('only the namespace selector of another', ['deny-message'], { namespaceSelector: { matchLabels: { no: 'such' } } }),
  both('no selector', ['allow'], { namespaceSelector: {}, objectSelector: {} }), both('expressions in selectors', ['deny-message'], { objectSelector: { matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] } }),
  withHooks('validation of what was changed', { Mutating: [{ path: 'patch-label' }], Validating: [{ path: 'deny-message', rest: { objectSelector: { matchLabels: { patched: 'yes' } } } }, { path: 'allow', rest: { matchConditions: [condition('has(object.metadata.labels.patched)')] } }] }, [post(dry(CONFIG_MAPS), configMap('x')), post(dry(CONFIG_MAPS), { ...configMap('x'), metadata: { generateName: 'gen-', labels: {} } })]),
];

/** Webhooks that are somewhere else than the review server. */
const elsewhere = (name: string, config: (side: SideName) => Json, failurePolicy = 'Fail'): CustomCase => {
  const own = `elsewhere-${name}`;
  const body = ((_: unknown, side: SideName) => ({
    apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: own },
    webhooks: [{ name: `${name}.example.com`, admissionReviewVersions: ['v1'], sideEffects: 'None', timeoutSeconds: 3, namespaceSelector: IN_NAMESPACE, rules: [RULE], failurePolicy, clientConfig: config(side) }],
  })) as CustomStep['body'] & {};
  return { name: `webhook elsewhere ${name}`, steps: [...namespaceSteps, { verb: 'create', method: 'POST', path: configurations('Validating'), body, settle: SETTLE, quiet: true }, post(dry(CONFIG_MAPS), configMap('x'))], cleanup: [`${configurations('Validating')}/${own}`] };
};
const ELSEWHERE: CustomCase[] = [
  elsewhere('refused', () => ({ url: 'https://127.0.0.1:1/x' })), elsewhere('no-authority', (side) => ({ url: clientConfig(side, 'allow').url })), elsewhere('no-service', () => ({ service: { namespace: NAMESPACE, name: 'none', path: '/x' } })),
  elsewhere('no-service-port', () => ({ service: { namespace: NAMESPACE, name: 'none', port: 8443 } })), elsewhere('no-namespace', () => ({ service: { namespace: 'nowhere', name: 'none' } })), elsewhere('query', (side) => ({ ...clientConfig(side, 'deny-message') })),
  elsewhere('other-name', (side) => ({ ...clientConfig(side, 'deny-message'), url: clientConfig(side, 'deny-message').url.replace('127.0.0.1', 'localhost') })), elsewhere('ignored', () => ({ url: 'https://127.0.0.1:1/x' }), 'Ignore'),
];

/** A definition with two versions, of which webhooks want either. */
const GADGETS = `/apis/custom.example.com/v1/namespaces/${NAMESPACE}/gadgets`;
const GADGET_SCHEMA = { openAPIV3Schema: objectOf({ spec: objectOf({ size: { type: 'integer', default: 3 }, colour: { type: 'string', maxLength: 5 } }) }) };
const gadgets = definition('gadgets', undefined, { versions: ['v1', 'v2'].map((name, index) => ({ name, served: true, storage: index === 1, schema: GADGET_SCHEMA, subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } } })) });
const gadget = (name: string, version = 'v1'): Json => ({ apiVersion: `custom.example.com/${version}`, kind: 'Gadget', metadata: { name, labels: { x: 'y' } }, spec: { colour: 'red', more: 1 } });
const gadgetRule = (version: string, rest: Json = {}): Json => ({ apiGroups: ['custom.example.com'], apiVersions: [version], resources: ['gadgets', 'gadgets/*'], operations: ['*'], ...rest });
const GADGET_STEPS: CustomStep[] = [
  post(GADGETS, gadget('one')), post(GADGETS.replace('/v1/', '/v2/'), gadget('two', 'v2')), merge(`${GADGETS}/one`, { spec: { colour: 'blue' } }), merge(`${GADGETS}/one/scale`, { spec: { replicas: 5 } }), merge(`${GADGETS}/one/status`, { status: { size: 5 } }),
  put(`${GADGETS}/two`, { ...gadget('two'), metadata: { name: 'two', resourceVersion: '0' } }), remove(`${GADGETS}/one`), remove(`${GADGETS}/two`),
];
const custom = (name: string, hooks: Partial<Record<HookKind, Hook[]>>): CustomCase => {
  const made = withHooks(`custom ${name}`, hooks, GADGET_STEPS, [`${GADGETS}/one`, `${GADGETS}/two`, `${CRDS}/gadgets.custom.example.com`]);
  return { ...made, steps: [quiet(post(CRDS, gadgets)), { ...get(GADGETS), until: /"kind":\s*"\w+List"/ }, { ...get(GADGETS.replace('/v1/', '/v2/')), until: /"kind":\s*"\w+List"/ }, ...made.steps] };
};
const CUSTOM: CustomCase[] = [
  custom('exact', { Validating: [{ path: 'allow', rest: { matchPolicy: 'Exact', rules: [gadgetRule('v1')] } }], Mutating: [{ path: 'allow', rest: { matchPolicy: 'Exact', rules: [gadgetRule('v2')] } }] }),
  custom('equivalent', { Validating: [{ path: 'allow/v1', rest: { rules: [gadgetRule('v1')] } }, { path: 'allow/v2', rest: { rules: [gadgetRule('v2')] } }], Mutating: [{ path: 'allow/m1', rest: { rules: [gadgetRule('v1')] } }, { path: 'allow/m2', rest: { rules: [gadgetRule('v2')] } }] }),
  custom('patched', { Mutating: [{ path: 'gadget-colour', rest: { rules: [gadgetRule('v1', { resources: ['gadgets'] })] } }, { path: 'allow', rest: { rules: [gadgetRule('v2')] } }], Validating: [{ path: 'allow/v', rest: { rules: [gadgetRule('*')] } }] }),
  custom('patched with what is not in the schema', { Mutating: [{ path: 'gadget-unknown', rest: { rules: [gadgetRule('*', { resources: ['gadgets'] })] } }] }), custom('made invalid', { Mutating: [{ path: 'gadget-long', rest: { rules: [gadgetRule('*', { resources: ['gadgets'] })] } }] }),
  custom('of another kind', { Mutating: [{ path: 'patch-kind', rest: { rules: [gadgetRule('*', { resources: ['gadgets'] })] } }] }), custom('without kind', { Mutating: [{ path: 'patch-no-kind', rest: { rules: [gadgetRule('*', { resources: ['gadgets'] })] } }] }),
  custom('conditions', { Validating: [{ path: 'deny-message', rest: { rules: [gadgetRule('v2')], matchConditions: [condition('object.apiVersion == "custom.example.com/v2" && request.kind.version == "v2" && request.requestKind.version == "v1"')] } }] }),
];

const SCALERS = `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`;
const scaler = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h' }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' } } };
const converted = (path: string, version: string, matchPolicy: string): Hook => ({ path, rest: { matchPolicy, rules: [{ apiGroups: ['autoscaling'], apiVersions: [version], resources: ['horizontalpodautoscalers'], operations: ['*'] }] } });
const EQUIVALENT = withHooks('equivalent versions', {
  Validating: [converted('allow/v1', 'v1', 'Equivalent'), converted('allow/v2', 'v2', 'Equivalent'), converted('allow/exact', 'v1', 'Exact')], Mutating: [converted('scaler-max/m1', 'v1', 'Equivalent'), converted('allow/m2', 'v2', 'Equivalent')],
}, [post(dry(SCALERS), scaler), post(dry(SCALERS.replace('/v2/', '/v1/')), { ...scaler, apiVersion: 'autoscaling/v1', spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 50, scaleTargetRef: { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' } } })]);

export const cases: CustomCase[] = [
  ...answers('Validating', DECISION_NAMES), ...answers('Mutating', [...DECISION_NAMES, ...PATCH_NAMES]),
  ...answers('Validating', PATCH_NAMES.slice(0, 20)).map((one) => ({ ...one, name: `${one.name} with patches` })),
  withHooks('conditions', { Validating: Object.entries(CONDITIONS).map(([name, rest]) => selected(name, rest)) }, Object.keys(CONDITIONS).flatMap((name) => [post(dry(CONFIG_MAPS), configMap(name, { hook: name })), post(dry(CONFIG_MAPS), { ...configMap(name, { hook: name }), metadata: { generateName: 'gen-', labels: { hook: name } } })])),
  withHooks('conditions of mutations', { Mutating: Object.entries(CONDITIONS).map(([name, rest]) => selected(name, rest)) }, Object.keys(CONDITIONS).map((name) => post(dry(CONFIG_MAPS), configMap(name, { hook: name })))),
  withHooks('rules', { Validating: RULES }, REQUESTS, CLEANUP),
  withHooks('requests', { Mutating: [everywhere('allow/m')], Validating: [everywhere('allow/v')] }, REQUESTS, CLEANUP),
  ...SECOND_PASS, ...SEVERAL, ...ELSEWHERE, ...CUSTOM, EQUIVALENT,
];
