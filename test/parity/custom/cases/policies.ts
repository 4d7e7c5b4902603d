/** Admission policies: what is refused, warned of and changed, by which bindings and parameters, and what goes wrong on the way. */
import { type CustomCase, type CustomStep, merge, post, put, quiet, remove } from '../case.ts';

type Json = Record<string, unknown>;
type PolicyKind = 'Validating' | 'Mutating';

/** Upstream looks for changed policies once a second. */
const SETTLE = 1600;
const GROUP = '/apis/admissionregistration.k8s.io/v1';
const NAMESPACE = 'policies';
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const RULE = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] };
const dry = (path: string): string => `${path}?dryRun=All`;

const plural = (kind: PolicyKind, part: 'policies' | 'policybindings'): string => `${GROUP}/${kind.toLowerCase()}admission${part}`;

/** One policy with its bindings. `spec` and `bindings` say what differs from the usual; objects are chosen by the label `p`. */
interface Written { spec: Json; bindings?: Json[] }

function policySteps(kind: PolicyKind, name: string, { spec, bindings = [{}] }: Written): CustomStep[] {
  const { matchConstraints, ...rest } = spec;
  const policy = {
    apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}AdmissionPolicy`, metadata: { name },
    spec: { matchConstraints: { objectSelector: { matchLabels: { p: name } }, resourceRules: [RULE], ...matchConstraints as Json | undefined }, ...(kind === 'Mutating' ? { reinvocationPolicy: 'Never' } : {}), ...rest },
  };
  return [
    post(plural(kind, 'policies'), policy),
    ...bindings.map((binding, index) => post(plural(kind, 'policybindings'), {
      apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}AdmissionPolicyBinding`, metadata: { name: `${name}-${index}` }, spec: { policyName: name, ...(kind === 'Validating' ? { validationActions: ['Deny'] } : {}), ...binding },
    })),
  ];
}

const configMap = (name: string, labels: Json = { p: name }, rest: Json = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { a: 'b', list: 'x,y' }, ...rest });
const namespaceSteps = [
  quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: { team: 'red' }, annotations: { note: 'n' } } })),
  quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'policies-other' } })),
  quiet(post(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
];

/** All policies at once, each about the objects with its label; then what each does to a new object, and further requests. */
function withPolicies(kind: PolicyKind, title: string, written: Record<string, Written>, more: CustomStep[] = [], before: CustomStep[] = []): CustomCase {
  const names = Object.keys(written);
  const made = names.flatMap((name) => policySteps(kind, name, written[name] as Written));
  const last = made.at(-1);
  if (last) last.settle = SETTLE;
  return {
    name: `policies ${kind.toLowerCase()} ${title}`,
    steps: [...namespaceSteps, ...before, ...made, ...names.map((name) => post(dry(CONFIG_MAPS), configMap(name))), ...more],
    cleanup: names.flatMap((name) => [...(written[name]?.bindings ?? [{}]).map((_, index) => `${plural(kind, 'policybindings')}/${name}-${index}`), `${plural(kind, 'policies')}/${name}`]),
  };
}

const says = (...validations: Json[]): Written => ({ spec: { validations } });
const no = (rest: Json = {}): Json => ({ expression: 'false', ...rest });
const checks = (expression: string, spec: Json = {}): Written => ({ spec: { validations: [{ expression }], ...spec } });
const shows = (expression: string, spec: Json = {}): Written => ({ spec: { validations: [no({ messageExpression: expression })], ...spec } });
const LOOP = (depth: number): string => {
  const letters = 'bcdefghij'.slice(0, depth).split('');
  return letters.reduceRight((inner, letter) => `[1,2,3,4,5,6,7,8,9,10].all(${letter}, ${inner})`, `${letters.join('+')} > 0`);
};

const MESSAGES: Record<string, Written> = {
  plain: says(no()), spaced: says({ expression: '  object.data.a ==  "x"  ' }), message: says(no({ message: 'own words' })), 'message-spaced': says(no({ message: '  own words  ' })),
  'message-expression': shows('"a is " + object.data.a'), 'expression-error': shows('object.data.none'), 'expression-error-message': says(no({ messageExpression: 'object.data.none', message: 'instead' })),
  'expression-empty': shows('""'), 'expression-blank': shows('"   "'), 'expression-spaced': shows('"  words  "'), 'expression-lines': shows('"two\\nlines"'),
  'expression-long': shows('["a","b","c","d","e","f","g","h","i","j"].map(x, ["0123456789","0123456789","0123456789","0123456789","0123456789","0123456789","0123456789","0123456789","0123456789","0123456789"].join("")).join("").split("").map(y, "123456").join("")'),
  'expression-costly': says(no({ messageExpression: `${LOOP(6)} ? "a" : "b"`, message: 'instead' })),
  unauthorized: says(no({ reason: 'Unauthorized' })), forbidden: says(no({ reason: 'Forbidden' })), invalid: says(no({ reason: 'Invalid' })), large: says(no({ reason: 'RequestEntityTooLarge' })),
  'two-fail': says(no({ message: 'first', reason: 'Forbidden' }), no({ message: 'second' })), 'second-fails': says({ expression: 'true' }, no({ message: 'second' })),
  error: checks('object.data.none == "x"'), 'error-index': checks('[1][5] == 1'), 'error-divide': checks('1 / (object.data.size() - 2) == 1'), 'error-type': checks('object.data.a > 5'), 'error-ignored': checks('object.data.none == "x"', { failurePolicy: 'Ignore' }),
  'error-then-false': says({ expression: 'object.data.none == "x"' }, no({ message: 'second' })), 'false-then-error': says(no({ message: 'first' }), { expression: 'object.data.none == "x"' }),
  'ignored-error-then-false': { spec: { failurePolicy: 'Ignore', validations: [{ expression: 'object.data.none == "x"' }, no({ message: 'second' })] } },
  'not-bool': checks('dyn(object.data.a)'), 'not-bool-int': checks('dyn(5)'), 'not-bool-null': checks('dyn(null)'), 'optional': checks('object.?data.none.orValue("d") == "e"'),
  quoted: says(no({ message: 'with "quotes" and ü' })),
};

const ACTIONS: Record<string, Written> = {
  warn: { ...says(no({ message: 'warned' })), bindings: [{ validationActions: ['Warn'] }] }, audit: { ...says(no()), bindings: [{ validationActions: ['Audit'] }] },
  'warn-audit': { ...says(no({ message: 'both' }), no({ message: 'again' })), bindings: [{ validationActions: ['Warn', 'Audit'] }] }, 'deny-audit': { ...says(no()), bindings: [{ validationActions: ['Audit', 'Deny'] }] },
  'deny-warn': { ...says(no()), bindings: [{ validationActions: ['Deny', 'Warn'] }] }, 'two-bindings': { ...says(no({ message: 'words' })), bindings: [{ validationActions: ['Warn'] }, { validationActions: ['Deny'] }] },
  'warn-error': { ...checks('object.data.none == "x"'), bindings: [{ validationActions: ['Warn'] }] }, 'warn-lines': { ...says(no({ message: 'a warning "quoted"' })), bindings: [{ validationActions: ['Warn'] }] },
  'warn-condition-error': { ...checks('true', { matchConditions: [{ name: 'c', expression: 'object.none == 1' }] }), bindings: [{ validationActions: ['Warn'] }] },
  'warn-params': { ...checks('true', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ validationActions: ['Warn'], paramRef: { name: 'missing', parameterNotFoundAction: 'Deny' } }] },
  twice: { ...says(no({ message: 'same' })), bindings: [{ validationActions: ['Warn'] }, { validationActions: ['Warn'] }] },
  'no-binding': { ...says(no()), bindings: [] },
};

