import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../../base/fake-clock.ts';
import { WebhookError } from '../../authn/kubeconfig-webhook.ts';
import type { AdmissionAttributes } from '../../contracts.ts';
import { takeToken } from './event-rate-limit.ts';
import { imagePolicyWebhook } from './image-policy.ts';
import { newBlockingReferences } from './owner-references.ts';
import { addToleration, areAllowed, mergeTolerations } from './tolerations.ts';

test('tolerations that another one includes fall away', () => {
  const any = { operator: 'Exists' }, one = { key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' };
  assert.deepEqual(mergeTolerations([one], [any]), [any]);
  assert.deepEqual(mergeTolerations([one, one], []), [one]);
  const short = { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }, long = { ...short, tolerationSeconds: 9 };
  assert.deepEqual(mergeTolerations([short], [long]), [long]);
  assert.deepEqual(mergeTolerations([long], [{ ...short, key: 'b' }]), [long, { ...short, key: 'b' }]);
  assert.equal(areAllowed([one], [{ key: 'a', operator: 'Exists' }]), true);
  assert.equal(areAllowed([any], [one]), false);
  assert.equal(areAllowed([any], []), true);
  assert.deepEqual(addToleration([short, one], long), [long, one]);
});

test('a bucket gives its burst at once, and then as many as come in', () => {
  const limit = { type: 'Server', qps: 2, burst: 3 } as const;
  const bucket = { tokens: 3, filledAt: 0 };
  assert.deepEqual([0, 0, 0, 0, 400, 500, 900, 1000].map((now) => takeToken(bucket, limit, now)), [true, true, true, false, false, true, false, true]);
});

test('only references that begin to block their owner are asked about', () => {
  const object = (...blocking: (boolean | undefined)[]) => ({ metadata: { ownerReferences: blocking.map((blockOwnerDeletion, index) => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: String(index), ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }) })) } });
  assert.deepEqual(newBlockingReferences(object(true, false, true), object(true, false, false)).map(({ uid }) => uid), ['2']);
  assert.equal(newBlockingReferences(object(true), undefined).length, 1);
});

test('a server outside decides about images; its answers are kept, its absence counts as configured', async () => {
  const clock = new FakeClock();
  const asked: { spec: { containers: unknown[]; annotations?: unknown } }[] = [];
  let answer: unknown = { status: { allowed: false, reason: 'no', auditAnnotations: { why: 'x' } } };
  const webhook = { async post(body: object) { asked.push(body as never); if (answer instanceof Error) throw answer; return answer; } };
  const settings = { allowTtlMilliseconds: 1000, denyTtlMilliseconds: 1000, retryMilliseconds: 1, defaultAllow: false };
  const request = (image: string): AdmissionAttributes => ({
    operation: 'CREATE', info: { group: '', resource: 'pods' }, subresource: '', namespace: 'n', name: 'p', annotations: {}, warnings: [],
    object: { metadata: { name: 'p', annotations: { 'x.image-policy.k8s.io/ticket': '1', other: 'y' } }, spec: { containers: [{ name: 'a', image }], initContainers: [{ name: 'b', image: 'init' }] } },
  }) as unknown as AdmissionAttributes;
  const plugin = imagePolicyWebhook(webhook, settings, clock);
  const refused = request('bad');
  await assert.rejects(async () => plugin.validate!(refused), /pods "p" is forbidden: image policy webhook backend denied one or more images: no$/);
  await assert.rejects(async () => plugin.validate!(request('bad')));
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0]?.spec, { containers: [{ image: 'bad' }, { image: 'init' }], annotations: { 'x.image-policy.k8s.io/ticket': '1' }, namespace: 'n' });
  assert.deepEqual(refused.annotations, { 'imagepolicywebhook.image-policy.k8s.io/why': 'x' });
  answer = new WebhookError('gone', 404);
  await assert.rejects(async () => plugin.validate!(request('other')), /pods "p" is forbidden: gone$/);
  const lenient = imagePolicyWebhook(webhook, { ...settings, defaultAllow: true }, clock);
  const open = request('other');
  await lenient.validate!(open);
  assert.equal(open.object?.metadata?.annotations?.['alpha.image-policy.k8s.io/failed-open'], 'true');
});
