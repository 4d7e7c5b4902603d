import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { PodInfo } from '../state/pod-info.ts';
import { filtered, node, pod, world } from '../testing/objects.ts';
import { claimsOf, planVolumes, volumeBinding, type PodClaims, type VolumePlan } from './volume-binding.ts';
import { nodeVolumeLimits, volumeRestrictions, volumeZone } from './volume-limits.ts';

const local: StorageClass = { metadata: { name: 'local' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' };
const dynamic: StorageClass = { metadata: { name: 'dynamic' }, provisioner: 'example.com/disk', volumeBindingMode: 'WaitForFirstConsumer' };
const immediate: StorageClass = { metadata: { name: 'now' }, provisioner: 'example.com/disk', volumeBindingMode: 'Immediate' };

function claim(name: string, storageClassName: string, size = '1Gi', more: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, ...more.metadata }, status: more.status ?? {},
    spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, ...more.spec },
  };
}

function volume(name: string, on: string | undefined, size = '10Gi', more: PersistentVolume['spec'] = {}): PersistentVolume {
  const nodeAffinity = on ? { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] }] } } : undefined;
  return {
    metadata: { name }, status: { phase: 'Available' },
    spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], capacity: { storage: size }, nodeAffinity, ...more },
  };
}

const using = (...names: string[]) => pod('p', { spec: { volumes: names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })) } });
const bound = (name: string, volumeName: string): PersistentVolumeClaim =>
  claim(name, 'local', '1Gi', { metadata: { name, namespace: 'default', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { volumeName }, status: { phase: 'Bound' } });
const nodes = [node('a'), node('b')];

describe('volume binding', () => {
  it('waits for claims that are missing, on their way out, or bound by somebody else', () => {
    const at = (...claims: PersistentVolumeClaim[]): string | undefined => filtered(volumeBinding, using('data'), world({ nodes, claims, classes: [immediate] }))['*'];
    assert.equal(at(), 'persistentvolumeclaim "data" not found');
    assert.equal(at(claim('data', 'now')), 'pod has unbound immediate PersistentVolumeClaims');
    assert.equal(at(claim('data', 'now', '1Gi', { metadata: { name: 'data', namespace: 'default', deletionTimestamp: 'x' } })), 'persistentvolumeclaim "data" is being deleted');
    assert.equal(at(claim('data', 'now', '1Gi', { status: { phase: 'Lost' }, spec: { volumeName: 'v' } })), 'persistentvolumeclaim "data" bound to non-existent persistentvolume "v"');
  });

  it('follows a bound volume to its node', () => {
    const cluster = world({ nodes, claims: [bound('data', 'v')], volumes: [volume('v', 'b')] });
    assert.deepEqual(filtered(volumeBinding, using('data'), cluster), { a: "node(s) didn't match PersistentVolume's node affinity", b: '' });
    const gone = world({ nodes, claims: [bound('data', 'v')] });
    assert.equal(filtered(volumeBinding, using('data'), gone)['a'], 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
  });

  it('goes where a free volume that fits can be reached', () => {
    const cluster = world({ nodes, classes: [local], claims: [claim('data', 'local')], volumes: [volume('small', 'a', '500Mi'), volume('fits', 'b')] });
    assert.deepEqual(filtered(volumeBinding, using('data'), cluster), { a: "node(s) didn't find available persistent volumes to bind", b: '' });
  });

  const planOf = (names: string[], cluster: ReturnType<typeof world>, on = 'a'): VolumePlan | string[] =>
    planVolumes(claimsOf(new PodInfo(using(...names)), cluster) as PodClaims, cluster, cluster.node(on) as never);
  const chosen = (plan: VolumePlan | string[]): string[] => Array.isArray(plan) ? plan : plan.bind.map((each) => `${each.claim.metadata?.name}=${each.volume.metadata?.name}`);

  it('gives each claim the smallest volume that is left for it', () => {
    const volumes = [volume('v20', 'a', '20Gi'), volume('v5', 'a', '5Gi'), volume('v10', 'a', '10Gi')];
    const cluster = world({ nodes, classes: [local], claims: [claim('big', 'local', '6Gi'), claim('little', 'local', '1Gi')], volumes });
    assert.deepEqual(chosen(planOf(['big', 'little'], cluster)), ['little=v5', 'big=v10']);
  });

  it('takes the volume that is reserved for the claim, and none of others', () => {
    const reserved = volume('mine', 'a', '20Gi', { claimRef: { namespace: 'default', name: 'data' } });
    const others = volume('others', 'a', '2Gi', { claimRef: { namespace: 'default', name: 'x' } });
    assert.deepEqual(chosen(planOf(['data'], world({ nodes, classes: [local], claims: [claim('data', 'local')], volumes: [others, reserved] }))), ['data=mine']);
    const none = world({ nodes, classes: [local], claims: [claim('data', 'local')], volumes: [others] });
    assert.deepEqual(planOf(['data'], none), ["node(s) didn't find available persistent volumes to bind"]);
  });

  it('respects access modes, selector, volume mode and what others are about to bind', () => {
    const wrong = [volume('rox', 'a', '1Gi', { accessModes: ['ReadOnlyMany'] }), volume('block', 'a', '1Gi', { volumeMode: 'Block' }), volume('taken', 'a', '1Gi'), volume('right', 'a', '9Gi')];
    const cluster = world({ nodes, classes: [local], claims: [claim('data', 'local')], volumes: wrong });
    cluster.assumedVolumes.set('taken', 'default/other');
    assert.deepEqual(chosen(planOf(['data'], cluster)), ['data=right']);
    const selecting = claim('data', 'local', '1Gi', { spec: { selector: { matchLabels: { tier: 'gold' } } } });
    assert.ok(Array.isArray(planOf(['data'], world({ nodes, classes: [local], claims: [selecting], volumes: [volume('v', 'a')] }))));
  });

  it('has a volume made where none is there and the class can', () => {
    const cluster = world({ nodes, classes: [dynamic], claims: [claim('data', 'dynamic')] });
    const plan = planOf(['data'], cluster);
    assert.ok(!Array.isArray(plan));
    assert.deepEqual([plan.bind, plan.provision.length], [[], 1]);
  });

  it('keeps to the node a claim was promised to, and to the topologies of its class', () => {
    const promised = claim('data', 'dynamic', '1Gi', { metadata: { name: 'data', namespace: 'default', annotations: { 'volume.kubernetes.io/selected-node': 'b' } } });
    assert.equal(filtered(volumeBinding, using('data'), world({ nodes, classes: [dynamic], claims: [promised] }))['b'], '');
    assert.notEqual(filtered(volumeBinding, using('data'), world({ nodes, classes: [dynamic], claims: [promised] }))['a'], '');
    const narrow: StorageClass = { ...dynamic, allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['a'] }] }] };
    const result = filtered(volumeBinding, using('data'), world({ nodes, classes: [narrow], claims: [claim('data', 'dynamic')] }));
    assert.deepEqual([result['a'], result['b']], ['', "node(s) didn't find available persistent volumes to bind"]);
  });

  it('waits for the claim of a generic ephemeral volume, which must be the pod\'s own', () => {
    const ephemeral = pod('p', { spec: { volumes: [{ name: 'tmp', ephemeral: { volumeClaimTemplate: { spec: {} } } }] } });
    assert.equal(filtered(volumeBinding, ephemeral, world({ nodes }))['*'], 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-tmp"');
    const foreign = world({ nodes, classes: [dynamic], claims: [claim('p-tmp', 'dynamic')] });
    assert.match(filtered(volumeBinding, ephemeral, foreign)['*'] as string, /was not created for pod/);
  });
});

