import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet, StatefulSetSpec } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { NOW, pod, type PodOptions } from '../testing/objects.ts';
import { memberClaims, memberPod, POD_NAME_LABEL, relabelled } from './identity.ts';
import { belongsToEarlierPod, wantedOwners } from './claims.ts';
import { planSet, setStatus, type SetState } from './reconcile.ts';

function set(spec: Partial<StatefulSetSpec> = {}, status: StatefulSet['status'] = undefined): StatefulSet {
  return { metadata: { name: 'db', namespace: 'default', uid: 'u', generation: 1 }, status, spec: {
    replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [] } },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...spec } };
}
const member = (ordinal: number, revision = 'old', options: PodOptions = {}): Pod => pod(`db-${ordinal}`, { labels: { [REVISION_LABEL]: revision, [POD_NAME_LABEL]: `db-${ordinal}` }, ...options });
const state = (pods: Pod[], of = set(), updateRevision = 'old'): SetState => ({ set: of, pods, currentRevision: 'old', updateRevision, now: NOW });
const plan = (pods: Pod[], of?: StatefulSet, updateRevision?: string): string[] =>
  planSet(state(pods, of, updateRevision)).map((action) => action.type === 'create' ? `+${action.ordinal} ${action.revision}` : `${action.type === 'delete' ? '-' : `${action.type} `}${action.pod.metadata?.name}`);
const parallel = { podManagementPolicy: 'Parallel' };

test('members come one after another, each waits for the one before it', () => {
  assert.deepEqual(plan([]), ['+0 old']);
  assert.deepEqual(plan([member(0, 'old', { ready: false })]), []);
  assert.deepEqual(plan([member(0)]), ['+1 old']);
});

test('in parallel all come at once', () => {
  assert.deepEqual(plan([member(1, 'old', { ready: false })], set(parallel)), ['+0 old', '+2 old']);
});

test('a member has to be ready for as long as the set asks before the next comes', () => {
  assert.deepEqual(plan([member(0, 'old', { readyFor: 5 })], set({ minReadySeconds: 10 })), []);
  assert.deepEqual(plan([member(0, 'old', { readyFor: 11 })], set({ minReadySeconds: 10 })), ['+1 old']);
});

test('numbers may start elsewhere than at zero', () => {
  assert.deepEqual(plan([member(5)], set({ ordinals: { start: 5 } })), ['+6 old']);
  assert.deepEqual(plan([member(5), member(6), member(7), member(0)], set({ ordinals: { start: 5 } })), ['-db-0']);
});

test('a member that ended is removed and made anew once it is gone', () => {
  assert.deepEqual(plan([member(0, 'old', { phase: 'Succeeded' }), member(1), member(2)]), ['-db-0']);
  assert.deepEqual(plan([member(0, 'old', { phase: 'Failed', deleting: true }), member(1), member(2)]), []);
});

test('claims of a member that cannot start are made again, and a member that was adopted gets its labels', () => {
  const waiting = member(0, 'old', { ready: false, phase: 'Pending' });
  assert.deepEqual(plan([waiting]), ['claims db-0']);
  const adopted = member(0, 'old', { labels: { [REVISION_LABEL]: 'old' } });
  assert.deepEqual(plan([adopted, member(1), member(2)]), ['relabel db-0']);
  assert.equal(relabelled(set(), adopted)?.metadata?.labels?.[POD_NAME_LABEL], 'db-0');
  assert.deepEqual(plan([member(0), waiting, member(1), member(2)].slice(1), set(parallel), 'new'), ['-db-0'], 'nothing is mended that goes');
});

test('a claim left to an earlier pod of a name is not for the next', () => {
  const claim = { metadata: { name: 'data-db-0', ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'db-0', uid: 'gone' }] } };
  const scaling = (whenScaled: string): StatefulSet => set({ persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted: 'Retain' } });
  assert.equal(belongsToEarlierPod(scaling('Delete'), 'db-0', claim), true);
  assert.equal(belongsToEarlierPod(scaling('Retain'), 'db-0', claim), false);
  assert.equal(belongsToEarlierPod(scaling('Delete'), 'db-0', { metadata: { name: 'data-db-0' } }), false);
});

