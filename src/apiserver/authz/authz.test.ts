import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import { StatusError } from '../../api/status.ts';
import type { AuthorizationAttributes, AuthorizationDecision, RequestInfo, UserInfo } from '../contracts.ts';
import { attributesOf, createAuthorizer as createAny, type ClusterAuthorizer } from './authorizer.ts';
import { bootstrapPolicy, reconcilePolicy } from './bootstrap-policy.ts';
import { authorizationError } from './forbidden.ts';
import { RBAC } from './rbac-types.ts';
import { compactRules, covers, describeRule } from './rules.ts';
import { localSubjectAccessReview, selfSubjectRulesReview, subjectAccessReview } from './access-reviews.ts';
import { TestReader } from './test-reader.ts';

const RESOURCES: Record<string, string> = { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings', Role: 'roles', RoleBinding: 'rolebindings' };

function withPolicy(): TestReader {
  const reader = new TestReader();
  for (const object of bootstrapPolicy()) reader.put(RBAC, RESOURCES[object.kind ?? '']!, object);
  for (const name of ['default', 'other']) reader.put('', 'namespaces', { metadata: { name } });
  return reader;
}

const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups });
function ask(who: UserInfo, verb: string, target: string, more: Partial<AuthorizationAttributes> = {}): AuthorizationAttributes {
  const isResourceRequest = !target.startsWith('/');
  const [resource = '', subresource = ''] = isResourceRequest ? target.split('/') : ['', ''];
  return { user: who, verb, isResourceRequest, path: isResourceRequest ? '' : target, group: '', version: 'v1', resource, subresource, namespace: '', name: '', ...more };
}

/** Without webhooks every answer is there at once. */
type Prompt = Omit<ClusterAuthorizer, 'authorize'> & { authorize(attributes: AuthorizationAttributes): AuthorizationDecision };
const createAuthorizer = (reader: TestReader): Prompt => createAny(reader) as Prompt;

test('the default policy holds every role and binding of upstream once', () => {
  const names = bootstrapPolicy().map((object) => `${object.kind}/${object.metadata?.namespace ?? ''}/${object.metadata?.name}`);
  assert.equal(new Set(names).size, names.length);
  for (const name of ['ClusterRole//cluster-admin', 'ClusterRole//view', 'ClusterRole//system:node', 'ClusterRoleBinding//system:discovery',
    'ClusterRole//system:controller:replicaset-controller', 'Role/kube-system/extension-apiserver-authentication-reader', 'ClusterRoleBinding//system:basic-user',
    'RoleBinding/kube-public/system:controller:bootstrap-signer', 'ClusterRole//system:service-account-issuer-discovery', 'ClusterRoleBinding//system:monitoring']) {
    assert.ok(names.includes(name), name);
  }
});

test('system:masters may do everything, a stranger nothing but look at discovery', () => {
  const authorizer = createAuthorizer(withPolicy());
  assert.equal(authorizer.authorize(ask(user('root', 'system:masters'), 'delete', 'nodes')).decision, 'allow');
  const jane = user('jane', 'system:authenticated');
  assert.equal(authorizer.authorize(ask(jane, 'list', 'pods', { namespace: 'default' })).decision, 'none');
  assert.equal(authorizer.authorize(ask(jane, 'get', '/apis/apps/v1')).decision, 'allow');
  assert.equal(authorizer.authorize(ask(jane, 'get', '/metrics')).decision, 'none');
  const anonymous = user('system:anonymous', 'system:unauthenticated');
  assert.equal(authorizer.authorize(ask(anonymous, 'get', '/version')).decision, 'allow');
  assert.equal(authorizer.authorize(ask(anonymous, 'get', '/apis')).decision, 'none');
  assert.equal(authorizer.authorize(ask(anonymous, 'get', '/readyz')).decision, 'allow');
});

