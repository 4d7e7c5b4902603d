import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageVersionMigration } from '../../../schema/v1.37/types/storagemigration-v1.ts';
import { ago, NOW } from '../testing/objects.ts';
import { failed, isTransient, nextStep, running, withCondition } from './reconcile.ts';

function migration(name: string, seconds: number, conditions: string[], resourceVersion?: string, resource = 'configmaps'): StorageVersionMigration {
  return {
    metadata: { name, creationTimestamp: ago(seconds) }, spec: { resource: { group: '', resource } },
    status: { conditions: conditions.map((type) => ({ type, status: 'True', reason: '', message: '', lastTransitionTime: ago(1) })), ...(resourceVersion ? { resourceVersion } : {}) },
  };
}

test('of the migrations of a resource one runs at a time, the oldest first', () => {
  const [old, young, other] = [migration('b', 20, []), migration('a', 10, []), migration('c', 30, [], undefined, 'secrets')];
  assert.deepEqual([old, young, other].map((one) => nextStep(one, [old, young, other])), ['start', 'wait', 'start']);
  const active = migration('z', 5, ['Running']);
  assert.deepEqual([nextStep(old, [old, active]), nextStep(active, [old, active])], ['wait', 'take-revision']);
  const twin = migration('a', 20, []);
  assert.deepEqual([nextStep(twin, [old, twin]), nextStep(old, [old, twin])], ['start', 'wait']);
});

test('a migration takes a revision, migrates, ends and is tidied up once', () => {
  const step = (conditions: string[], revision?: string) => { const one = migration('a', 1, conditions, revision); return nextStep(one, [one]); };
  assert.deepEqual([step([]), step(['Running']), step(['Running'], '7'), step(['Running', 'Succeeded'], '7'), step(['Running', 'Failed']), step(['Failed'])],
    ['start', 'take-revision', 'migrate', 'finish', 'finish', 'nothing']);
});

test('messages tell how far it is, a condition\'s time moves with its status', () => {
  assert.deepEqual([running().message, running(2, 5).message, running(0, 5, 'x').message],
    ['The migration is running', 'The migration is running, 2/5 objects not yet migrated', 'The migration is running, 5 objects verified migrated; transient error: x']);
  const first = withCondition(undefined, running(), NOW);
  const second = withCondition(first, running(1, 2), NOW + 5000);
  assert.deepEqual([second.length, second[0]?.lastTransitionTime, second[0]?.message], [1, first[0]?.lastTransitionTime, running(1, 2).message]);
  assert.equal(withCondition(second, failed('why'), NOW).at(-1)?.reason, 'StorageVersionMigrationFailed');
});

test('a busy server is asked again, a refusal is final', () => {
  assert.deepEqual([{ code: 429 }, { code: 500, reason: 'InternalError' }, { code: 403, reason: 'Forbidden' }, new Error('x')].map(isTransient), [true, true, false, false]);
});
