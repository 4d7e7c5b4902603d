import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { StatusError } from '../../api/status.ts';
import { systemClock, type Clock } from '../../base/clock.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import { createLogger } from '../../base/log.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { send, watch } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { Auditor, type AuditBackend } from './auditor.ts';
import { sourceIps, type AuditEvent } from './event.ts';
import { LogBackend, oldFiles } from './log-backend.ts';
import { createPolicyEvaluator, policyErrors, type Policy } from './policy.ts';
import { readPolicyFile } from './read-policy.ts';
import { WebhookBackend } from './webhook-backend.ts';

const silent = createLogger('test', 'error');
const directory = mkdtempSync(join(tmpdir(), 'naru-audit-'));
const events: AuditEvent[] = [];
const memory: AuditBackend = { name: 'memory', write: (event) => { events.push(JSON.parse(JSON.stringify(event)) as AuditEvent); }, close: async () => undefined, counts: () => ({ written: events.length, lost: 0 }) };

const POLICY: Policy = {
  omitStages: [],
  rules: [
    { level: 'None', verbs: ['get'], nonResourceURLs: ['/version', '/healthz*'] },
    { level: 'RequestResponse', resources: [{ resources: ['configmaps'] }], namespaces: ['default'] },
    { level: 'Request', resources: [{ group: 'apps' }], omitStages: ['RequestReceived'] },
    { level: 'RequestResponse', omitManagedFields: true, resources: [{ resources: ['secrets'] }] },
    { level: 'Metadata' },
  ],
};

let server: TestServer;
before(async () => {
  server = await startTestServer({
    auditor: new Auditor(POLICY, [memory], systemClock),
    security: {
      authenticator: {
        async authenticate({ headers }) {
          if (headers['authorization']) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
          return { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
        },
      },
      authorizer: { authorize: ({ user, resource }) => (user.name === 'admin' ? { decision: 'allow', reason: 'he is' } : { decision: 'none', reason: `not ${resource}` }) }, admission: [],
    },
  });
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true });
});

