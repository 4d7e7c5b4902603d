import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send, watch } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const map = (name: string, data: Record<string, string> = {}, labels?: Record<string, string>): object => ({
  apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(labels ? { labels } : {}) }, data,
});
const pod = (name: string, nodeName?: string): object => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'main', image: 'x' }], ...(nodeName ? { nodeName } : {}) },
});

let server: TestServer;
before(async () => { server = await startTestServer(); });
after(() => server.close());

test('what is created can be read, and creating it again is a conflict', async () => {
  const created = await send(server, 'POST', MAPS, { body: map('one', { a: 'b' }) });
  assert.equal(created.code, 201);
  assert.ok(created.body.metadata.uid && created.body.metadata.creationTimestamp && created.body.metadata.resourceVersion);
  const read = await send(server, 'GET', `${MAPS}/one`);
  assert.deepEqual(read.body, created.body);
  const again = await send(server, 'POST', MAPS, { body: map('one') });
  assert.equal(again.code, 409);
  assert.equal(again.body.reason, 'AlreadyExists');
  assert.equal(again.body.message, 'configmaps "one" already exists');
});

test('generateName makes a name with five more characters', async () => {
  const { code, body } = await send(server, 'POST', MAPS, { body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } } });
  assert.equal(code, 201);
  assert.match(body.metadata.name, /^made-[a-z0-9]{5}$/);
});

