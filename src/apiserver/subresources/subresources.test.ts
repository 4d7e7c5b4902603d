import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { mayGoUnhealthy, spent } from './eviction.ts';
import { selectorText } from './scale.ts';

const PODS = '/api/v1/namespaces/default/pods';
const pod = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec: { containers: [{ name: 'main', image: 'x' }] },
});
const merge = { 'content-type': 'application/merge-patch+json' };

let server: TestServer;
before(async () => { server = await startTestServer(); });
after(() => server.close());

test('binding gives a pod its node once', async () => {
  await send(server, 'POST', PODS, { body: pod('bound') });
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'bound' }, target: { kind: 'Node', name: 'node1' } };
  const { code, body } = await send(server, 'POST', `${PODS}/bound/binding`, { body: binding });
  assert.equal(code, 201, JSON.stringify(body));
  const read = (await send(server, 'GET', `${PODS}/bound`)).body;
  assert.equal(read.spec.nodeName, 'node1');
  assert.ok(read.status.conditions.some((condition: any) => condition.type === 'PodScheduled' && condition.status === 'True'));
  const again = await send(server, 'POST', `${PODS}/bound/binding`, { body: binding });
  assert.equal(again.code, 409);
  assert.match(again.body.message, /pod bound is already assigned to node "node1"/);
});

test('status is written through its subresource only', async () => {
  await send(server, 'POST', PODS, { body: { ...pod('told'), status: { phase: 'Failed' } } });
  assert.equal((await send(server, 'GET', `${PODS}/told`)).body.status.phase, 'Pending');
  await send(server, 'PATCH', `${PODS}/told`, { headers: merge, body: { status: { phase: 'Failed' } } });
  assert.equal((await send(server, 'GET', `${PODS}/told/status`)).body.status.phase, 'Pending');
  const written = await send(server, 'PATCH', `${PODS}/told/status`, { headers: merge, body: { status: { phase: 'Running' }, spec: { nodeName: 'other' } } });
  assert.equal(written.body.status.phase, 'Running');
  assert.equal(written.body.spec.nodeName, undefined);
});

test('a scale is read, written and patched as autoscaling/v1 Scale', async () => {
  const deployment = {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'x' }] } } },
  };
  const path = '/apis/apps/v1/namespaces/default/deployments';
  assert.equal((await send(server, 'POST', path, { body: deployment })).code, 201);
  const { body: scale } = await send(server, 'GET', `${path}/web/scale`);
  assert.equal(scale.kind, 'Scale');
  assert.deepEqual(scale.spec, { replicas: 2 });
  assert.equal(scale.status.selector, 'app=web');
  assert.equal((await send(server, 'PUT', `${path}/web/scale`, { body: { ...scale, spec: { replicas: 5 } } })).body.spec.replicas, 5);
  assert.equal((await send(server, 'PATCH', `${path}/web/scale`, { headers: merge, body: { spec: { replicas: 0 } } })).code, 200);
  assert.equal((await send(server, 'GET', `${path}/web`)).body.spec.replicas, 0);
  assert.equal((await send(server, 'PUT', `${path}/web/scale`, { body: { ...scale, spec: { replicas: 1 } } })).code, 409, 'the scale was read too long ago');
});

test('an eviction is refused while the budget allows no disruption, and spends it where it does', async () => {
  const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
  await send(server, 'POST', PODS, { body: pod('guarded', { app: 'guarded' }) });
  await send(server, 'PATCH', `${PODS}/guarded/status`, { headers: merge, body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } } });
  const budget = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'guard' }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } } };
  assert.equal((await send(server, 'POST', budgets, { body: budget })).code, 201);
  const status = (disruptionsAllowed: number) => send(server, 'PATCH', `${budgets}/guard/status`, {
    headers: merge, body: { status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 } },
  });
  const evict = () => send(server, 'POST', `${PODS}/guarded/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'guarded' } } });
  assert.equal((await status(0)).code, 200);
  const refused = await evict();
  assert.equal(refused.code, 429);
  assert.equal(refused.body.details.causes[0].message, 'The disruption budget guard needs 1 healthy pods and has 1 currently');
  await status(1);
  assert.equal((await evict()).code, 201);
  assert.equal((await send(server, 'GET', `${budgets}/guard`)).body.status.disruptionsAllowed, 0);
  assert.equal((await send(server, 'GET', `${PODS}/guarded`)).code, 404);
});

test('a budget that was not looked at since it changed allows nothing', () => {
  const budget = { metadata: { name: 'b', generation: 2 }, status: { observedGeneration: 1, disruptionsAllowed: 5 } };
  assert.throws(() => spent(budget as never, 'pod', 0), { code: 429 });
});

test('a pod that is not ready may go when enough others are healthy', () => {
  const budget = { spec: {}, status: { currentHealthy: 2, desiredHealthy: 2 } };
  assert.equal(mayGoUnhealthy(budget as never, { status: { conditions: [] } } as never), true);
  assert.equal(mayGoUnhealthy({ ...budget, status: { currentHealthy: 1, desiredHealthy: 2 } } as never, { status: {} } as never), false);
});

test('selectors of every form become text', () => {
  assert.equal(selectorText({ b: '2', a: '1' }), 'a=1,b=2');
  assert.equal(selectorText({ matchLabels: { app: 'x' }, matchExpressions: [{ key: 't', operator: 'NotIn', values: ['b', 'a'] }, { key: 'e', operator: 'Exists' }] }), 'app=x,e,t notin (a,b)');
});