const noted = (valueExpression: string, spec: Json = {}): Written => ({ spec: { validations: [{ expression: 'true' }], auditAnnotations: [{ key: 'k', valueExpression }], ...spec } });
const ANNOTATIONS: Record<string, Written> = {
  'note-text': noted('"a"'), 'note-null': noted('null'), 'note-empty': noted('""'), 'note-error': noted('"a" + object.data.none'), 'note-error-ignored': noted('"a" + object.data.none', { failurePolicy: 'Ignore' }),
  'note-only': { spec: { auditAnnotations: [{ key: 'k', valueExpression: '"a"' }] } }, 'note-error-warn': { ...noted('"a" + object.data.none'), bindings: [{ validationActions: ['Warn'] }] },
  'note-costly': noted(`${LOOP(6)} ? "a" : "b"`), 'note-variables': noted('variables.v', { variables: [{ name: 'v', expression: '"x" + object.data.a' }] }), 'note-dyn': noted('dyn(5) == 5 ? "a" : null'),
  'note-authorizer': noted('authorizer.path("/healthz").check("get").allowed() ? "yes" : "no"'),
};

const varied = (variables: [string, string][], expression: string, spec: Json = {}): Written => shows(expression, { variables: variables.map(([name, value]) => ({ name, expression: value })), ...spec });
const VARIABLES: Record<string, Written> = {
  used: varied([['v', 'object.data.a']], '"v is " + variables.v'), chain: varied([['v', 'object.data.a'], ['w', 'variables.v + "c"']], '"w is " + variables.w'), unused: varied([['v', 'object.data.none']], '"fine"'),
  'bad-in-message': varied([['v', 'object.data.none']], '"v is " + variables.v'), 'list': varied([['v', 'object.data.list.split(",")']], '"second " + variables.v[1]'),
  'map': varied([['v', '{"a": 1, "b": 2}']], 'string(variables.v.b)'), 'int': varied([['v', '5']], 'string(variables.v + 1)'), 'object': varied([['v', 'object.metadata']], 'variables.v.name'),
  'bad-in-validation': checks('variables.v == "x"', { variables: [{ name: 'v', expression: 'object.data.none' }] }), 'bad-chain': checks('variables.w == "x"', { variables: [{ name: 'v', expression: 'object.data.none' }, { name: 'w', expression: 'variables.v + "c"' }] }),
  'bad-short-circuit': checks('true || variables.v == "x"', { variables: [{ name: 'v', expression: 'object.data.none' }] }), 'bad-twice': { spec: { variables: [{ name: 'v', expression: 'object.data.none' }], validations: [{ expression: 'variables.v == "x"' }, { expression: 'variables.v == "y"' }] } },
  'bad-divide': checks('variables.v == 1', { variables: [{ name: 'v', expression: '1 / (object.data.size() - 2)' }] }),
  'costly-variable': checks('variables.v', { variables: [{ name: 'v', expression: LOOP(6) }] }), 'costly-variable-unused': checks('true', { variables: [{ name: 'v', expression: LOOP(6) }] }),
  'costly-once': checks('variables.v && variables.v', { variables: [{ name: 'v', expression: LOOP(5) }] }), authorizer: checks('variables.v', { variables: [{ name: 'v', expression: 'authorizer.path("/healthz").check("get").allowed()' }] }),
  'in-function': checks('[1, 2].exists(x, x == variables.v)', { variables: [{ name: 'v', expression: '3' }] }), 'namespace': varied([['v', 'namespaceObject.metadata.labels.team']], 'variables.v'),
};

