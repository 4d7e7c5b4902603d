import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Authenticator } from '../contracts.ts';
import { send, watch } from '../testing/http-client.ts';
import { createFlowControlKeeper } from './keeper.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const GROUP = '/apis/flowcontrol.apiserver.k8s.io/v1';
/** Who asks is what the header says. */
const authenticator: Authenticator = {
  authenticate: async ({ headers }) => (headers['x-user'] ? { name: String(headers['x-user']), groups: ['system:authenticated'] } : { name: 'admin', groups: ['system:masters', 'system:authenticated'] }),
};
/** Requests for these hang until the gate opens. */
let gate: { opened: Promise<void>; open(): void };
const newGate = (): void => {
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = { opened: promise, open: resolve };
};

let server: TestServer;
before(async () => {
  newGate();
  server = await startTestServer({
    security: {
      authenticator, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
      admission: [{ name: 'Gate', handles: ({ object }) => object?.metadata?.labels?.['gate'] === 'shut', validate: () => gate.opened }],
    },
  });
  const level = { metadata: { name: 'narrow' }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse: { type: 'Queue', queuing: { queues: 8, handSize: 1, queueLengthLimit: 4 } } } } };
  await send(server, 'POST', `${GROUP}/prioritylevelconfigurations`, { body: level });
  const rules = [{ subjects: [{ kind: 'User', user: { name: '*' } }], resourceRules: [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps'], namespaces: ['*'] }] }];
  await send(server, 'POST', `${GROUP}/flowschemas`, { body: { metadata: { name: 'narrow' }, spec: { priorityLevelConfiguration: { name: 'narrow' }, matchingPrecedence: 50, distinguisherMethod: { type: 'ByUser' }, rules } } });
});
after(async () => {
  gate.open();
  await server.close();
});

const MAPS = '/api/v1/namespaces/default/configmaps';
const create = (user: string, name: string, gated: boolean) => send(server, 'POST', MAPS, { headers: { 'x-user': user }, body: { metadata: { name, labels: gated ? { gate: 'shut' } : {} } } });
const page = async (name: string): Promise<string> => (await send(server, 'GET', `/debug/api_priority_and_fairness/${name}`)).body as string;
const rowOf = async (level: string): Promise<string[]> => (await page('dump_priority_levels')).split('\n').find((line) => line.startsWith(`${level},`))!.split(',').map((cell) => cell.trim());

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('did not come about');
}

test('answers name the FlowSchema and the level that decided', async () => {
  const { headers } = await send(server, 'GET', '/api/v1/namespaces/default', { headers: { 'x-user': 'jane' } });
  const schema = await send(server, 'GET', `${GROUP}/flowschemas/global-default`);
  const level = await send(server, 'GET', `${GROUP}/prioritylevelconfigurations/global-default`);
  assert.deepEqual([headers['x-kubernetes-pf-flowschema-uid'], headers['x-kubernetes-pf-prioritylevel-uid']], [schema.body.metadata.uid, level.body.metadata.uid]);
});

test('requests wait in their flow\'s queue, the rest is refused, and other flows come in', async () => {
  newGate();
  const noisy = Array.from({ length: 12 }, (_, index) => create('noisy', `n${index}`, true));
  await until(async () => (await rowOf('narrow'))[4] === '4');
  const [, active, idle, , waiting, executing] = await rowOf('narrow');
  assert.deepEqual([active, idle, waiting], ['1', 'false', '4']);
  const refused = 12 - 4 - Number(executing);
  const requests = await page('dump_requests?includeRequestDetails=1');
  assert.match(requests, /narrow, +narrow, +\d, +0, +noisy,/);
  assert.match(requests, /noisy, +create, +\/api\/v1\/namespaces\/default\/configmaps,/);
  const quiet = create('quiet', 'q', false);
  await until(async () => Number((await rowOf('narrow'))[4]) >= 5);
  gate.open();
  const codes = (await Promise.all(noisy)).map(({ code }) => code);
  assert.deepEqual([codes.filter((code) => code === 429).length, codes.filter((code) => code === 201).length], [refused, 12 - refused]);
  assert.equal((await quiet).code, 201);
  const late = (await Promise.all(noisy)).find(({ code }) => code === 429)!;
  assert.deepEqual([late.body, late.headers['retry-after'], late.headers['content-type']], ['Too many requests, please try again later.\n', '1', 'text/plain; charset=utf-8']);
  assert.ok(late.headers['x-kubernetes-pf-flowschema-uid']);
});

