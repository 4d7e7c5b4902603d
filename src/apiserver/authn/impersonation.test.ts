import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { createAuthorizer } from '../authz/authorizer.ts';
import { TestReader } from '../authz/test-reader.ts';
import type { AuthorizationAttributes, UserInfo } from '../contracts.ts';
import { Impersonator, type Impersonation } from './impersonation.ts';

const RBAC = 'rbac.authorization.k8s.io', OWN = 'authentication.k8s.io';
interface Rule { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] }
const LIST_PODS: Rule = { verbs: ['impersonate-on:user-info:list'], apiGroups: [''], resources: ['pods'] };

let reader: TestReader;
let impersonator: Impersonator;
beforeEach(() => {
  reader = new TestReader();
  impersonator = new Impersonator(createAuthorizer(reader), systemClock);
});

function allow(name: string, rules: Rule[]): void {
  reader.put(RBAC, 'clusterroles', { metadata: { name: 'i' }, rules });
  const account = /^system:serviceaccount:(.+):(.+)$/.exec(name);
  const subject = account ? { kind: 'ServiceAccount', namespace: account[1], name: account[2] } : { kind: 'User', name };
  reader.put(RBAC, 'clusterrolebindings', { metadata: { name: 'i' }, roleRef: { kind: 'ClusterRole', name: 'i' }, subjects: [subject] });
}

function ask(headers: Record<string, string>, asker: UserInfo = { name: 'boss', groups: [] }): Promise<Impersonation | undefined> {
  const request: AuthorizationAttributes = { user: asker, verb: 'list', isResourceRequest: true, path: '', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: '', name: '' };
  return impersonator.impersonate(headers, () => request);
}

test('without headers nobody is impersonated; headers without a user are refused', async () => {
  assert.equal(await ask({}), undefined);
  await assert.rejects(ask({ 'impersonate-group': 'dev' }), /requested &user\.DefaultInfo\{Name:"", UID:"", Groups:\[\]string\{"dev"\}, Extra:map\[string\]\[\]string\(nil\)\} without impersonating a user name/);
});

test('the unconstrained right covers every part, and whatever is done', async () => {
  const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'dev', 'impersonate-extra-scopes': 'view' };
  await assert.rejects(ask(headers), /^StatusError: pods is forbidden: User "boss" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope/);
  const rules = [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'] }];
  allow('boss', rules);
  await assert.rejects(ask(headers));
  allow('boss', [...rules, { verbs: ['impersonate'], apiGroups: [OWN], resources: ['userextras/scopes'] }]);
  assert.deepEqual(await ask(headers), { user: { name: 'jane', groups: ['dev', 'system:authenticated'], extra: { scopes: ['view'] } }, constraint: '' });
  assert.deepEqual((await ask({ 'impersonate-user': 'system:serviceaccount:ns:bot' }))?.user.groups, ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated']);
});

test('a constrained right needs the user and the request', async () => {
  const jane = { 'impersonate-user': 'jane' }, user: Rule = { verbs: ['impersonate:user-info'], apiGroups: [OWN], resources: ['users'], resourceNames: ['jane'] };
  allow('boss', [LIST_PODS]);
  await assert.rejects(ask(jane), /users\.authentication\.k8s\.io "jane" is forbidden: User "boss" cannot impersonate:user-info resource "users"/);
  allow('boss', [user]);
  await assert.rejects(ask(jane), /cannot impersonate-on:user-info:list resource "pods"/);
  allow('boss', [LIST_PODS, user]);
  assert.deepEqual(await ask(jane), { user: { name: 'jane', groups: ['system:authenticated'] }, constraint: 'impersonate:user-info' });
  await assert.rejects(ask({ 'impersonate-user': 'joe' }));
});

test('constrained rights never reach system:masters or extra keys without a domain', async () => {
  allow('boss', [LIST_PODS, { verbs: ['impersonate:user-info'], apiGroups: [OWN], resources: ['*'] }]);
  await assert.rejects(ask({ 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' }), /impersonating the system:masters group is not allowed/);
  await assert.rejects(ask({ 'impersonate-user': 'jane', 'impersonate-extra-foo': 'x' }), /impersonating an invalid key in extra is not allowed/);
  assert.deepEqual((await ask({ 'impersonate-user': 'jane', 'impersonate-extra-a.b%2ffoo': 'x' }))?.user.extra, { 'a.b/foo': ['x'] });
});

test('a node is a node with its group; a token that is bound to it may be allowed for its own node alone', async () => {
  const node = { 'impersonate-user': 'system:node:n1' };
  allow('boss', [{ verbs: ['impersonate-on:arbitrary-node:list'], apiGroups: [''], resources: ['pods'] }, { verbs: ['impersonate:arbitrary-node'], apiGroups: [OWN], resources: ['nodes'] }]);
  assert.deepEqual(await ask(node), { user: { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }, constraint: 'impersonate:arbitrary-node' });
  const agent: UserInfo = { name: 'system:serviceaccount:ns:agent', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['n1'] } };
  allow(agent.name, [{ verbs: ['impersonate-on:associated-node:list'], apiGroups: [''], resources: ['pods'] }, { verbs: ['impersonate:associated-node'], apiGroups: [OWN], resources: ['nodes'] }]);
  assert.equal((await ask(node, agent))?.constraint, 'impersonate:associated-node');
  await assert.rejects(ask({ 'impersonate-user': 'system:node:n2' }, agent));
});

test('wishes are counted by their way and end', async () => {
  await assert.rejects(ask({ 'impersonate-user': 'jane' }));
  assert.match(impersonator.metricsText(), /^apiserver_impersonation_attempts_total\{decision="denied",mode=""\} 1$/m);
  assert.match(impersonator.metricsText(), /^apiserver_impersonation_authorization_attempts_total\{decision="denied",mode="legacy"\} 1$/m);
});
