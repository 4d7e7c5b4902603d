import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { node, pod } from '../testing/objects.ts';
import { decideClaim } from './claim.ts';
import { Expectations } from './expectations.ts';
import { revisionData } from './history.ts';
import { controllerReference } from './owners.ts';
import { isNamespaceTerminating, slowStart } from './pod-control.ts';
import { templateHash } from './template-hash.ts';

const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web', namespace: 'default', uid: 'mine' } };
const selector = { matchLabels: { app: 'web' } };
const owned = (name: string, uid: string, labels: Record<string, string>) => {
  const made = pod(name, { labels });
  made.metadata!.ownerReferences = [controllerReference({ ...owner, metadata: { ...owner.metadata, uid } })];
  return made;
};

test('orphans that match are adopted, own pods that match no more are released, others are left alone', () => {
  const candidates = [owned('own', 'mine', { app: 'web' }), owned('stray', 'mine', { app: 'db' }), owned('foreign', 'other', { app: 'web' }), pod('orphan', { labels: { app: 'web' } }), pod('unfit', { labels: { app: 'db' } })];
  const decision = decideClaim(owner, selector, candidates, () => true);
  assert.deepEqual([decision.owned, decision.release, decision.adopt].map((list) => list.map((each) => each.metadata?.name)), [['own'], ['stray'], ['orphan']]);
});

test('an owner on its way out neither adopts nor releases, and pods on their way out are not adopted', () => {
  const leaving = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: 'now' } };
  const decision = decideClaim(leaving, selector, [owned('stray', 'mine', { app: 'db' }), pod('orphan', { labels: { app: 'web' } })], () => true);
  assert.deepEqual(decision, { owned: [], adopt: [], release: [] });
  assert.deepEqual(decideClaim(owner, selector, [pod('going', { labels: { app: 'web' }, deleting: true })], () => true).adopt, []);
});

test('expectations hold until all is seen, or for five minutes', () => {
  let now = 0;
  const expectations = new Expectations({ now: () => now } as Clock);
  expectations.expect('k', 2, ['a']);
  expectations.created('k');
  expectations.created('k');
  assert.equal(expectations.satisfied('k'), false);
  expectations.deleted('k', 'a');
  assert.equal(expectations.satisfied('k'), true);
  expectations.expect('k', 1);
  now = 5 * 60 * 1000 + 1;
  assert.equal(expectations.satisfied('k'), true);
});

test('what fails at first is not tried a thousand times', async () => {
  let tried = 0;
  const result = await slowStart(1000, (index) => { tried++; return index < 3 ? Promise.resolve() : Promise.reject(new Error('quota')); });
  assert.deepEqual([result.done, tried, result.error?.message], [3, 7, 'quota']);
});

test('a namespace that ends is told from other refusals', () => {
  const refusal = (causes: { reason: string }[]) => new StatusError(403, 'Forbidden', 'no', { causes });
  assert.equal(isNamespaceTerminating(refusal([{ reason: 'NamespaceTerminating' }])), true);
  assert.equal(isNamespaceTerminating(refusal([])), false);
});

test('the hash of a template does not depend on the order of its members', () => {
  assert.equal(templateHash({ a: 1, b: { c: 2, d: undefined } }), templateHash({ b: { c: 2 }, a: 1 }));
  assert.notEqual(templateHash({ a: 1 }), templateHash({ a: 2 }));
  assert.notEqual(templateHash({ a: 1 }), templateHash({ a: 1 }, 1));
});

test('revisions are written with sorted members, as clients compare them byte by byte', () => {
  assert.equal(JSON.stringify(revisionData({ spec: { template: { spec: { b: 1, a: 2 }, metadata: {} } } })), '{"spec":{"template":{"$patch":"replace","metadata":{},"spec":{"a":2,"b":1}}}}');
});
