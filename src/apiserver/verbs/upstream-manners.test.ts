import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const STORAGE = '/apis/storage.k8s.io/v1/csidrivers';
const MIGRATIONS = '/apis/storagemigration.k8s.io/v1/storageversionmigrations';
const driver = (metadata: object): object => ({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata, spec: {} });

let server: TestServer;
before(async () => { server = await startTestServer(); });
after(() => server.close());

test('a namespace in an object that has none is dropped', async () => {
  const created = await send(server, 'POST', STORAGE, { body: driver({ name: 'd', namespace: 'elsewhere' }) });
  assert.deepEqual([created.code, created.body.metadata.namespace], [201, undefined]);
  const patched = await send(server, 'PATCH', `${STORAGE}/d`, { body: { metadata: { namespace: 'other' } }, headers: { 'content-type': 'application/merge-patch+json' } });
  assert.deepEqual([patched.code, patched.body.metadata.namespace], [200, undefined]);
});

test('a binding whose owners are named twice is answered with a warning', async () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' };
  await send(server, 'POST', '/api/v1/namespaces/default/pods', { body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } } });
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p', ownerReferences: [owner, owner] }, target: { kind: 'Node', name: 'n' } };
  const { code, headers } = await send(server, 'POST', '/api/v1/namespaces/default/bindings', { body });
  assert.equal(code, 201);
  assert.match(String(headers['warning']), /duplicate UID\(s\) observed: u/);
});

test('a readable object is not deleted as an unreadable one', async () => {
  await send(server, 'POST', STORAGE, { body: driver({ name: 'kept' }) });
  const unreadable = { ignoreStoreReadErrorWithClusterBreakingPotential: true };
  const refused = await send(server, 'DELETE', `${STORAGE}/kept`, { body: unreadable });
  assert.equal(refused.code, 409);
  assert.match(refused.body.message, /Key: \/registry\/csidrivers\/kept, .*unsafe deletion is not allowed because the object is decodable from storage$/);
  assert.equal((await send(server, 'GET', `${STORAGE}/kept`)).code, 200);
  assert.equal((await send(server, 'DELETE', `${STORAGE}/none`, { body: unreadable })).code, 404);
  assert.equal((await send(server, 'DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterroles/view', { body: unreadable })).code, 500);
});

test('a limit range without a name gets one', async () => {
  const { code, body } = await send(server, 'POST', '/api/v1/namespaces/default/limitranges', { body: { apiVersion: 'v1', kind: 'LimitRange', metadata: {}, spec: { limits: [] } } });
  assert.equal(code, 201);
  assert.match(body.metadata.name, /^[0-9a-f-]{36}$/);
});

test('the status of a migration is written without its metadata, and checked', async () => {
  await send(server, 'POST', MIGRATIONS, { body: { apiVersion: 'storagemigration.k8s.io/v1', kind: 'StorageVersionMigration', metadata: { name: 'm' }, spec: { resource: { group: '', resource: 'pods' } } } });
  const ready = { type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '2020-01-01T00:00:00Z' };
  const patch = (body: object): ReturnType<typeof send> => send(server, 'PATCH', `${MIGRATIONS}/m/status`, { body, headers: { 'content-type': 'application/merge-patch+json' } });
  const { body } = await patch({ metadata: { labels: { a: 'b' } }, status: { conditions: [ready] } });
  assert.deepEqual([body.metadata.labels, body.status.conditions.length], [undefined, 1]);
  const twice = await patch({ status: { conditions: [ready, ready] } });
  assert.match(twice.body.message, /status\.conditions\[1\]: Duplicate value: "Ready"/);
});

test('the binding of a mutating policy is checked as a whole', async () => {
  const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingAdmissionPolicyBinding', metadata: { name: 'b' }, spec: { policyName: 'a b', paramRef: { parameterNotFoundAction: 'x' } } };
  const { code, body: { details } } = await send(server, 'POST', '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings', { body });
  assert.equal(code, 422);
  assert.deepEqual([...new Set((details.causes as { field: string }[]).map(({ field }) => field))].sort(), ['spec.paramRef', 'spec.paramRef.parameterNotFoundAction', 'spec.policyName']);
});