/** The events of what `work` asks of configmaps and others in the namespace `default`, without times and ids. */
async function during(work: () => Promise<unknown>): Promise<any[]> {
  events.length = 0;
  await work();
  for (let turn = 0; turn < 50 && events.length === 0; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  return events.map(({ auditID, requestReceivedTimestamp, stageTimestamp, userAgent, ...rest }) => {
    assert.ok(auditID && requestReceivedTimestamp <= stageTimestamp && userAgent !== undefined);
    return rest;
  });
}

const MAPS = '/api/v1/namespaces/default/configmaps';
const USER = { username: 'admin', groups: ['system:masters', 'system:authenticated'] };
const HEAD = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', sourceIPs: ['127.0.0.1'], user: USER };
const ALLOWED = { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'he is' };

test('a create is told in two stages, with what was asked and answered', async () => {
  const [received, complete, ...more] = await during(() => send(server, 'POST', `${MAPS}?fieldManager=me`, { body: { metadata: { name: 'a' }, data: { x: 'y' } } }));
  assert.deepEqual(more, []);
  const common = { ...HEAD, level: 'RequestResponse', requestURI: `${MAPS}?fieldManager=me`, verb: 'create' };
  assert.deepEqual(received, { ...common, stage: 'RequestReceived', objectRef: { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' } });
  const { requestObject, responseObject, ...rest } = complete;
  assert.deepEqual(rest, {
    ...common, stage: 'ResponseComplete', objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 }, annotations: ALLOWED,
  });
  assert.deepEqual([requestObject.kind, requestObject.metadata, requestObject.data], ['ConfigMap', { name: 'a' }, { x: 'y' }]);
  assert.ok(responseObject.metadata.uid);
  assert.equal(responseObject.metadata.managedFields[0].manager, 'me');
});

test('a patch is kept as it came, a list with its items, a failure with its Status', async () => {
  const patched = await during(() => send(server, 'PATCH', `${MAPS}/a`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { z: '1' } } }));
  assert.deepEqual(patched[1].requestObject, { data: { z: '1' } });
  const listed = await during(() => send(server, 'GET', MAPS));
  assert.deepEqual([listed[1].responseObject.kind, listed[1].responseObject.items.length], ['ConfigMapList', 1]);
  const missed = await during(() => send(server, 'GET', `${MAPS}/nope`));
  const status = { metadata: {}, status: 'Failure', message: 'configmaps "nope" not found', reason: 'NotFound', details: { name: 'nope', kind: 'configmaps' }, code: 404 };
  assert.deepEqual([missed[1].responseStatus, missed[1].responseObject], [status, { kind: 'Status', apiVersion: 'v1', ...status }]);
  const deleted = await during(() => send(server, 'DELETE', `${MAPS}/a`, { body: { propagationPolicy: 'Background' } }));
  assert.deepEqual(deleted[1].requestObject, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal', propagationPolicy: 'Background' });
  assert.equal(deleted[1].responseStatus.status, 'Success');
});

test('who acts for another, and who is refused, is told', async () => {
  const [event, ...more] = await during(() => send(server, 'POST', '/apis/apps/v1/namespaces/default/deployments', { headers: { 'impersonate-user': 'jane' }, body: {} }));
  assert.deepEqual(more, []);
  assert.deepEqual([event.level, event.user.username, event.impersonatedUser, event.responseStatus.code], ['Request', 'admin', { username: 'jane', groups: ['system:authenticated'] }, 403]);
  assert.deepEqual(event.annotations, { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': 'not deployments' });
  assert.equal(event.responseObject, undefined);
  const [unknown] = await during(() => send(server, 'GET', MAPS, { headers: { authorization: 'Bearer bad' } }));
  assert.deepEqual([unknown.stage, unknown.user, unknown.responseStatus.code, unknown.annotations], ['ResponseStarted', {}, 401, undefined]);
});

test('a watch begins and ends, what the policy leaves out is not there', async () => {
  const open = watch(server, `${MAPS}?watch=1&timeoutSeconds=1`);
  const told = await during(() => open.next());
  assert.deepEqual(told.map(({ stage }) => stage), ['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
  assert.deepEqual(told[2].responseStatus, { metadata: {}, code: 200 });
  events.length = 0;
  await send(server, 'GET', '/version');
  await send(server, 'GET', '/healthz');
  assert.deepEqual(events, []);
  const secret = await during(() => send(server, 'POST', '/api/v1/namespaces/default/secrets', { body: { metadata: { name: 's' } } }));
  assert.equal(secret[1].responseObject.metadata.managedFields, undefined);
  const page = await during(() => send(server, 'GET', '/nosuch'));
  assert.deepEqual([page[1].responseStatus, page[1].objectRef], [{ metadata: {}, code: 404 }, undefined]);
});

test('requests of this process are recorded too', async () => {
  const transport = server.server.transport({ name: 'system:kube-scheduler', groups: ['system:masters'] });
  const told = await during(() => transport.request({ method: 'GET', path: '/api/v1/nodes' }));
  assert.deepEqual(told.map(({ stage, level, user }) => [stage, level, user.username]), [['RequestReceived', 'Metadata', 'system:kube-scheduler'], ['ResponseComplete', 'Metadata', 'system:kube-scheduler']]);
});

test('the first rule that speaks of a request decides', () => {
  const level = (policy: Policy, method: string, path: string, name = 'jane') => createPolicyEvaluator(policy)(parseRequestInfo(method, path), { name, groups: ['dev'] }).level;
  const one = (rule: object): Policy => ({ rules: [{ level: 'Request', ...rule }] });
  assert.equal(level(one({ users: ['jane'] }), 'GET', '/api/v1/pods'), 'Request');
  assert.equal(level(one({ users: ['jane'] }), 'GET', '/api/v1/pods', 'john'), 'None');
  assert.equal(level(one({ userGroups: ['ops'] }), 'GET', '/api/v1/pods'), 'None');
  assert.equal(level(one({ resources: [{ resources: ['pods'] }] }), 'GET', '/api/v1/namespaces/a/pods/b/log'), 'None');
  assert.equal(level(one({ resources: [{ resources: ['pods/*'] }] }), 'GET', '/api/v1/namespaces/a/pods/b/log'), 'Request');
  assert.equal(level(one({ resources: [{ resources: ['*/log'] }] }), 'GET', '/api/v1/namespaces/a/pods/b/log'), 'Request');
  assert.equal(level(one({ resources: [{ group: 'apps', resources: ['deployments'], resourceNames: ['b'] }] }), 'GET', '/apis/apps/v1/namespaces/a/deployments/b'), 'Request');
  assert.equal(level(one({ resources: [{ group: 'apps', resources: ['deployments'], resourceNames: ['c'] }] }), 'GET', '/apis/apps/v1/namespaces/a/deployments/b'), 'None');
  assert.equal(level(one({ namespaces: [''] }), 'GET', '/api/v1/nodes'), 'Request');
  assert.equal(level(one({ namespaces: ['a'] }), 'GET', '/healthz'), 'None');
  assert.equal(level(one({ nonResourceURLs: ['/health*'] }), 'GET', '/healthz'), 'Request');
});

test('a policy that is no good is refused, with the reason', () => {
  assert.deepEqual(policyErrors({ rules: [] }), ['rules: there must be one at least']);
  assert.match(policyErrors({ rules: [{ level: 'Some' as never, nonResourceURLs: ['x*y'], resources: [{ resourceNames: ['a'] }] }] }).join('; '), /level: "Some".*cannot apply to both.*"x\*y".*resourceNames requires/);
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n  user: [jane]\n');
  assert.throws(() => readPolicyFile(file), /rules\[0\]\.user: unknown field/);
  writeFileSync(file, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n');
  assert.equal(readPolicyFile(file).rules.length, 1);
});

test('addresses of those who passed a request on come first', () => {
  assert.deepEqual(sourceIps({}, '::ffff:10.0.0.1'), ['10.0.0.1']);
  assert.deepEqual(sourceIps({ 'x-forwarded-for': '1.1.1.1, nonsense, 2.2.2.2', 'x-real-ip': '3.3.3.3' }, '10.0.0.1'), ['1.1.1.1', '2.2.2.2', '3.3.3.3', '10.0.0.1']);
});

const event = (text: string): AuditEvent => ({ kind: 'Event', requestURI: text } as AuditEvent);

test('a log file is begun anew when it is full, and old ones go', async () => {
  const folder = join(directory, 'log');
  let now = Date.parse('2026-01-01T00:00:00Z');
  const clock: Clock = { ...systemClock, now: () => now };
  const log = new LogBackend({ path: join(folder, 'audit.log'), maxSize: 1, maxBackups: 2, compress: true }, clock, silent);
  const big = 'x'.repeat(400 * 1024);
  for (let index = 0; index < 9; index++) {
    log.write(event(`${index}${big}`));
    now += 1000;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  await log.close();
  const names = readdirSync(folder).sort();
  assert.equal(names.length, 3);
  assert.match(names[0]!, /^audit-2026-01-01T00-00-\d\d\.\d{3}\.log\.gz$/);
  const lines = (text: string): string[] => text.trim().split('\n').map((line) => (JSON.parse(line) as AuditEvent).requestURI[0]!);
  assert.deepEqual(lines(readFileSync(join(folder, 'audit.log'), 'utf8')), ['8']);
  assert.deepEqual(lines(gunzipSync(readFileSync(join(folder, names[1]!))).toString()), ['6', '7']);
  assert.deepEqual(log.counts(), { written: 9, lost: 0 });
});

test('what a full disk or a slow one cannot take is counted as lost', async () => {
  const log = new LogBackend({ path: join(directory, 'policy.yaml', 'no-folder', 'audit.log') }, systemClock, { ...silent, error: () => undefined });
  log.write(event('a'));
  await log.close();
  assert.equal(log.counts().lost, 1);
  const webhook = new WebhookBackend({ post: () => new Promise(() => undefined), clock: systemClock, log: { ...silent, warn: () => undefined }, bufferSize: 3, maxBatchSize: 100 });
  for (let index = 0; index < 5; index++) webhook.write(event(String(index)));
  assert.deepEqual(webhook.counts(), { written: 3, lost: 2 });
});

test('events go out in batches, again when the first try fails', async () => {
  const sent: any[] = [];
  let failures = 1;
  const webhook = new WebhookBackend({
    clock: systemClock, log: silent, maxBatchSize: 2, initialBackoffMilliseconds: 1,
    async post(body) {
      if (failures-- > 0) throw new Error('not now');
      sent.push(body);
    },
  });
  for (const name of ['a', 'b', 'c']) webhook.write(event(name));
  await webhook.close();
  assert.deepEqual(sent.map(({ kind, items }) => [kind, items.length]).sort(), [['EventList', 1], ['EventList', 2]]);
  assert.equal(webhook.counts().lost, 0);
});

test('who stops does not wait for the pauses between attempts, nor for a server that never answers', async () => {
  const clock = new FakeClock();
  let posts = 0;
  const refused = new WebhookBackend({ clock, log: { ...silent, error: () => undefined }, maxBatchSize: 1, post: async () => { posts++; throw new Error('not now'); } });
  refused.write(event('a'));
  await new Promise((resolve) => setImmediate(resolve));
  await refused.close();
  assert.deepEqual([posts, refused.counts().lost], [2, 1]);
  const silentServer = new WebhookBackend({ clock, log: { ...silent, error: () => undefined }, maxBatchSize: 1, post: () => new Promise(() => undefined) });
  for (const name of ['a', 'b', 'c', 'd', 'e']) silentServer.write(event(name));
  const closed = silentServer.close();
  clock.advance(10_000);
  await closed;
  assert.equal(silentServer.counts().lost, 1, 'four were on their way');
});

test('events that nobody reads from standard output are lost once enough wait', async () => {
  const program = `
    const { LogBackend } = await import(${JSON.stringify(new URL('./log-backend.ts', import.meta.url).href)});
    const log = new LogBackend({ path: '-' }, { now: () => 0 }, { warn() {}, error() {}, info() {} });
    for (let index = 0; index < 100; index++) {
      log.write({ auditID: 'x'.repeat(1 << 20) });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.stderr.write(String(log.counts().lost), () => process.exit());`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
  let told = '';
  for await (const chunk of child.stderr) told += String(chunk);
  child.stdout.destroy();
  assert.ok(Number(told) > 20, told);
});

test('old files are known by their names', () => {
  const names = ['audit.log', 'audit-2026-01-02T03-04-05.678.log', 'audit-2026-01-03T03-04-05.678.log.gz', 'audit-other.log', 'else-2026-01-02T03-04-05.678.log'];
  assert.deepEqual(oldFiles(names, 'audit.log').map(({ name }) => name), [names[2], names[1]]);
});