const BUDGETS: Record<string, Written> = {
  'loop-five': checks(LOOP(5)), 'loop-six': checks(LOOP(6)), 'loop-six-ignored': checks(LOOP(6), { failurePolicy: 'Ignore' }), 'loop-six-then-false': says({ expression: LOOP(6) }, no()), 'false-then-loop-six': says(no({ message: 'first' }), { expression: LOOP(6) }),
  'loops-together': says(...Array.from({ length: 60 }, () => ({ expression: LOOP(5) }))), 'loop-condition': checks('true', { matchConditions: [{ name: 'c', expression: LOOP(6) }] }), 'loop-condition-ignored': checks('false', { failurePolicy: 'Ignore', matchConditions: [{ name: 'c', expression: LOOP(6) }] }),
  'loop-conditions': checks('false', { matchConditions: Array.from({ length: 20 }, (_, index) => ({ name: `c${index}`, expression: LOOP(5) })) }),
};

const condition = (expression: string, name = 'c'): Json => ({ name, expression });
const CONDITIONS: Record<string, Written> = {
  'cond-true': checks('false', { matchConditions: [condition('true')] }), 'cond-false': checks('false', { matchConditions: [condition('false')] }), 'cond-error': checks('true', { matchConditions: [condition('object.none == 1')] }),
  'cond-error-ignored': checks('false', { failurePolicy: 'Ignore', matchConditions: [condition('object.none == 1')] }), 'cond-error-false': checks('false', { matchConditions: [condition('object.none == 1', 'a'), condition('false', 'b')] }),
  'cond-two-errors': checks('true', { matchConditions: [condition('object.none == 1', 'a'), condition('object.other == 1', 'b')] }), 'cond-spaced': checks('true', { matchConditions: [condition('  object.none == 1  ')] }),
  'cond-namespace': checks('false', { matchConditions: [condition('namespaceObject.metadata.labels.team == "red"')] }), 'cond-authorizer': checks('false', { matchConditions: [condition('authorizer.group("").resource("configmaps").check("get").allowed()')] }),
};

const REQUEST: Record<string, Written> = {
  'req-names': shows('[request.name, request.namespace, request.operation, request.kind.kind, request.resource.resource, request.requestKind.version, request.requestResource.group].join("|")'), 'req-user': shows('request.userInfo.username + string(request.userInfo.groups)'),
  'req-extra': shows('string(request.userInfo.extra.size())'), 'req-uid': checks('has(request.uid)'), 'req-dry': shows('string(request.dryRun)'), 'req-options': shows('string(request.options)'), 'req-options-kind': shows('request.options.kind'),
  'req-sub': checks('has(request.subResource)'), 'req-sub-empty': checks('request.subResource == ""'), 'old-null': checks('oldObject == null'), 'object-kind': shows('object.kind + object.apiVersion'), 'object-meta': checks('has(object.metadata.uid) || has(object.metadata.creationTimestamp)'),
  'object-managed': checks('has(object.metadata.managedFields)'), 'object-ns': shows('object.metadata.namespace'), 'params-none': shows('string(5)'), 'ns-name': shows('namespaceObject.metadata.name + namespaceObject.metadata.labels.team + namespaceObject.metadata.annotations.note'),
  'ns-status': shows('namespaceObject.status.phase'), 'ns-uid': checks('has(namespaceObject.metadata.uid)'), 'ns-time': checks('namespaceObject.metadata.creationTimestamp < timestamp("2020-01-01T00:00:00Z")'), 'ns-kind': checks('has(namespaceObject.kind)'), 'ns-managed': checks('has(namespaceObject.metadata.managedFields)'),
  'ns-spec': shows('namespaceObject.spec.finalizers[0]'),
  'auth-yes': checks('authorizer.group("").resource("pods").namespace("default").check("get").allowed()'), 'auth-reason': shows('"why: " + authorizer.group("").resource("pods").namespace("default").check("get").reason()', {}), 'auth-errored': checks('authorizer.group("").resource("pods").check("get").errored()'),
  'auth-account': checks('authorizer.serviceAccount("policies", "default").group("").resource("secrets").namespace("policies").check("get").allowed()'), 'auth-request': checks('!authorizer.requestResource.check("delete").allowed()'),
  'auth-sub': checks('!authorizer.group("apps").resource("deployments").subresource("scale").namespace("policies").name("x").check("update").allowed()'),
  'auth-selector': checks('!authorizer.group("").resource("pods").fieldSelector("spec.nodeName=x").labelSelector("a in (b)").check("list").allowed()'), 'auth-bad-selector': checks('!authorizer.group("").resource("pods").labelSelector("a in (").check("list").allowed()'),
  'lib-quantity': checks('quantity("1Gi").isGreaterThan(quantity("2Gi"))'), 'lib-ip': checks('ip("10.0.0.1").family() == 6'), 'lib-url': shows('url("https://a.example.com:80/x").getHost()'), 'lib-format': shows('"%d %s %.2f %b".format([1, "a", 2.5, true])'), 'lib-semver': checks('semver("1.2.3").isLessThan(semver("1.2.0"))'),
  'lib-regex': shows('"a1b22".find("[0-9]{2}")'), 'lib-sets': checks('sets.contains([1], [2])'), 'lib-two': checks('[1, 2].all(i, v, i == v)'), 'lib-base64': shows('base64.encode(b"a")'),
};

