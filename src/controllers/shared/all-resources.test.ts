import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { FakeClock } from '../../base/fake-clock.ts';
import { createLogger } from '../../base/log.ts';
import { onResourcesChanged, rememberResources } from './all-resources.ts';
import type { ControllerContext } from './context.ts';

function contextWith(clock: FakeClock, answers: (object | Error)[]): ControllerContext {
  const raw = async (): Promise<unknown> => {
    const answer = answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { client: { raw }, clock, logger: createLogger('test', 'error'), informers: { for: () => ({ onEvent: () => () => undefined }) } } as unknown as ControllerContext;
}

test('what fails after a change is tried again', async () => {
  const clock = new FakeClock();
  let calls = 0;
  const stop = onResourcesChanged(contextWith(clock, []), async () => { if (++calls === 1) throw new Error('away'); });
  for (let second = 0; second < 3; second++) {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(calls, 2);
  stop();
});

test('resources are asked for again after a failure, and once otherwise', async () => {
  const resource = { name: 'things', kind: 'Thing', namespaced: true, verbs: ['list', 'watch', 'delete'] };
  const resources = rememberResources(contextWith(new FakeClock(), [new Error('away'), {}, { resources: [resource] }]));
  await assert.rejects(resources.types(), /away/);
  assert.deepEqual((await resources.types()).map(({ kind }) => kind), ['Thing']);
  assert.equal(await resources.types(), await resources.types());
  resources.stop();
});