describe('volume zones, exclusive claims and limits', () => {
  it('keeps a volume of a zone to nodes of that zone', () => {
    const zone = 'topology.kubernetes.io/zone';
    const zoned: PersistentVolume = { ...volume('v', undefined), metadata: { name: 'v', labels: { [zone]: 'a__c' } } };
    const cluster = world({ nodes: [node('a', { labels: { [zone]: 'a' } }), node('b', { labels: { [zone]: 'b' } }), node('bare')], claims: [bound('data', 'v')], volumes: [zoned] });
    assert.deepEqual(filtered(volumeZone, using('data'), cluster), { a: '', b: 'node(s) had no available volume zone', bare: '' });
  });

  it('gives a ReadWriteOncePod claim to one pod only', () => {
    const exclusive = bound('data', 'v');
    (exclusive.spec as { accessModes: string[] }).accessModes = ['ReadWriteOncePod'];
    const other = { ...using('data'), metadata: { name: 'other', namespace: 'default' } };
    const cluster = world({ nodes, claims: [exclusive], running: { a: [other] } });
    assert.match(filtered(volumeRestrictions, using('data'), cluster)['b'] as string, /ReadWriteOncePod access mode already in-use/);
    cluster.removePod('default/other');
    assert.deepEqual(filtered(volumeRestrictions, using('data'), cluster), { a: '', b: '' });
  });

  it('counts distinct volumes of a CSI driver against the node\'s limit', () => {
    const csi = (name: string): PersistentVolume => volume(name, undefined, '1Gi', { csi: { driver: 'disk', volumeHandle: name } });
    const other = { ...using('one'), metadata: { name: 'other', namespace: 'default' } };
    const cluster = world({
      nodes, claims: [bound('one', 'v1'), bound('two', 'v2')], volumes: [csi('v1'), csi('v2')], running: { a: [other] },
      csiNodes: [{ metadata: { name: 'a' }, spec: { drivers: [{ name: 'disk', nodeID: 'a', allocatable: { count: 1 } }] } }],
    });
    assert.deepEqual(filtered(nodeVolumeLimits, using('two'), cluster), { a: 'node(s) exceed max volume count', b: '' });
    assert.deepEqual(filtered(nodeVolumeLimits, using('one'), cluster), { a: '', b: '' });
  });
});
