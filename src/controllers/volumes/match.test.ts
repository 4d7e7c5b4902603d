import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import { pod } from '../testing/objects.ts';
import { chooseVolume, fits, isReservedFor } from './match.ts';
import { claimsOf } from './protection.ts';

function claim(spec: object = {}): PersistentVolumeClaim {
  return { metadata: { name: 'c', namespace: 'default', uid: 'cu' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, storageClassName: 'fast', ...spec } };
}
function volume(name: string, storage = '10Gi', spec: object = {}, labels?: Record<string, string>): PersistentVolume {
  return { metadata: { name, labels }, spec: { capacity: { storage }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], storageClassName: 'fast', ...spec }, status: { phase: 'Available' } };
}
const chosen = (volumes: PersistentVolume[], of = claim()): string | undefined => chooseVolume(of, volumes)?.metadata?.name;

test('size, class, modes and labels have to fit', () => {
  assert.equal(fits(volume('v'), claim()), true);
  assert.equal(fits(volume('v', '4Gi'), claim()), false);
  assert.equal(fits(volume('v', '10Gi', { storageClassName: 'slow' }), claim()), false);
  assert.equal(fits(volume('v'), claim({ accessModes: ['ReadWriteMany'] })), false);
  assert.equal(fits(volume('v', '10Gi', { volumeMode: 'Block' }), claim()), false);
  assert.equal(fits(volume('v'), claim({ selector: { matchLabels: { disk: 'ssd' } } })), false);
  assert.equal(fits(volume('v', '10Gi', {}, { disk: 'ssd' }), claim({ selector: { matchLabels: { disk: 'ssd' } } })), true);
});

test('the smallest free volume is taken', () => {
  assert.equal(chosen([volume('large', '100Gi'), volume('small', '6Gi'), volume('medium', '50Gi')]), 'small');
  assert.equal(chosen([volume('taken', '6Gi', { claimRef: { namespace: 'default', name: 'other' } })]), undefined);
});

test('a volume set aside for the claim comes before a smaller one', () => {
  const mine = volume('mine', '100Gi', { claimRef: { namespace: 'default', name: 'c' } });
  assert.equal(chosen([volume('small', '6Gi'), mine]), 'mine');
  assert.equal(isReservedFor(volume('old', '6Gi', { claimRef: { namespace: 'default', name: 'c', uid: 'former' } }), claim()), false);
});

test('volumes that failed or go are not taken', () => {
  const failed = { ...volume('failed'), status: { phase: 'Failed' } };
  const going = { ...volume('going'), metadata: { name: 'going', deletionTimestamp: 'now' } };
  assert.equal(chosen([failed, going]), undefined);
});

test('a pod uses the claims it names and those of its ephemeral volumes', () => {
  const user = pod('p');
  user.spec!.volumes = [{ name: 'a', persistentVolumeClaim: { claimName: 'data' } }, { name: 'b', ephemeral: {} }, { name: 'c', emptyDir: {} }];
  assert.deepEqual(claimsOf(user), ['data', 'p-b']);
});