test('a body of another version, kind, namespace or with a bad name is refused with a Status', async () => {
  const version = await send(server, 'POST', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', { body: { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'x' } } });
  assert.equal(version.body.message, 'the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)');
  const namespace = await send(server, 'POST', MAPS, { body: { ...map('x'), metadata: { name: 'x', namespace: 'other' } } });
  assert.equal(namespace.body.message, 'the namespace of the provided object does not match the namespace sent on the request');
  const name = await send(server, 'POST', MAPS, { body: map('Not_A_Name') });
  assert.equal(name.code, 422);
  assert.equal(name.body.details.causes[0].field, 'metadata.name');
  const missing = await send(server, 'GET', `${MAPS}/nothing`);
  assert.equal(missing.code, 404);
  assert.deepEqual(missing.body.details, { name: 'nothing', kind: 'configmaps' });
});

test('an update of an old revision is a conflict, one that changes nothing writes nothing', async () => {
  const { body: first } = await send(server, 'POST', MAPS, { body: map('lock', { a: '1' }) });
  const { body: second } = await send(server, 'PUT', `${MAPS}/lock`, { body: { ...first, data: { a: '2' } } });
  assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const stale = await send(server, 'PUT', `${MAPS}/lock`, { body: { ...first, data: { a: '3' } } });
  assert.equal(stale.code, 409);
  assert.match(stale.body.message, /the object has been modified; please apply your changes to the latest version and try again$/);
  const same = await send(server, 'PUT', `${MAPS}/lock`, { body: second });
  assert.equal(same.body.metadata.resourceVersion, second.metadata.resourceVersion);
});

test('dryRun answers as if, and stores nothing', async () => {
  const dry = await send(server, 'POST', `${MAPS}?dryRun=All`, { body: map('dry') });
  assert.equal(dry.code, 201);
  assert.equal((await send(server, 'GET', `${MAPS}/dry`)).code, 404);
  assert.equal((await send(server, 'POST', `${MAPS}?dryRun=Some`, { body: map('dry') })).code, 422);
});

test('unknown fields are a warning by default and an error when strict', async () => {
  const body = { ...map('warned'), dat: {} };
  const warned = await send(server, 'POST', MAPS, { body });
  assert.equal(warned.code, 201);
  assert.equal(warned.headers['warning'], '299 - "unknown field \\"dat\\""');
  const strict = await send(server, 'POST', `${MAPS}?fieldValidation=Strict`, { body: { ...body, metadata: { name: 'strict' } } });
  assert.equal(strict.code, 400);
  assert.match(strict.body.message, /strict decoding error: unknown field "dat"$/);
});

test('JSON, merge and strategic patches change what they name', async () => {
  await send(server, 'POST', MAPS, { body: map('patched', { a: '1', b: '2' }) });
  const patch = (type: string, body: unknown) => send(server, 'PATCH', `${MAPS}/patched`, { headers: { 'content-type': type }, body });
  assert.deepEqual((await patch('application/merge-patch+json', { data: { a: null, c: '3' } })).body.data, { b: '2', c: '3' });
  assert.deepEqual((await patch('application/json-patch+json', [{ op: 'replace', path: '/data/b', value: '9' }])).body.data, { b: '9', c: '3' });
  assert.deepEqual((await patch('application/strategic-merge-patch+json', { metadata: { labels: { x: 'y' } } })).body.metadata.labels, { x: 'y' });
  assert.equal((await patch('text/plain', {})).code, 415);
});

test('a list shows one revision over pages and tells how many are left', async () => {
  const path = '/api/v1/namespaces/paged/configmaps';
  await send(server, 'POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'paged' } } });
  for (const name of ['a', 'b', 'c']) await send(server, 'POST', path, { body: map(name) });
  const first = await send(server, 'GET', `${path}?limit=2`);
  assert.equal(first.body.kind, 'ConfigMapList');
  assert.deepEqual(first.body.items.map((item: any) => item.metadata.name), ['a', 'b']);
  assert.equal(first.body.metadata.remainingItemCount, 1);
  await send(server, 'DELETE', `${path}/c`);
  const second = await send(server, 'GET', `${path}?limit=2&continue=${first.body.metadata.continue}`);
  assert.deepEqual(second.body.items.map((item: any) => item.metadata.name), ['c'], 'the deletion came after the revision of the list');
  assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
  assert.equal(second.body.metadata.continue, undefined);
});

test('selectors choose by label and field; a field nobody knows is a bad request', async () => {
  await send(server, 'POST', MAPS, { body: map('lab', {}, { tier: 'x' }) });
  const names = async (query: string) => (await send(server, 'GET', `${MAPS}?${query}`)).body.items?.map((item: any) => item.metadata.name);
  assert.deepEqual(await names('labelSelector=tier%3Dx'), ['lab']);
  assert.deepEqual(await names('labelSelector=tier%20notin%20(x),tier'), []);
  assert.deepEqual(await names('fieldSelector=metadata.name%3Dlab'), ['lab']);
  assert.equal((await send(server, 'GET', `${MAPS}?fieldSelector=spec.x%3D1`)).code, 400);
});

test('a watch from a revision shows each change once, in order, as its selector sees it', async () => {
  const { body: list } = await send(server, 'GET', MAPS);
  const events = watch(server, `${MAPS}?watch=true&resourceVersion=${list.metadata.resourceVersion}&labelSelector=w%3D1`);
  await send(server, 'POST', MAPS, { body: map('seen', { a: '1' }, { w: '1' }) });
  const patch = (body: unknown) => send(server, 'PATCH', `${MAPS}/seen`, { headers: { 'content-type': 'application/merge-patch+json' }, body });
  await patch({ data: { a: '2' } });
  await patch({ metadata: { labels: { w: '2' } } });
  const got = [await events.next(), await events.next(), await events.next()];
  events.close();
  assert.deepEqual(got.map((event) => event?.type), ['ADDED', 'MODIFIED', 'DELETED']);
  assert.equal(got[1]?.object.data.a, '2');
});

test('a streaming list sends what there is, then a bookmark that says so, then changes', async () => {
  const events = watch(server, '/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
  let event = await events.next();
  const initial: string[] = [];
  for (; event?.type === 'ADDED'; event = await events.next()) initial.push(event.object.metadata.name);
  assert.ok(initial.includes('kube-system'));
  assert.equal(event?.type, 'BOOKMARK');
  assert.equal(event?.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  events.close();
});

test('a watch ends after timeoutSeconds', async () => {
  const events = watch(server, `${MAPS}?watch=true&timeoutSeconds=1&resourceVersion=${(await send(server, 'GET', MAPS)).body.metadata.resourceVersion}`);
  assert.equal(await events.next(), undefined);
});

test('a pod is deleted gracefully, and at once with a grace period of zero', async () => {
  await send(server, 'POST', PODS, { body: pod('graceful', 'node1') });
  const deleted = await send(server, 'DELETE', `${PODS}/graceful`, { body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 20 } });
  assert.equal(deleted.code, 200);
  assert.equal(deleted.body.metadata.deletionGracePeriodSeconds, 20);
  const left = await send(server, 'GET', `${PODS}/graceful`);
  assert.ok(left.code === 404 || left.body.metadata.deletionTimestamp);
  await send(server, 'DELETE', `${PODS}/graceful?gracePeriodSeconds=0`);
  assert.equal((await send(server, 'GET', `${PODS}/graceful`)).code, 404);
});

test('finalizers hold a deleted object until the last one is gone', async () => {
  await send(server, 'POST', MAPS, { body: { ...map('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } } });
  const deleted = await send(server, 'DELETE', `${MAPS}/held`);
  assert.ok(deleted.body.metadata.deletionTimestamp);
  const patch = (body: unknown) => send(server, 'PATCH', `${MAPS}/held`, { headers: { 'content-type': 'application/merge-patch+json' }, body });
  assert.equal((await patch({ metadata: { finalizers: ['example.com/hold', 'example.com/more'] } })).code, 422);
  assert.equal((await patch({ metadata: { finalizers: null } })).code, 200);
  assert.equal((await send(server, 'GET', `${MAPS}/held`)).code, 404);
});

test('a propagation policy becomes a finalizer, and a wrong uid stops a delete', async () => {
  const { body } = await send(server, 'POST', MAPS, { body: map('owner') });
  const wrong = await send(server, 'DELETE', `${MAPS}/owner`, { body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } } });
  assert.equal(wrong.code, 409);
  const deleted = await send(server, 'DELETE', `${MAPS}/owner`, { body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground', preconditions: { uid: body.metadata.uid } } });
  assert.deepEqual(deleted.body.metadata.finalizers, ['foregroundDeletion']);
});

test('a ReplicationController leaves its dependents unless it is told otherwise', async () => {
  const path = '/api/v1/namespaces/default/replicationcontrollers';
  const template = { metadata: { labels: { app: 'rc' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };
  for (const name of ['left', 'taken']) await send(server, 'POST', path, { body: { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name }, spec: { replicas: 0, selector: { app: 'rc' }, template } } });
  assert.equal((await send(server, 'DELETE', `${path}/left`)).code, 200);
  assert.deepEqual((await send(server, 'GET', `${path}/left`)).body.metadata.finalizers, ['orphan']);
  await send(server, 'DELETE', `${path}/taken?propagationPolicy=Background`);
  assert.equal((await send(server, 'GET', `${path}/taken`)).code, 404);
});

test('deletecollection takes what its selector shows', async () => {
  for (const name of ['d1', 'd2']) await send(server, 'POST', MAPS, { body: map(name, {}, { drop: 'me' }) });
  const { code, body } = await send(server, 'DELETE', `${MAPS}?labelSelector=drop%3Dme`);
  assert.equal(code, 200);
  assert.equal(body.items.length, 2);
  assert.equal((await send(server, 'GET', `${MAPS}?labelSelector=drop%3Dme`)).body.items.length, 0);
});

test('a namespace stays Terminating until it is finalized', async () => {
  await send(server, 'POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' }, spec: { finalizers: ['kubernetes'] } } });
  const deleted = await send(server, 'DELETE', '/api/v1/namespaces/ending');
  assert.equal(deleted.body.status.phase, 'Terminating');
  const finalized = { ...deleted.body, spec: {} };
  assert.equal((await send(server, 'PUT', '/api/v1/namespaces/ending/finalize', { body: finalized })).code, 200);
  assert.equal((await send(server, 'GET', '/api/v1/namespaces/ending')).code, 404);
});

test('the first deletion of a namespace marks it, those that follow wait', async () => {
  await send(server, 'POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'marked' } } });
  const refused = await send(server, 'DELETE', '/api/v1/namespaces/marked', { body: { preconditions: { uid: 'other' } } });
  assert.match(refused.body.message, /on namespaces "marked": Precondition failed: UID in precondition: other, UID in object meta: /);
  const deleted = await send(server, 'DELETE', '/api/v1/namespaces/marked', { body: { propagationPolicy: 'Orphan' } });
  assert.deepEqual(deleted.body.metadata.finalizers, ['orphan']);
  assert.equal(deleted.body.metadata.deletionGracePeriodSeconds, undefined);
  const again = await send(server, 'DELETE', '/api/v1/namespaces/marked', { body: { propagationPolicy: 'Foreground' } });
  assert.deepEqual([again.body.metadata.finalizers, again.body.metadata.resourceVersion], [['orphan'], deleted.body.metadata.resourceVersion]);
});

test('a namespace in an object that is in none is forgotten', async () => {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lonely', namespace: 'elsewhere' } };
  const created = await send(server, 'POST', '/api/v1/namespaces', { body: object });
  assert.deepEqual([created.code, created.body.metadata.namespace], [201, undefined]);
});

test('events are selected by the field names of the group they are asked in', async () => {
  const event = {
    apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'selected' }, eventTime: '2026-01-01T00:00:00.000000Z', reason: 'R', note: 'N', type: 'Normal', action: 'A',
    regarding: { kind: 'Pod', name: 'x', namespace: 'default' }, reportingController: 'example.com/c', reportingInstance: 'i',
  };
  const created = await send(server, 'POST', '/apis/events.k8s.io/v1/namespaces/default/events', { body: event });
  assert.equal(created.code, 201, JSON.stringify(created.body));
  const count = async (path: string) => (await send(server, 'GET', path)).body.items?.length;
  assert.equal(await count('/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=reportingController%3Dexample.com/c,regarding.kind%3DPod'), 1);
  assert.equal(await count('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Dx'), 1);
});