test('a RoleBinding grants in its namespace only, and a new one counts at once', () => {
  const reader = withPolicy();
  const authorizer = createAuthorizer(reader);
  const jane = user('jane');
  const question = ask(jane, 'list', 'pods', { namespace: 'default' });
  assert.equal(authorizer.authorize(question).decision, 'none');
  reader.put(RBAC, 'roles', { metadata: { name: 'reader', namespace: 'default' }, rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', '*/log'] }] });
  reader.put(RBAC, 'rolebindings', { metadata: { name: 'b', namespace: 'default' }, roleRef: { kind: 'Role', name: 'reader' }, subjects: [{ kind: 'User', name: 'jane' }] });
  assert.deepEqual(authorizer.authorize(question), { decision: 'allow', reason: 'RBAC: allowed by RoleBinding "b/default" of Role "reader" to User "jane"' });
  assert.equal(authorizer.authorize(ask(jane, 'list', 'pods', { namespace: 'other' })).decision, 'none');
  assert.equal(authorizer.authorize(ask(jane, 'list', 'pods')).decision, 'none');
  assert.equal(authorizer.authorize(ask(jane, 'get', 'pods/log', { namespace: 'default' })).decision, 'allow');
  assert.equal(authorizer.authorize(ask(jane, 'get', 'pods/exec', { namespace: 'default' })).decision, 'none');
  reader.remove(RBAC, 'rolebindings', 'default', 'b');
  assert.equal(authorizer.authorize(question).decision, 'none');
});

test('resource names, service accounts and missing roles', () => {
  const reader = withPolicy();
  const authorizer = createAuthorizer(reader);
  reader.put(RBAC, 'roles', { metadata: { name: 'one', namespace: 'default' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'] }] });
  reader.put(RBAC, 'rolebindings', { metadata: { name: 'b', namespace: 'default' }, roleRef: { kind: 'Role', name: 'one' }, subjects: [{ kind: 'ServiceAccount', name: 'bot' }] });
  reader.put(RBAC, 'rolebindings', { metadata: { name: 'c', namespace: 'default' }, roleRef: { kind: 'ClusterRole', name: 'gone' }, subjects: [{ kind: 'Group', name: 'dev' }] });
  const bot = user('system:serviceaccount:default:bot', 'dev');
  assert.equal(authorizer.authorize(ask(bot, 'get', 'secrets', { namespace: 'default', name: 'mine' })).decision, 'allow');
  assert.deepEqual(authorizer.authorize(ask(bot, 'get', 'secrets', { namespace: 'default', name: 'yours' })),
    { decision: 'none', reason: 'rbac: RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found' });
});

test('403 messages are worded as upstream words them', () => {
  const message = (attributes: AuthorizationAttributes, reason?: string): string => authorizationError(attributes, reason).message;
  assert.equal(message(ask(user('jane'), 'list', 'pods', { namespace: 'default' })),
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"');
  assert.equal(message(ask(user('jane'), 'get', 'deployments/scale', { group: 'apps', name: 'web' }), 'because'),
    'deployments.apps "web" is forbidden: User "jane" cannot get resource "deployments/scale" in API group "apps" at the cluster scope: because');
  assert.equal(message(ask(user('<a>'), 'get', '/x')), 'forbidden: User "&lt;a&gt;" cannot get path "/x"');
});

test('a node reads only what its own pods name', () => {
  const reader = withPolicy();
  const authorizer = createAuthorizer(reader);
  const node = user('system:node:n1', 'system:nodes', 'system:authenticated');
  reader.put('', 'pods', {
    metadata: { name: 'p', namespace: 'default' },
    spec: {
      nodeName: 'n1', serviceAccountName: 'bot', volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }, { name: 's', projected: { sources: [{ secret: { name: 'proj' } }] } }],
      containers: [{ env: [{ valueFrom: { configMapKeyRef: { name: 'settings' } } }], envFrom: [{ secretRef: { name: 'env' } }] }],
    },
  });
  reader.put('', 'pods', { metadata: { name: 'q', namespace: 'default' }, spec: { nodeName: 'n2', imagePullSecrets: [{ name: 'pull' }] } });
  reader.put('', 'persistentvolumes', { metadata: { name: 'pv' }, spec: { claimRef: { namespace: 'default', name: 'data' }, csi: { nodeStageSecretRef: { namespace: 'other', name: 'stage' } } } });
  const may = (verb: string, target: string, name: string, more: Partial<AuthorizationAttributes> = {}): boolean =>
    authorizer.authorize(ask(node, verb, target, { namespace: 'default', name, ...more })).decision === 'allow';
  assert.ok(may('get', 'secrets', 'proj') && may('watch', 'secrets', 'env') && may('list', 'configmaps', 'settings'));
  assert.ok(!may('get', 'secrets', 'pull'));
  assert.ok(may('get', 'secrets', 'stage', { namespace: 'other' }));
  assert.ok(may('get', 'persistentvolumes', 'pv', { namespace: '' }) && may('get', 'persistentvolumeclaims', 'data'));
  assert.ok(may('create', 'serviceaccounts/token', 'bot') && !may('create', 'serviceaccounts/token', 'default'));
  assert.ok(may('update', 'leases', 'n1', { group: 'coordination.k8s.io', namespace: 'kube-node-lease' }));
  assert.ok(!may('update', 'leases', 'n2', { group: 'coordination.k8s.io', namespace: 'kube-node-lease' }));
  assert.ok(may('list', 'pods', '', { namespace: '', fieldSelector: 'spec.nodeName=n1' }) && !may('list', 'pods', '', { namespace: '' }));
  assert.ok(may('get', 'pods', 'p') && !may('get', 'pods', 'q') && !may('update', 'pods', 'p') && may('patch', 'pods/status', 'p'));
  assert.ok(may('list', 'services', '', { namespace: '' }) && may('create', 'events', ''));
  assert.equal(authorizer.authorize(ask(node, 'get', 'secrets', { namespace: 'default', name: 'x' })).reason, "node: no relationship found between node 'n1' and this object");
});

test('covers breaks rules down and finds what is missing', () => {
  const owned = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', '*/scale'] }, { verbs: ['*'], nonResourceURLs: ['/logs/*'] }];
  assert.deepEqual(covers(owned, [{ verbs: ['get'], apiGroups: [''], resources: ['pods', 'x/scale'], resourceNames: ['a'] }]), []);
  assert.deepEqual(covers(owned, [{ verbs: ['get'], nonResourceURLs: ['/logs/a'] }]), []);
  const missing = covers(owned, [{ verbs: ['get', 'delete', 'patch'], apiGroups: [''], resources: ['pods'] }]);
  assert.deepEqual(compactRules(missing).map(describeRule), ['{APIGroups:[""], Resources:["pods"], Verbs:["delete" "patch"]}']);
});

test('reconciling adds what lacks, takes nothing, and leaves protected objects alone', () => {
  const expected = bootstrapPolicy().find((object) => object.metadata?.name === 'system:basic-user' && object.kind === 'ClusterRole')!;
  assert.equal(reconcilePolicy(expected, expected), undefined);
  const extra = { verbs: ['get'], apiGroups: ['x'], resources: ['y'] };
  const changed = reconcilePolicy({ ...expected, rules: [extra] } as KubernetesObject, expected);
  assert.deepEqual(changed?.['rules'], [extra, ...(expected['rules'] as unknown[])]);
  const off = { ...expected, rules: [], metadata: { ...expected.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } } };
  assert.equal(reconcilePolicy(off, expected), undefined);
});

test('access reviews answer, and refuse what is malformed', async () => {
  const authorizer = createAuthorizer(withPolicy());
  const review = (spec: object): KubernetesObject => ({ kind: 'SubjectAccessReview', spec });
  const allowed = await subjectAccessReview(review({ groups: ['system:authenticated'], user: 'j', nonResourceAttributes: { path: '/version', verb: 'get' } }), authorizer);
  assert.equal((allowed['status'] as { allowed: boolean }).allowed, true);
  const refused = await subjectAccessReview(review({ user: 'j', resourceAttributes: { resource: 'pods', verb: 'get' } }), authorizer);
  assert.deepEqual(refused['status'], { allowed: false });
  await assert.rejects(subjectAccessReview(review({ user: 'j' }), authorizer), (error: StatusError) => error.code === 422 && /exactly one of/.test(error.message));
  await assert.rejects(localSubjectAccessReview(review({ user: 'j', resourceAttributes: { namespace: 'x' } }), 'y', authorizer), /must match metadata.namespace/);
  const rules = selfSubjectRulesReview({ spec: { namespace: 'default' } }, user('j', 'system:authenticated'), authorizer);
  const status = rules['status'] as { resourceRules: { resources: string[] }[]; incomplete: boolean };
  assert.ok(status.resourceRules.some((rule) => rule.resources.includes('selfsubjectaccessreviews')));
  assert.equal(status.incomplete, false);
});

test('a list or watch of one name counts as that name', () => {
  const nameOf = (verb: string, fieldSelector: string): string =>
    attributesOf(user('n'), { verb, name: '', query: new URLSearchParams({ fieldSelector }) } as RequestInfo).name;
  assert.equal(nameOf('watch', 'metadata.name=a'), 'a');
  assert.equal(nameOf('list', 'spec.nodeName=x,metadata.name==b'), 'b');
  assert.equal(nameOf('list', 'metadata.name!=a'), '');
  assert.equal(nameOf('list', 'metadata.name=a/b'), '');
  assert.equal(nameOf('deletecollection', 'metadata.name=a'), '');
});