const inParams = (rest: Json, spec: Json = {}): Written => ({ spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'false', messageExpression: '"param " + (params == null ? "null" : params.metadata.name + params.data.x)' }], ...spec }, bindings: [{ paramRef: rest }] });
const parameter = (namespace: string, name: string, labels: Json = {}, x = name): CustomStep => quiet(post(`/api/v1/namespaces/${namespace}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels }, data: { x } }));
const PARAMS: Record<string, Written> = {
  'par-own': inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }), 'par-other': inParams({ name: 'param-other', namespace: 'policies-other', parameterNotFoundAction: 'Deny' }), 'par-other-missing': inParams({ name: 'param-one', namespace: 'policies-other', parameterNotFoundAction: 'Deny' }),
  'par-missing-deny': inParams({ name: 'missing', parameterNotFoundAction: 'Deny' }), 'par-missing-allow': inParams({ name: 'missing', parameterNotFoundAction: 'Allow' }), 'par-missing-ignored': inParams({ name: 'missing', parameterNotFoundAction: 'Deny' }, { failurePolicy: 'Ignore' }),
  'par-selector': inParams({ selector: { matchLabels: { which: 'one' } }, parameterNotFoundAction: 'Deny' }), 'par-selector-two': inParams({ selector: { matchLabels: { both: 'yes' } }, parameterNotFoundAction: 'Deny' }), 'par-selector-none': inParams({ selector: { matchLabels: { which: 'none' } }, parameterNotFoundAction: 'Deny' }),
  'par-selector-none-allow': inParams({ selector: { matchLabels: { which: 'none' } }, parameterNotFoundAction: 'Allow' }), 'par-selector-all': inParams({ selector: {}, namespace: 'policies-other', parameterNotFoundAction: 'Deny' }),
  'par-no-ref': { spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params == null' }, { expression: 'params.data.x == "y"' }] } },
  'par-no-ref-two': { spec: { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params != null' }] } },
  'par-unknown': inParams({ name: 'x', parameterNotFoundAction: 'Deny' }, { paramKind: { apiVersion: 'none.example.com/v1', kind: 'Nothing' } }), 'par-unknown-allow': inParams({ name: 'x', parameterNotFoundAction: 'Allow' }, { paramKind: { apiVersion: 'none.example.com/v1', kind: 'Nothing' } }),
  'par-unknown-ignored': inParams({ name: 'x', parameterNotFoundAction: 'Deny' }, { failurePolicy: 'Ignore', paramKind: { apiVersion: 'none.example.com/v1', kind: 'Nothing' } }),
  'par-cluster': inParams({ name: 'policies', parameterNotFoundAction: 'Deny' }, { paramKind: { apiVersion: 'v1', kind: 'Namespace' }, validations: [{ expression: 'false', messageExpression: 'params.metadata.labels.team + params.kind + params.apiVersion' }] }),
  'par-cluster-namespaced': inParams({ name: 'policies', namespace: 'policies', parameterNotFoundAction: 'Deny' }, { paramKind: { apiVersion: 'v1', kind: 'Namespace' } }),
  'par-kind': inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }, { validations: [{ expression: 'false', messageExpression: 'params.kind + params.apiVersion' }] }), 'par-field': inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }, { validations: [{ expression: 'params.data.none == "x"' }] }),
  'par-condition': inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }, { matchConditions: [condition('params.data.x == "other"')] }), 'par-variable': inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }, { variables: [{ name: 'v', expression: 'params.data.x' }], validations: [no({ messageExpression: '"v " + variables.v' })] }),
  'par-two-bindings': { ...inParams({ name: 'param-one', parameterNotFoundAction: 'Deny' }), bindings: [{ paramRef: { name: 'missing', parameterNotFoundAction: 'Allow' } }, { paramRef: { name: 'param-two', parameterNotFoundAction: 'Deny' } }] },
  'par-ignored-without-kind': { ...says(no({ message: 'no kind' })), bindings: [{ paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } }] },
};
const paramSteps = [parameter(NAMESPACE, 'param-one', { which: 'one', both: 'yes' }), parameter(NAMESPACE, 'param-two', { both: 'yes' }), parameter('policies-other', 'param-other')];

const matches = (matchConstraints: Json, bindings: Json[] = [{}], spec: Json = {}): Written => ({ spec: { matchConstraints, validations: [no({ messageExpression: 'request.resource.group + "/" + request.resource.version + "/" + request.kind.kind + "/" + request.subResource' })], ...spec }, bindings });
const rule = (rest: Json): Json => ({ ...RULE, ...rest });
const MATCHES: Record<string, Written> = {
  'm-exclude': matches({ excludeResourceRules: [rule({ operations: ['CREATE'] })] }), 'm-exclude-other': matches({ excludeResourceRules: [rule({ operations: ['DELETE'] })] }), 'm-names': matches({ resourceRules: [rule({ resourceNames: ['m-names'] })] }), 'm-names-other': matches({ resourceRules: [rule({ resourceNames: ['other'] })] }),
  'm-exclude-names': matches({ excludeResourceRules: [rule({ resourceNames: ['m-exclude-names'] })] }), 'm-namespace': matches({ namespaceSelector: { matchLabels: { team: 'red' } } }), 'm-namespace-other': matches({ namespaceSelector: { matchLabels: { team: 'blue' } } }),
  'm-binding-namespace': matches({}, [{ matchResources: { namespaceSelector: { matchLabels: { team: 'blue' } } } }]), 'm-binding-object': matches({}, [{ matchResources: { objectSelector: { matchExpressions: [{ key: 'p', operator: 'Exists' }] } } }]),
  'm-binding-rules': matches({}, [{ matchResources: { resourceRules: [rule({ operations: ['UPDATE'] })] } }]), 'm-binding-names': matches({}, [{ matchResources: { resourceRules: [rule({ resourceNames: ['m-binding-names'] })] } }]),
  'm-binding-exclude': matches({}, [{ matchResources: { excludeResourceRules: [rule({})] } }, {}]), 'm-all': matches({ resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['CREATE'] }] }),
  'm-exact': matches({ matchPolicy: 'Exact', resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'] }] }), 'm-equivalent': matches({ resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'] }] }),
  'm-equivalent-names': matches({ resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'], resourceNames: ['m-equivalent-names'] }] }),
  'm-equivalent-exclude': matches({ excludeResourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'] }], resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'], operations: ['*'] }] }),
  'm-equivalent-binding': matches({ resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'] }] }, [{ matchResources: { matchPolicy: 'Exact', resourceRules: [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'], operations: ['*'] }] } }]),
  'm-scope': matches({ resourceRules: [rule({ scope: 'Cluster', resources: ['*'] })] }), 'm-namespaces': matches({ resourceRules: [rule({ resources: ['namespaces'] })] }), 'm-cluster': matches({ resourceRules: [rule({ resources: ['persistentvolumes'] })] }),
  'm-cluster-params': { ...matches({ resourceRules: [rule({ resources: ['persistentvolumes'] })] }, [{ paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } }], { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }) },
  'm-cluster-ns': checks('namespaceObject == null && false', { matchConstraints: { resourceRules: [rule({ resources: ['persistentvolumes', 'namespaces'] })] } }),
  'm-cluster-ns-field': checks('namespaceObject.metadata.name == "x"', { matchConstraints: { resourceRules: [rule({ resources: ['persistentvolumes', 'namespaces'] })] } }),
};
const scaler = (name: string): Json => ({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, labels: { p: name } }, spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'x', apiVersion: 'apps/v1' } } });
const volume = (p: string): Json => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', labels: { p } }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } });
const matchSteps: CustomStep[] = [
  ...['m-exact', 'm-equivalent', 'm-equivalent-names', 'm-equivalent-exclude', 'm-equivalent-binding', 'm-all'].map((name) => post(dry(`/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`), scaler(name))),
  ...['m-scope', 'm-cluster', 'm-cluster-params', 'm-cluster-ns', 'm-cluster-ns-field', 'm-namespaces', 'm-all'].flatMap((p) => [post(dry('/api/v1/persistentvolumes'), volume(p)), post(dry('/api/v1/namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'policies-new', labels: { p } } })]),
  post(dry(CONFIG_MAPS), { ...configMap('x', { p: 'm-names' }), metadata: { generateName: 'gen-', labels: { p: 'm-names' } } }),
];

const VERBS: Record<string, Written> = {
  'v-update': matches({ resourceRules: [rule({ operations: ['UPDATE'] })] }, [{}], { validations: [no({ messageExpression: '"old " + oldObject.data.a + " new " + object.data.a' })] }), 'v-delete': matches({ resourceRules: [rule({ operations: ['DELETE'] })] }, [{}], { validations: [no({ messageExpression: '"object " + string(object == null) + " old " + oldObject.data.a + " " + request.name' })] }),
  'v-delete-object': matches({ resourceRules: [rule({ operations: ['DELETE'] })] }, [{}], { validations: [{ expression: 'object.data.a == "x"' }] }), 'v-create-old': matches({ resourceRules: [rule({ operations: ['CREATE'] })] }, [{}], { validations: [{ expression: 'oldObject.data.a == "x"' }] }),
  'v-options': matches({ resourceRules: [rule({ operations: ['DELETE'] })] }, [{}], { validations: [no({ messageExpression: 'string(has(request.options.propagationPolicy)) + string(has(request.options.gracePeriodSeconds))' })] }),
  'v-scale': matches({ resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments/scale'], operations: ['UPDATE'] }], objectSelector: {} }, [{}], { validations: [{ expression: 'object.spec.replicas < 5', messageExpression: '"replicas " + string(object.spec.replicas) + " " + object.kind + request.kind.kind + request.subResource' }] }),
  'v-connect': matches({ resourceRules: [rule({ resources: ['pods/exec', 'pods/attach'], operations: ['CONNECT'] })], objectSelector: {} }, [{}], { validations: [no({ messageExpression: 'object.kind + " " + string(object.stdin) + " " + request.operation' })] }),
  'v-binding': matches({ resourceRules: [rule({ resources: ['pods/binding'], operations: ['CREATE'] })], objectSelector: {} }, [{}], { validations: [no({ messageExpression: 'object.target.name + object.kind' })] }),
  'v-eviction': matches({ resourceRules: [rule({ resources: ['pods/eviction'], operations: ['CREATE'] })], objectSelector: {} }, [{}], { validations: [no({ messageExpression: 'object.metadata.name + object.kind' })] }),
};
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const verbBefore: CustomStep[] = [
  ...['v-update', 'v-delete', 'v-delete-object', 'v-options'].map((name) => quiet(post(CONFIG_MAPS, configMap(name)))),
  quiet(post(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'nginx:1' }] } } } })),
  quiet(post(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one' }, spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'nginx:1' }] } })),
];
const verbSteps: CustomStep[] = [
  put(`${CONFIG_MAPS}/v-update`, { ...configMap('v-update'), data: { a: 'c' } }), merge(`${CONFIG_MAPS}/v-update`, { data: { a: 'd' } }), merge(`${CONFIG_MAPS}/v-update`, { metadata: { labels: { p: null } } }),
  ...['v-delete', 'v-delete-object', 'v-options'].map((name) => remove(`${CONFIG_MAPS}/${name}`)), remove(`${CONFIG_MAPS}?labelSelector=p%3Dv-delete`),
  merge(`${DEPLOYMENTS}/d/scale`, { spec: { replicas: 3 } }), merge(`${DEPLOYMENTS}/d/scale`, { spec: { replicas: 7 } }), { verb: 'connect', method: 'POST', path: `${PODS}/one/exec?stdin=true&command=ls` }, { verb: 'connect', method: 'POST', path: `${PODS}/one/attach?stdout=true` },
  post(`${PODS}/one/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'one' }, target: { kind: 'Node', name: 'n' } }), post(`${PODS}/one/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'one' } }),
];
const verbCleanup = [`${PODS}/one`, `${DEPLOYMENTS}/d`, ...['v-update', 'v-delete', 'v-delete-object', 'v-options'].map((name) => `${CONFIG_MAPS}/${name}`)];
const withCleanup = (one: CustomCase, more: string[]): CustomCase => ({ ...one, cleanup: [...one.cleanup ?? [], ...more] });

const applies = (expression: string, spec: Json = {}): Written => ({ spec: { mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }], ...spec } });
const patches = (expression: string, spec: Json = {}): Written => ({ spec: { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }], ...spec } });
const adds = (path: string, value: string): string => `[JSONPatch{op: "add", path: "${path}", value: ${value}}]`;
const MUTATIONS: Record<string, Written> = {
  'a-data': applies('Object{data: Object.data{c: "d"}}'), 'a-map': applies('Object{data: {"c": "d"}}'), 'a-label': applies('Object{metadata: Object.metadata{labels: Object.metadata.labels{x: "y"}}}'), 'a-annotations': applies('Object{metadata: Object.metadata{annotations: {"x.example.com/y": "z"}}}'),
  'a-wrong-type-name': applies('Object{metadata: Object.spec{labels: {"x": "y"}}}'), 'a-unknown': applies('Object{nothing: "x"}'), 'a-wrong-type': applies('Object{data: Object.data{c: 5}}'), 'a-list': applies('Object{data: ["c"]}'), 'a-empty': applies('Object{}'), 'a-immutable': applies('Object{immutable: true}'),
  'a-finalizers': applies('Object{metadata: Object.metadata{finalizers: ["example.com/f"]}}'), 'a-owner': applies('Object{metadata: Object.metadata{ownerReferences: [Object.metadata.ownerReferences{apiVersion: "v1", kind: "Pod", name: "p", uid: "u"}]}}'),
  'a-name': applies('Object{metadata: Object.metadata{name: "renamed"}}'), 'a-namespace': applies('Object{metadata: Object.metadata{namespace: "default"}}'), 'a-error': applies('Object{data: Object.data{c: object.data.none}}'), 'a-error-ignored': applies('Object{data: Object.data{c: object.data.none}}', { failurePolicy: 'Ignore' }),
  'a-bad-label': applies('Object{metadata: Object.metadata{labels: {"x": "not valid!"}}}'), 'a-optional': applies('Object{?data: optional.none()}'), 'a-null': applies('Object{data: Object.data{c: null}}'), 'a-costly': applies(`Object{data: Object.data{c: ${LOOP(6)} ? "a" : "b"}}`), 'a-conditional': applies('has(object.data) ? Object{data: Object.data{c: "d"}} : Object{}'),
  'j-add': patches(adds('/data/c', '"d"')), 'j-map': patches(adds('/metadata/annotations', '{"x": "y"}')), 'j-object': patches(adds('/metadata/annotations', 'Object.metadata.annotations{x: "y"}')), 'j-escaped': patches('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/x"), value: "y"}]'),
  'j-empty': patches('[]'), 'j-test': patches('[JSONPatch{op: "test", path: "/data/a", value: "b"}, JSONPatch{op: "add", path: "/data/c", value: "d"}]'), 'j-test-fails': patches('[JSONPatch{op: "test", path: "/data/a", value: "x"}, JSONPatch{op: "add", path: "/data/c", value: "d"}]'),
  'j-missing': patches(adds('/spec/x', '"y"')), 'j-remove-missing': patches('[JSONPatch{op: "remove", path: "/data/none"}]'), 'j-bad-op': patches('[JSONPatch{op: "put", path: "/data/c", value: "d"}]'), 'j-no-path': patches('[JSONPatch{op: "add", value: "d"}]'), 'j-no-value': patches('[JSONPatch{op: "add", path: "/data/c"}]'),
  'j-copy': patches('[JSONPatch{op: "copy", from: "/data/a", path: "/data/c"}, JSONPatch{op: "move", from: "/data/a", path: "/data/m"}]'), 'j-replace-missing': patches('[JSONPatch{op: "replace", path: "/data/none", value: "x"}]'), 'j-number': patches(adds('/data/c', '5')), 'j-unknown': patches(adds('/unknown', '"x"')), 'j-unknown-meta': patches(adds('/metadata/unknown', '"x"')),
  'j-error': patches(adds('/data/c', 'object.data.none')), 'j-error-ignored': patches(adds('/data/c', 'object.data.none'), { failurePolicy: 'Ignore' }), 'j-wrong-type-name': patches(adds('/metadata/annotations', 'Object.spec{x: "y"}')), 'j-bytes': patches(adds('/data/c', 'b"x"')), 'j-duration': patches(adds('/data/c', 'duration("1h")')), 'j-double': patches(adds('/data/c', '1.5')),
  'j-kind': patches('[JSONPatch{op: "replace", path: "/kind", value: "Secret"}]'), 'j-kind-unknown': patches('[JSONPatch{op: "replace", path: "/kind", value: "Nothing"}]'), 'j-name': patches('[JSONPatch{op: "replace", path: "/metadata/name", value: "renamed"}]'), 'j-root': patches('[JSONPatch{op: "replace", path: "", value: {"a": "b"}}]'),
  'two-mutations': { spec: { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/c', '"d"') } }, { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{data: Object.data{e: object.data.c + "f"}}' } }] } },
  'error-then-more': { spec: { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/c', 'object.data.none') } }, { patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/e', '"f"') } }] } },
  'error-ignored-then-more': { spec: { failurePolicy: 'Ignore', mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/c', 'object.data.none') } }, { patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/e', '"f"') } }] } },
  'two-errors': { spec: { mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/c', 'object.data.none') } }, { patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/e', 'object.data.other') } }] } },
  'mut-condition-false': patches(adds('/data/c', '"d"'), { matchConditions: [condition('false')] }), 'mut-condition-error': patches(adds('/data/c', '"d"'), { matchConditions: [condition('object.none == 1')] }), 'mut-condition-error-ignored': patches(adds('/data/c', '"d"'), { failurePolicy: 'Ignore', matchConditions: [condition('object.none == 1')] }),
  'mut-variables': patches(adds('/data/c', 'variables.v'), { variables: [{ name: 'v', expression: 'object.data.a + "!"' }] }), 'mut-variable-error': patches(adds('/data/c', 'variables.v'), { variables: [{ name: 'v', expression: 'object.data.none' }] }),
  'mut-variable-again': { spec: { variables: [{ name: 'v', expression: 'string(object.data.size())' }], mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/c', 'variables.v') } }, { patchType: 'JSONPatch', jsonPatch: { expression: adds('/data/e', 'variables.v') } }] } },
  'mut-bindings': { ...patches('[JSONPatch{op: "replace", path: "/data/a", value: object.data.a + "1"}]'), bindings: [{}, {}] }, 'mut-if-needed': patches('[JSONPatch{op: "replace", path: "/data/a", value: object.data.a + "1"}]', { reinvocationPolicy: 'IfNeeded' }),
  'mut-if-needed-once': patches(adds('/data/c', '"d"'), { reinvocationPolicy: 'IfNeeded' }), 'mut-params': { ...patches(adds('/data/c', 'params.data.x'), { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ paramRef: { name: 'param-one', parameterNotFoundAction: 'Deny' } }] },
  'mut-params-missing': { ...patches(adds('/data/c', 'params.data.x'), { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ paramRef: { name: 'missing', parameterNotFoundAction: 'Deny' } }] },
  'mut-params-missing-allow': { ...patches(adds('/data/c', 'params.data.x'), { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ paramRef: { name: 'missing', parameterNotFoundAction: 'Allow' } }] },
  'mut-params-two': { ...patches('[JSONPatch{op: "add", path: "/data/" + params.metadata.name, value: params.data.x}]', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ paramRef: { selector: { matchLabels: { both: 'yes' } }, parameterNotFoundAction: 'Deny' } }] },
  'mut-unknown-kind': { ...patches(adds('/data/c', '"d"'), { paramKind: { apiVersion: 'none.example.com/v1', kind: 'Nothing' } }), bindings: [{ paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } }] },
  'mut-namespace': patches(adds('/data/c', 'namespaceObject.metadata.labels.team')), 'mut-authorizer': patches(adds('/data/c', 'authorizer.path("/x").check("get").allowed() ? "yes" : "no"')), 'mut-request': patches(adds('/data/c', 'request.operation + request.name')),
  'mut-no-binding': { ...patches(adds('/data/c', '"d"')), bindings: [] },
};

const onPods = (expression: string, patchType: 'ApplyConfiguration' | 'JSONPatch' = 'ApplyConfiguration'): Written => ({
  spec: { matchConstraints: { resourceRules: [rule({ resources: ['pods'], operations: ['CREATE'] })] }, mutations: [patchType === 'JSONPatch' ? { patchType, jsonPatch: { expression } } : { patchType, applyConfiguration: { expression } }] },
});
const SPECIFIC: Record<string, Written> = {
  'p-image': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", image: "other:1"}]}}'), 'p-sidecar': onPods('Object{spec: Object.spec{initContainers: [Object.spec.initContainers{name: "s", image: "side:1", restartPolicy: "Always"}]}}'),
  'p-no-key': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{image: "other:1"}]}}'), 'p-toleration': onPods('Object{spec: Object.spec{tolerations: [Object.spec.tolerations{key: "a", operator: "Exists"}]}}'), 'p-selector': onPods('Object{spec: Object.spec{nodeSelector: Object.spec.nodeSelector{a: "b"}}}'),
  'p-security': onPods('Object{spec: Object.spec{securityContext: Object.spec.securityContext{runAsNonRoot: true}}}'), 'p-args': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", args: ["x"]}]}}'), 'p-env': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", env: [Object.spec.containers.env{name: "E", value: "v"}]}]}}'),
  'p-ports': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", ports: [Object.spec.containers.ports{containerPort: 80}]}]}}'), 'p-resources': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", resources: Object.spec.containers.resources{requests: {"cpu": "100m"}}}]}}'),
  'p-resources-bad': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", resources: Object.spec.containers.resources{requests: {"cpu": "x"}}}]}}'), 'p-invalid': onPods('Object{spec: Object.spec{restartPolicy: "Sometimes"}}'), 'p-priority': onPods('Object{spec: Object.spec{priorityClassName: "system-node-critical"}}'),
  'p-grace': onPods('Object{spec: Object.spec{terminationGracePeriodSeconds: 5}}'), 'p-grace-text': onPods('Object{spec: Object.spec{terminationGracePeriodSeconds: "5"}}'), 'p-json': onPods('[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "b", image: "b:1"}}]', 'JSONPatch'),
  'p-json-index': onPods('[JSONPatch{op: "replace", path: "/spec/containers/5/image", value: "x"}]', 'JSONPatch'), 'p-json-int': onPods('[JSONPatch{op: "add", path: "/spec/terminationGracePeriodSeconds", value: 7}]', 'JSONPatch'), 'p-json-unknown': onPods('[JSONPatch{op: "add", path: "/spec/containers/0/imge", value: "x"}]', 'JSONPatch'),
  'p-volumes': onPods('Object{spec: Object.spec{volumes: [Object.spec.volumes{name: "v", emptyDir: Object.spec.volumes.emptyDir{}}]}}'), 'p-duplicate': onPods('Object{spec: Object.spec{containers: [Object.spec.containers{name: "a", image: "x"}, Object.spec.containers{name: "a", image: "y"}]}}'),
};
const podOf = (p: string): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: p, labels: { p } }, spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image: 'nginx:1', env: [{ name: 'F', value: 'w' }] }] } });

/** Policies over the same objects, each counting its calls: upstream calls them in any order, so none looks at what another did. */
const counting = (key: string, spec: Json = {}): Written => patches(`[JSONPatch{op: "add", path: "/data/${key}", value: has(object.data.${key}) ? object.data.${key} + "1" : "1"}]`, { matchConstraints: { objectSelector: { matchLabels: { p: 'together' } } }, ...spec });
const ORDER: Record<string, Written> = {
  'o-needed': counting('needed', { reinvocationPolicy: 'IfNeeded' }), 'o-never': counting('never'), 'o-again': counting('again', { reinvocationPolicy: 'IfNeeded', matchConditions: [condition('object.data.a == "b"')] }),
  'o-nothing': patches('[]', { reinvocationPolicy: 'IfNeeded', matchConstraints: { objectSelector: { matchLabels: { p: 'together' } } } }),
};

/** Stays: upstream stops to watch a kind of parameters when no policy has it, and does not begin again for the next. */
const keeper: CustomCase = { ...withPolicies('Validating', 'keeper', { keeper: { ...checks('true', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }), bindings: [{ paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } }] } }), cleanup: [] };

export const cases: CustomCase[] = [
  keeper,
  withPolicies('Validating', 'messages', MESSAGES), withPolicies('Validating', 'actions', ACTIONS), withPolicies('Validating', 'annotations', ANNOTATIONS), withPolicies('Validating', 'variables', VARIABLES), withPolicies('Validating', 'budgets', BUDGETS),
  withPolicies('Validating', 'conditions', CONDITIONS), withPolicies('Validating', 'requests', REQUEST), withPolicies('Validating', 'parameters', PARAMS, [], paramSteps), withPolicies('Validating', 'matches', MATCHES, matchSteps),
  withCleanup(withPolicies('Validating', 'verbs', VERBS, verbSteps, verbBefore), verbCleanup),
  withPolicies('Mutating', 'changes', MUTATIONS, [], paramSteps), withPolicies('Mutating', 'pods', SPECIFIC, Object.keys(SPECIFIC).map((p) => post(dry(PODS), podOf(p)))), withPolicies('Mutating', 'order', ORDER, [post(dry(CONFIG_MAPS), configMap('together'))]),
];
