/** The scenes of ../README.md by Kubernetes' JavaScript client: client.js KUBECONFIG NAMESPACE prints a line of JSON a scene. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ApiException, AppsV1Api, CoreV1Api, Exec, KubeConfig, Log, PatchStrategy, PortForward, Watch, makeInformer, setHeaderOptions } from '@kubernetes/client-node';

const [kubeconfig, namespace] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const core = config.makeApiClient(CoreV1Api), apps = config.makeApiClient(AppsV1Api);
const MILLISECONDS = 30_000;
const COUNT = 7;
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
const create = (name, scene, data) => core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: scene && { scene } }, data } });
const read = (name) => core.readNamespacedConfigMap({ name, namespace });
const remove = (name) => core.deleteNamespacedConfigMap({ name, namespace });
const patch = (strategy, name, body, options = {}) => core.patchNamespacedConfigMap({ name, namespace, body, ...options }, setHeaderOptions('Content-Type', strategy));
const names = (list) => list.items.map((item) => item.metadata.name);

/** The error is the client's own, with the server's Status in it. */
async function refused(code, reason, action) {
  const error = await action().then(() => undefined, (failure) => failure);
  assert.ok(error instanceof ApiException, `${error} instead of ${code}`);
  const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
  assert.deepEqual([error.code, status.kind, status.code, status.reason], [code, 'Status', code, reason]);
  return status;
}

