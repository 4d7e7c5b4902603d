import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PersistentVolumeClaim, Pod } from '../../schema/v1.37/types/core-v1.ts';
import type { StorageClass } from '../../schema/v1.37/types/storage-v1.ts';
import { StatusError } from '../api/status.ts';
import { sleep, systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { InformerSet } from '../client/informer.ts';
import { NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, STORAGE_CLASSES } from '../client/resources.ts';
import { startScheduler, type RunningScheduler } from './scheduler.ts';
import { FakeApi } from './testing/fake-api.ts';
import { node, pod } from './testing/objects.ts';

describe('the scheduler at work', () => {
  let api: FakeApi;
  let informers: InformerSet;
  let scheduler: RunningScheduler;

  beforeEach(() => {
    api = new FakeApi();
    const logger = createLogger('scheduler-test', 'error');
    informers = new InformerSet(api, logger);
    scheduler = startScheduler({ client: api, informers, clock: systemClock, logger });
  });
  afterEach(() => { scheduler.stop(); informers.stop(); });

  async function until<T>(find: () => T | undefined | false): Promise<T> {
    for (let attempt = 0; attempt < 600; attempt++) {
      const found = find();
      if (found) return found;
      await sleep(5);
    }
    throw new Error('did not happen');
  }
  const podNow = (name: string): Pod | undefined => informers.for(PODS).get('default', name);
  const nodeOf = (name: string): Promise<string> => until(() => podNow(name)?.spec?.nodeName);
  const scheduledCondition = (name: string) => podNow(name)?.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  const eventsOf = (name: string, reason: string): string[] =>
    api.events.filter((event) => event.involvedObject.name === name && event.reason === reason).map((event) => event.message as string);

  it('binds a pod and says where it went and how the nodes scored', async () => {
    api.set(NODES, node('a', { memory: '4Gi' }));
    api.set(NODES, node('b', { memory: '8Gi' }));
    api.set(PODS, pod('web', { requests: { memory: '2Gi' } }));
    assert.equal(await nodeOf('web'), 'b');
    await until(() => eventsOf('web', 'NodeScores').length > 0);
    assert.deepEqual(eventsOf('web', 'Scheduled'), ['Successfully assigned default/web to b']);
    assert.match(eventsOf('web', 'NodeScores')[0] as string, /^b \d+ \(.*least allocated/);
    assert.equal(api.bindings[0]?.metadata?.uid, 'uid-web');
  });

  it('leaves pods of other schedulers alone', async () => {
    api.set(NODES, node('a'));
    api.set(PODS, pod('other', { spec: { schedulerName: 'mine' } }));
    api.set(PODS, pod('web'));
    await nodeOf('web');
    assert.equal(podNow('other')?.spec?.nodeName, undefined);
  });

  it('counts pods it has just placed: two that need more than half a node go to two nodes', async () => {
    api.set(NODES, node('a', { cpu: '2' }));
    api.set(NODES, node('b', { cpu: '2' }));
    for (const name of ['one', 'two', 'three']) api.set(PODS, pod(name, { requests: { cpu: '1500m' } }));
    assert.deepEqual(new Set([await nodeOf('one'), await nodeOf('two')]), new Set(['a', 'b']));
    await until(() => scheduledCondition('three'));
    assert.equal(api.bindings.length, 2);
  });

  it('says why a pod waits, and places it when room appears', async () => {
    api.set(NODES, node('a', { cpu: '1' }));
    api.set(NODES, node('b', { cpu: '1' }));
    api.set(PODS, pod('big', { requests: { cpu: '2' } }));
    const condition = await until(() => scheduledCondition('big'));
    assert.deepEqual([condition.status, condition.reason], ['False', 'Unschedulable']);
    const message = '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
    assert.equal(condition.message, message);
    assert.deepEqual(eventsOf('big', 'FailedScheduling'), [message]);
    assert.deepEqual(eventsOf('big', 'NodeReasons'), ['a: Insufficient cpu; b: Insufficient cpu']);
    api.set(NODES, node('a', { cpu: '4' }));
    assert.equal(await nodeOf('big'), 'a');
  });

  it('waits for nodes, and for gates to open', async () => {
    api.set(PODS, pod('early'));
    api.set(PODS, pod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } }));
    await until(() => scheduledCondition('early')?.message === 'no nodes available to schedule pods');
    api.set(NODES, node('a'));
    await nodeOf('early');
    assert.equal(podNow('gated')?.spec?.nodeName, undefined);
    api.set(PODS, pod('gated'));
    await nodeOf('gated');
  });

  it('tries again when binding fails, and frees the room meanwhile', async () => {
    api.set(NODES, node('a', { cpu: '1' }));
    api.refuseBindings = new StatusError(500, 'InternalError', 'the disk is on fire');
    api.set(PODS, pod('web', { requests: { cpu: '1' } }));
    await until(() => scheduledCondition('web')?.reason === 'SchedulerError');
    assert.equal(scheduledCondition('web')?.message, 'the disk is on fire');
    api.refuseBindings = undefined;
    await nodeOf('web');
    assert.equal(api.bindings.length, 1);
  });

  it('lets pods of lower priority give way and then takes their place', async () => {
    api.set(NODES, node('a', { cpu: '2' }));
    api.set(PODS, pod('low', { requests: { cpu: '2' }, priority: 1 }));
    await nodeOf('low');
    api.set(PODS, pod('vip', { requests: { cpu: '2' }, priority: 100 }));
    await until(() => eventsOf('low', 'Preempted').length > 0);
    assert.equal(await nodeOf('vip'), 'a');
    assert.equal(podNow('low'), undefined);
    assert.deepEqual(eventsOf('low', 'Preempted'), ['Preempted by pod uid-vip on node a']);
    assert.equal(podNow('vip')?.status?.nominatedNodeName, 'a');
    assert.match(eventsOf('vip', 'FailedScheduling')[0] as string, /preemption: found a potential placement for pod on node a, preempting 1 victims$/);
  });

  it('gives room back when a pod is deleted or has finished', async () => {
    api.set(NODES, node('a', { cpu: '1' }));
    api.set(PODS, pod('first', { requests: { cpu: '1' } }));
    await nodeOf('first');
    api.set(PODS, pod('second', { requests: { cpu: '1' } }));
    await until(() => scheduledCondition('second'));
    const first = podNow('first') as Pod;
    api.set(PODS, { ...first, status: { ...first.status, phase: 'Succeeded' } });
    await nodeOf('second');
    api.set(PODS, pod('third', { requests: { cpu: '1' } }));
    await until(() => scheduledCondition('third'));
    await api.delete(PODS, 'default', 'second');
    await nodeOf('third');
  });

  it('binds the volumes of a waiting claim on the chosen node before the pod', async () => {
    const storageClass: StorageClass = { metadata: { name: 'local' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' };
    const claim: PersistentVolumeClaim = {
      metadata: { name: 'data', namespace: 'default', uid: 'uid-data' }, status: { phase: 'Pending' },
      spec: { storageClassName: 'local', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    api.set(NODES, node('a'));
    api.set(NODES, node('b'));
    api.set(STORAGE_CLASSES, storageClass);
    api.set(PERSISTENT_VOLUME_CLAIMS, claim);
    api.set(PERSISTENT_VOLUMES, {
      metadata: { name: 'disk' }, status: { phase: 'Available' },
      spec: {
        storageClassName: 'local', accessModes: ['ReadWriteOnce'], capacity: { storage: '5Gi' }, local: { path: '/disk' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['b'] }] }] } },
      },
    });
    api.set(PODS, pod('db', { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } }));
    const volume = await until(() => {
      const found = informers.for(PERSISTENT_VOLUMES).get(undefined, 'disk');
      return found?.spec?.claimRef ? found : undefined;
    });
    assert.equal(volume.spec?.claimRef?.uid, 'uid-data');
    assert.equal(api.bindings.length, 0);
    api.set(PERSISTENT_VOLUME_CLAIMS, {
      ...claim, metadata: { ...claim.metadata, annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } },
      spec: { ...claim.spec, volumeName: 'disk' }, status: { phase: 'Bound' },
    });
    assert.equal(await nodeOf('db'), 'b');
  });
});
