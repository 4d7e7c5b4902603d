import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequestInfo } from '../request/request-info.ts';
import { HealthRecord, healthReply } from './health.ts';
import { type HealthEndpoint, type HealthSources, StartProgress, healthChecks } from './health-checks.ts';

function sources(more: Partial<HealthSources> = {}): HealthSources {
  const progress = new StartProgress();
  for (const step of ['stores', 'custom-resources', 'system-objects', 'aggregation', 'flow-control'] as const) progress.finish(step);
  return { progress, storeAnswers: async () => undefined, certificateIsValid: () => undefined, isStopping: () => false, hasFlowControl: true, hasAggregation: true, more: new Map(), ...more };
}
function ask(endpoint: HealthEndpoint, rest: string, of = sources(), record = new HealthRecord()): Promise<{ code: number; body: string }> {
  return healthReply(parseRequestInfo('GET', endpoint + rest), endpoint, healthChecks(endpoint, of), record);
}

test('a store that does not answer fails its checks, without a reason for everybody', async () => {
  const dead = sources({ storeAnswers: async () => { throw new Error('no route to the store'); } });
  const { code, body } = await ask('/readyz', '', dead);
  assert.equal(code, 500);
  assert.match(body, /^\[-\]etcd failed: reason withheld$/m);
  assert.match(body, /^\[-\]etcd-readiness failed: reason withheld$/m);
  assert.match(body, /\nreadyz check failed\n$/);
  assert.deepEqual(await ask('/livez', '?exclude=etcd', dead), { code: 200, body: 'ok' });
  assert.deepEqual(await ask('/livez', '/etcd', dead), { code: 500, body: 'internal server error: no route to the store\n' });
});

test('steps that are not done and a server that stops are not ready', async () => {
  assert.match((await ask('/livez', '', sources({ progress: new StartProgress() }))).body, /^\[-\]poststarthook\/crd-informer-synced failed/m);
  const stopping = sources({ isStopping: () => true });
  assert.equal((await ask('/readyz', '', stopping)).code, 500);
  assert.equal((await ask('/livez', '', stopping)).code, 200);
});

test('checks of parts that are switched off are not there', async () => {
  const { body } = await ask('/livez', '?verbose', sources({ hasFlowControl: false, hasAggregation: false }));
  assert.doesNotMatch(body, /priority-and-fairness|apiservice|autoregister/);
  assert.match(body, /^\[\+\]poststarthook\/rbac\/bootstrap-roles ok$/m);
});

test('names that no check has are told, and results are counted', async () => {
  const record = new HealthRecord();
  const { body } = await ask('/livez', '?verbose&exclude=nope&exclude=etcd', sources(), record);
  assert.match(body, /^\[\+\]etcd excluded: ok$/m);
  assert.match(body, /^warn: some health checks cannot be excluded: no matches for "nope"$/m);
  assert.match(record.text(), /^kubernetes_healthchecks_total\{name="ping",status="success",type="livez"\} 1$/m);
  assert.doesNotMatch(record.text(), /name="etcd"/);
});