function within(what, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within the time`)), MILLISECONDS); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The first events of a watch, which is ended then. */
async function nextEvents(count, parameters) {
  const events = [], { promise, resolve, reject } = Promise.withResolvers();
  const watch = await new Watch(config).watch(configMaps, parameters, (type, object) => {
    events.push({ type, object });
    if (events.length === count) resolve();
  }, (error) => reject(error ?? new Error(`ended after ${events.length} events`)));
  await within('events', promise).finally(() => watch.abort());
  return events;
}

async function createAndDelete() {
  const made = await create('short-lived', undefined, { a: '1' });
  assert.equal((await read('short-lived')).metadata.uid, made.metadata.uid);
  assert.ok(made.metadata.creationTimestamp instanceof Date);
  assert.deepEqual((await core.replaceNamespacedConfigMap({ name: 'short-lived', namespace, body: { ...made, data: { a: '2' } } })).data, { a: '2' });
  assert.equal((await remove('short-lived')).status, 'Success');
  await refused(404, 'NotFound', () => read('short-lived'));
}

async function listInPages() {
  for (let number = 0; number < COUNT; number++) await create(`page-${number}`, 'pages');
  const pages = [];
  let _continue;
  do {
    pages.push(await core.listNamespacedConfigMap({ namespace, labelSelector: 'scene=pages', limit: 3, _continue }));
    _continue = pages.at(-1).metadata._continue;
  } while (_continue);
  assert.deepEqual(pages.flatMap(names), Array.from({ length: COUNT }, (_, number) => `page-${number}`));
  assert.deepEqual(pages.map((page) => page.items.length), [3, 3, 1]);
}

async function watchAndResume() {
  const { metadata: { resourceVersion } } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'scene=watch' });
  await create('watched', 'watch');
  const [first] = await nextEvents(1, { labelSelector: 'scene=watch', resourceVersion });
  assert.deepEqual([first.type, first.object.metadata.name], ['ADDED', 'watched']);
  // What happens while nobody watches is told from the version of the last event on.
  await patch(PatchStrategy.MergePatch, 'watched', { data: { a: '1' } });
  await remove('watched');
  const rest = await nextEvents(2, { labelSelector: 'scene=watch', resourceVersion: first.object.metadata.resourceVersion });
  assert.deepEqual(rest.map(({ type, object }) => [type, object.data]), [['MODIFIED', { a: '1' }], ['DELETED', { a: '1' }]]);
}

async function watchBookmarks() {
  await create('marked', 'watch');
  const events = await nextEvents(2, { labelSelector: 'scene=watch', sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true });
  await remove('marked');
  assert.deepEqual(events.map(({ type }) => type), ['ADDED', 'BOOKMARK']);
  const { annotations, resourceVersion } = events[1].object.metadata;
  assert.equal(annotations['k8s.io/initial-events-end'], 'true');
  assert.ok(Number(resourceVersion) >= Number(events[0].object.metadata.resourceVersion));
}

async function informer() {
  await create('before', 'informer');
  const shared = makeInformer(config, configMaps, () => core.listNamespacedConfigMap({ namespace, labelSelector: 'scene=informer' }), 'scene=informer');
  const next = (verb, name) => within(`${verb} of ${name}`, new Promise((resolve) => {
    shared.on(verb, (item) => { if (item.metadata.name === name) resolve(); });
  }));
  const listed = next('add', 'before');
  await shared.start();
  try {
    await listed;
    const added = next('add', 'later'), changed = next('update', 'before'), deleted = next('delete', 'later');
    await create('later', 'informer');
    await patch(PatchStrategy.MergePatch, 'before', { data: { a: '1' } });
    await remove('later');
    await Promise.all([added, changed, deleted]);
    assert.deepEqual(shared.list(namespace).map((item) => [item.metadata.name, item.data]), [['before', { a: '1' }]]);
  } finally {
    await shared.stop();
  }
}

async function patchJson() {
  await create('patched', undefined, { a: '1', b: '2' });
  const changes = [{ op: 'test', path: '/data/a', value: '1' }, { op: 'replace', path: '/data/a', value: '3' }, { op: 'remove', path: '/data/b' }];
  assert.deepEqual((await patch(PatchStrategy.JsonPatch, 'patched', changes)).data, { a: '3' });
  // The first line asks for a value that is no longer there.
  await refused(422, 'Invalid', () => patch(PatchStrategy.JsonPatch, 'patched', changes));
}

async function patchMerge() {
  assert.deepEqual((await patch(PatchStrategy.MergePatch, 'patched', { data: { a: null, c: '4' } })).data, { c: '4' });
}

async function patchStrategic() {
  const labels = { app: 'patched' }, image = 'naru.local/tools:latest';
  const containers = [{ name: 'first', image, command: ['sleep', '1000'], env: [{ name: 'A', value: '1' }] }];
  await apps.createNamespacedDeployment({ namespace, body: { metadata: { name: 'patched' }, spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } } } });
  const body = { spec: { template: { spec: { containers: [{ name: 'first', env: [{ name: 'B', value: '2' }] }, { name: 'second', image }] } } } };
  const changed = await apps.patchNamespacedDeployment({ name: 'patched', namespace, body }, setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch));
  const found = Object.fromEntries(changed.spec.template.spec.containers.map(({ name, env }) => [name, env?.map((variable) => `${variable.name}=${variable.value}`)]));
  assert.deepEqual(found, { first: ['B=2', 'A=1'], second: undefined });
}

async function serverSideApply() {
  const apply = (fieldManager, fields, force) =>
    patch(PatchStrategy.ServerSideApply, 'applied', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, ...fields }, { fieldManager, force });
  await apply('one', { data: { a: '1', b: '1' } });
  const status = await refused(409, 'Conflict', () => apply('two', { data: { a: '2' } }));
  assert.deepEqual(status.details.causes.map(({ field }) => field), ['.data.a']);
  assert.deepEqual((await apply('two', { data: { a: '2' } }, true)).data, { a: '2', b: '1' });
  // What its only owner no longer names goes.
  const result = await apply('one', {});
  assert.deepEqual(result.data, { a: '2' });
  assert.deepEqual(result.metadata.managedFields.map(({ manager, operation }) => [manager, operation]), [['two', 'Apply']]);
}

async function errors() {
  await refused(404, 'NotFound', () => core.readNamespacedPod({ name: 'nobody', namespace }));
  const made = await create('twice');
  await refused(409, 'AlreadyExists', () => create('twice'));
  await patch(PatchStrategy.MergePatch, 'twice', { data: { a: '1' } });
  await refused(409, 'Conflict', () => core.replaceNamespacedConfigMap({ name: 'twice', namespace, body: made }));
  const status = await refused(422, 'Invalid', () => create('Not_A_Name'));
  assert.deepEqual(status.details.causes.map(({ field }) => field), ['metadata.name']);
}

async function startPod() {
  const script = 'mkdir -p /www && echo served > /www/index.html && echo started && echo second && exec httpd -f -p 8080 -h /www';
  await core.createNamespacedPod({ namespace, body: { metadata: { name: 'server' }, spec: { containers: [{ name: 'main', image: 'naru.local/tools:latest', command: ['sh', '-c', script] }] } } });
  const ready = Promise.withResolvers();
  const watch = await new Watch(config).watch(`/api/v1/namespaces/${namespace}/pods`, { fieldSelector: 'metadata.name=server' }, (_, pod) => {
    if (pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) ready.resolve();
  }, (error) => ready.reject(error ?? new Error('the watch ended')));
  await within('the pod', ready.promise).finally(() => watch.abort());
}

async function run(command, input) {
  const out = new PassThrough(), err = new PassThrough(), { promise, resolve } = Promise.withResolvers();
  const printed = Promise.all([text(out), text(err)]);
  const socket = await new Exec(config).exec(namespace, 'server', 'main', command, out, err, input === undefined ? null : Readable.from([input]), false, resolve);
  const status = await within(command.join(' '), promise).finally(() => { socket.close(); });
  out.end();
  err.end();
  return [...await printed, status];
}
const exitCode = (status) => status.status === 'Success' ? '0' : status.details.causes.find(({ reason }) => reason === 'ExitCode')?.message;

async function execOutput() {
  const [out, err, status] = await run(['sh', '-c', 'echo out; echo err >&2; exit 3']);
  assert.deepEqual([out, err, status.reason, exitCode(status)], ['out\n', 'err\n', 'NonZeroExitCode', '3']);
}

async function execInput() {
  const [out, , status] = await run(['sh', '-c', 'read line; echo got $line'], 'a line\n');
  assert.deepEqual([out, exitCode(status)], ['got a line\n', '0']);
}

async function execNoSuchCommand() {
  const [, , status] = await run(['/no/such/program']);
  assert.equal(status.status, 'Failure');
}

async function logs() {
  assert.equal(await core.readNamespacedPodLog({ name: 'server', namespace }), 'started\nsecond\n');
  assert.equal(await core.readNamespacedPodLog({ name: 'server', namespace, tailLines: 1 }), 'second\n');
  const stream = new PassThrough();
  // Nobody ends it: this client throws past its caller when a log is aborted.
  await new Log(config).log(namespace, 'server', 'main', stream, { follow: true });
  const [first] = await within('a line', once(stream, 'data'));
  assert.match(first.toString(), /^started\n/);
}

async function portForward() {
  const input = new PassThrough(), output = new PassThrough();
  const socket = await new PortForward(config).portForward(namespace, 'server', [8080], output, null, input);
  const answered = Promise.withResolvers();
  let answer = '';
  output.on('data', (part) => {
    answer += part;
    if (answer.endsWith('served\n')) answered.resolve();
  });
  input.write('GET /index.html HTTP/1.0\r\n\r\n');
  await within('an answer', answered.promise).finally(() => { socket.close(); });
  assert.match(answer, /^HTTP\/1\./);
}

const SCENES = { 'create-and-delete': createAndDelete, 'list-in-pages': listInPages, 'watch-and-resume': watchAndResume, 'watch-bookmarks': watchBookmarks, informer,
  'patch-json': patchJson, 'patch-merge': patchMerge, 'patch-strategic': patchStrategic, 'server-side-apply': serverSideApply, errors, 'start-pod': startPod,
  'exec-output': execOutput, 'exec-input': execInput, 'exec-no-such-command': execNoSuchCommand, logs, 'port-forward': portForward };
for (const [scene, play] of Object.entries(SCENES)) {
  const error = await play().then(() => undefined, (failure) => failure.stack);
  process.stdout.write(`${JSON.stringify({ scene, error })}\n`);
}
process.exit(0);