test('the highest number goes first and nobody else meanwhile', () => {
  const all = [0, 1, 2, 3, 4].map((ordinal) => member(ordinal));
  assert.deepEqual(plan(all), ['-db-4']);
  assert.deepEqual(plan([...all.slice(0, 4), member(4, 'old', { deleting: true })]), []);
  assert.deepEqual(plan(all, set(parallel)), ['-db-4', '-db-3']);
});

test('an unhealthy member stops removal, unless it is the one to go', () => {
  assert.deepEqual(plan([member(0), member(1), member(2), member(3), member(4, 'old', { ready: false })]), ['-db-4']);
  assert.deepEqual(plan([member(0), member(1), member(2), member(3, 'old', { ready: false }), member(4, 'old', { ready: false })]), []);
});

test('a roll-out replaces the highest old member, one at a time', () => {
  assert.deepEqual(plan([member(0), member(1), member(2)], set(), 'new'), ['-db-2']);
  assert.deepEqual(plan([member(0), member(1), member(2, 'new')], set(), 'new'), ['-db-1']);
  assert.deepEqual(plan([member(0), member(1)], set(), 'new'), ['+2 new']);
});

test('several may be away when the set allows it', () => {
  const lenient = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } } };
  assert.deepEqual(plan([member(0), member(1), member(2)], set(lenient), 'new'), ['-db-2', '-db-1']);
  assert.deepEqual(plan([member(0), member(1, 'old', { ready: false }), member(2)], set({ ...lenient, ...parallel }), 'new'), ['-db-1', '-db-2']);
});

test('the partition keeps lower numbers, also when they are made anew', () => {
  const partitioned = set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } });
  assert.deepEqual(plan([member(0), member(1), member(2, 'new')], partitioned, 'new'), []);
  assert.deepEqual(plan([member(0), member(2, 'new')], partitioned, 'new'), ['+1 old']);
});

test('OnDelete replaces nobody, and who is gone comes back new', () => {
  const onDelete = set({ updateStrategy: { type: 'OnDelete' } });
  assert.deepEqual(plan([member(0), member(1), member(2)], onDelete, 'new'), []);
  assert.deepEqual(plan([member(0), member(1)], onDelete, 'new'), ['+2 new']);
});

test('the roll-out is complete when all members are new and ready', () => {
  const done = setStatus(state([0, 1, 2].map((ordinal) => member(ordinal, 'new')), set(), 'new'), 0);
  assert.deepEqual([done.currentRevision, done.currentReplicas, done.updatedReplicas], ['new', 3, 3]);
  const halfway = setStatus(state([member(0), member(1), member(2, 'new', { ready: false })], set(), 'new'), 0);
  assert.deepEqual([halfway.currentRevision, halfway.currentReplicas, halfway.updatedReplicas, halfway.readyReplicas], ['old', 2, 1, 2]);
});

test('name, host name, labels and claims follow from the number', () => {
  const claiming = set({ volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: {} }] });
  const made = memberPod(claiming, claiming.spec!.template!, 2, 'db-abc');
  assert.deepEqual([made.metadata?.name, made.spec?.hostname, made.spec?.subdomain, made.metadata?.labels?.['apps.kubernetes.io/pod-index'], made.metadata?.labels?.[REVISION_LABEL]], ['db-2', 'db-2', 'db', '2', 'db-abc']);
  assert.equal(made.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName, 'data-db-2');
  assert.equal(memberClaims(claiming, 2)[0]?.metadata?.name, 'data-db-2');
});

test('who owns a claim follows the retention policy', () => {
  const policy = (whenDeleted: string, whenScaled: string) => set({ replicas: 1, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
  assert.deepEqual(wantedOwners(policy('Retain', 'Retain'), 0, member(0)), { set: false, pod: false });
  assert.deepEqual(wantedOwners(policy('Delete', 'Retain'), 0, member(0)), { set: true, pod: false });
  assert.deepEqual(wantedOwners(policy('Retain', 'Delete'), 1, member(1)), { set: false, pod: true });
  assert.deepEqual(wantedOwners(policy('Delete', 'Delete'), 1, member(1)), { set: false, pod: true });
});