test('a wait ends after a quarter of the time a request has', async () => {
  newGate();
  const seats = Number((await rowOf('narrow'))[5]);
  const holding = Array.from({ length: 12 }, (_, index) => create('holder', `h${index}`, true));
  await until(async () => (await rowOf('narrow'))[4] === '4');
  const { code } = await send(server, 'POST', `${MAPS}?timeout=200ms`, { headers: { 'x-user': 'hasty' }, body: { metadata: { name: 'hasty' } } });
  assert.equal(code, 429);
  const text = (await send(server, 'GET', '/metrics')).body as string;
  assert.match(text, /apiserver_flowcontrol_rejected_requests_total\{flow_schema="narrow",priority_level="narrow",reason="time-out"\} 1/);
  gate.open();
  await Promise.all(holding);
  assert.equal(seats, 0);
  await until(async () => (await rowOf('narrow'))[2] === 'true');
});

test('a watch gives its seats back once it has begun', async () => {
  const watches = Array.from({ length: 8 }, () => watch(server, `${MAPS}?watch=1`, { 'x-user': 'watcher' }));
  for (const one of watches) assert.equal((await one.next())?.type, 'ADDED');
  await until(async () => (await rowOf('narrow'))[2] === 'true');
  assert.equal((await create('writer', 'seen', false)).code, 201);
  for (const one of watches) one.close();
});

test('FlowSchemas say whether their level is there, and what was deleted of the mandatory ones comes back', async () => {
  await send(server, 'POST', `${GROUP}/flowschemas`, { body: { metadata: { name: 'dangling' }, spec: { priorityLevelConfiguration: { name: 'nowhere' }, matchingPrecedence: 9999 } } });
  const condition = async (name: string) => (await send(server, 'GET', `${GROUP}/flowschemas/${name}`)).body.status?.conditions?.[0];
  await until(async () => (await condition('dangling'))?.status === 'True');
  const { lastTransitionTime, ...found } = await condition('dangling');
  assert.ok(lastTransitionTime);
  assert.deepEqual(found, { type: 'Dangling', status: 'True', reason: 'NotFound', message: 'This FlowSchema references the PriorityLevelConfiguration object named "nowhere" but there is no such object' });
  await until(async () => (await condition('narrow'))?.status === 'False');
  await send(server, 'DELETE', `${GROUP}/flowschemas/catch-all`);
  await send(server, 'PATCH', `${GROUP}/prioritylevelconfigurations/global-default`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { spec: { limited: { nominalConcurrencyShares: 7 } } } });
  await createFlowControlKeeper(server.server.context).keep();
  assert.equal((await send(server, 'GET', `${GROUP}/flowschemas/catch-all`)).code, 200);
  assert.equal((await send(server, 'GET', `${GROUP}/prioritylevelconfigurations/global-default`)).body.spec.limited.nominalConcurrencyShares, 20);
});

test('without priority and fairness so many requests run at once', async () => {
  newGate();
  const plain = await startTestServer({
    flags: { priorityAndFairness: false, maxMutatingRequestsInFlight: 2 },
    security: {
      authenticator, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
      admission: [{ name: 'Gate', handles: ({ object }) => object?.metadata?.labels?.['gate'] === 'shut', validate: () => gate.opened }],
    },
  });
  try {
    const post = (name: string, user?: string) => send(plain, 'POST', MAPS, { headers: user ? { 'x-user': user } : {}, body: { metadata: { name, labels: { gate: 'shut' } } } });
    const both = [post('a', 'jane'), post('b', 'jane')];
    await until(async () => ((await send(plain, 'GET', '/metrics')).body as string).includes('request_kind="mutating"} 2'));
    assert.equal((await post('c', 'jane')).code, 429);
    assert.equal((await send(plain, 'GET', MAPS, { headers: { 'x-user': 'jane' } })).code, 200);
    const master = post('d');
    gate.open();
    assert.deepEqual((await Promise.all([...both, master])).map(({ code }) => code), [201, 201, 201]);
  } finally {
    await plain.close();
  }
});