test('what does not exist, is not selectable or has no name is refused in upstream\'s words', async () => {
  assert.equal((await send(server, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews/x', { body: {} })).code, 404);
  const messageOf = async (path: string): Promise<string> => (await send(server, 'GET', `${path}?fieldSelector=spec.unknown%3Dx`)).body.message as string;
  assert.equal(await messageOf('/apis/batch/v1/namespaces/default/jobs'), 'field label "spec.unknown" not supported for Job');
  assert.match(await messageOf('/apis/apps/v1/namespaces/default/replicasets'), /^"spec.unknown" is not a known field selector/);
  assert.equal(await messageOf('/api/v1/namespaces/default/pods'), 'field label not supported: spec.unknown');
  const nameless = { apiVersion: 'v1', kind: 'Binding', metadata: {}, target: { kind: 'Node', name: 'n' } };
  const { code, body } = await send(server, 'POST', '/api/v1/namespaces/default/bindings', { body: nameless });
  assert.deepEqual([code, body.message], [400, 'Name parameter required.']);
});

test('the template generation of a daemon set is no part of its metadata alone', async () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const set = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'x' } }, template } };
  const created = await send(server, 'POST', '/apis/apps/v1/namespaces/default/daemonsets', { body: set });
  assert.equal(created.body.metadata.annotations['deprecated.daemonset.template.generation'], '1');
  const accept = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
  const partial = await send(server, 'GET', '/apis/apps/v1/namespaces/default/daemonsets/d', { headers: { accept } });
  assert.deepEqual([partial.body.kind, partial.body.metadata.name, partial.body.metadata.annotations], ['PartialObjectMetadata', 'd', undefined]);
});

test('an ephemeral container has no lifecycle, not even an empty one', async () => {
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  const body = { spec: { ephemeralContainers: [{ name: 'e', image: 'x', lifecycle: {} }] } };
  const { code, body: refused } = await send(server, 'PATCH', '/api/v1/namespaces/default/pods/p/ephemeralcontainers', { body, headers });
  assert.equal(code, 422);
  assert.match(refused.message, /ephemeralContainers\[0\]\.lifecycle: Forbidden/);
});

test('a runtime class may have any finalizer, an ingress class keeps its controller', async () => {
  const runtime = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'r', finalizers: ['foo'] }, handler: 'runc' };
  assert.equal((await send(server, 'POST', '/apis/node.k8s.io/v1/runtimeclasses?dryRun=All', { body: runtime })).code, 201);
  const path = '/apis/networking.k8s.io/v1/ingressclasses';
  await send(server, 'POST', path, { body: { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'i' }, spec: { controller: 'example.com/x' } } });
  const { body } = await send(server, 'PATCH', `${path}/i`, { body: { spec: { controller: null } }, headers: { 'content-type': 'application/merge-patch+json' } });
  assert.match(body.message, /spec\.controller: Invalid value: "": field is immutable/);
});

test('a full page is not the last while anything is left, taken by the selector or not', async () => {
  for (const [name, page] of [['page-1', 'yes'], ['page-2', 'no']]) await send(server, 'POST', STORAGE, { body: driver({ name, labels: { page } }) });
  const first = (await send(server, 'GET', `${STORAGE}?labelSelector=page%3Dyes&limit=1`)).body;
  assert.equal(first.items.length, 1);
  const second = (await send(server, 'GET', `${STORAGE}?labelSelector=page%3Dyes&limit=1&continue=${first.metadata.continue}`)).body;
  assert.deepEqual([second.items, second.metadata.continue], [[], undefined]);
});

test('documents are read by GET in their one form; pages of health do not look at the method', async () => {
  assert.deepEqual([(await send(server, 'POST', '/version')).code, (await send(server, 'DELETE', '/apis/apps/v1')).code, (await send(server, 'POST', '/livez')).code], [405, 405, 200]);
  const refused = await send(server, 'GET', '/version', { headers: { accept: 'text/html' } });
  assert.deepEqual([refused.code, refused.body.message], [406, '406: Not Acceptable\n\nAvailable representations: application/json']);
});

test('a pod is bound only to a name that a node can have, and evicted by the beta body too', async () => {
  await send(server, 'POST', '/api/v1/namespaces/default/pods', { body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'evicted' }, spec: { containers: [{ name: 'c', image: 'i' }] } } });
  const bound = await send(server, 'POST', '/api/v1/namespaces/default/pods/evicted/binding', { body: { metadata: { name: 'evicted' }, target: { kind: 'Node', name: 'Bad_Name' } } });
  assert.equal(bound.code, 500);
  assert.match(bound.body.message, /^target\.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain/);
  const evicted = await send(server, 'POST', '/api/v1/namespaces/default/pods/evicted/eviction', { body: { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: 'evicted' } } });
  assert.equal(evicted.code, 201);
});

test('jobs of a collection are warned of where the selectors can be read, even when the resourceVersion cannot', async () => {
  const remove = (query: string) => send(server, 'DELETE', `/apis/batch/v1/namespaces/default/jobs?${query}`);
  const late = await remove('resourceVersion=x');
  assert.equal(late.code, 400);
  assert.match(String(late.headers['warning']), /child pods are preserved by default/);
  const early = await remove('fieldSelector=spec.unknown%3Dx');
  assert.deepEqual([early.code, early.headers['warning']], [400, undefined]);
});

test('names of registrations that files may have are refused', async () => {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const { code, body } = await send(server, 'POST', path, { body: { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'a.static.k8s.io' } } });
  assert.equal(code, 422);
  assert.match(body.message, /names ending with "\.static\.k8s\.io" are reserved/);
});
