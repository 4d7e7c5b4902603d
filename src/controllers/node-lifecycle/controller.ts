import type { Lease } from '../../../schema/v1.37/types/coordination-v1.ts';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { LEASES, NODES, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf } from '../shared/owners.ts';
import { isPodReady, isPodTerminal } from '../shared/pods.ts';
import { evictionTime, GRACE_MILLISECONDS, sameTaints, unknownConditions, wantedTaints } from './reconcile.ts';

/** Nodes that fell silent, their taints, and the pods that have to leave because of them. */
export function startNodeLifecycleController(context: ControllerContext, graceMilliseconds = GRACE_MILLISECONDS): RunningController {
  const { client, clock, informers } = context;
  const nodes = informers.for(NODES);
  const leases = informers.for(LEASES, { namespace: 'kube-node-lease' });
  const pods = informers.for(PODS);
  pods.addIndex('node', (pod) => pod.spec?.nodeName ? [pod.spec.nodeName] : []);
  const events = context.eventsOf('node-controller');
  /** When each node was last heard of, by our own clock: clocks of nodes may differ. */
  const heard = new Map<string, number>();
  const nodeQueue = new WorkQueue(syncNode, { name: 'node-lifecycle', logger: context.logger, workers: 4, clock });
  const podQueue = new WorkQueue(evict, { name: 'taint-eviction', logger: context.logger, workers: 8, clock });

  const hear = (name: string): void => { heard.set(name, clock.now()); nodeQueue.addAfter(name, graceMilliseconds + 100); };
  const heartbeat = (node: Node): string => JSON.stringify(node.status?.conditions?.map((condition) => [condition.type, condition.status, condition.lastHeartbeatTime]));
  const stops = [
    nodes.onEvent({
      add(node) { hear(node.metadata?.name ?? ''); nodeQueue.add(node.metadata?.name ?? ''); touchPods(node); },
      update(node, old) {
        if (heartbeat(node) !== heartbeat(old) && readyStatus(node) !== 'Unknown') hear(node.metadata?.name ?? '');
        nodeQueue.add(node.metadata?.name ?? '');
        if (!sameTaints(node.spec?.taints ?? [], old.spec?.taints ?? [])) touchPods(node);
      },
      delete(node) { heard.delete(node.metadata?.name ?? ''); touchPods(node); },
    }),
    leases.onEvent({ add: (lease) => heardLease(lease), update: (lease, old) => { if (lease.spec?.renewTime !== old.spec?.renewTime) heardLease(lease); } }),
    pods.onEvent({
      add: touchPod,
      update(pod, old) { if (pod.spec?.nodeName !== old.spec?.nodeName || JSON.stringify(pod.spec?.tolerations) !== JSON.stringify(old.spec?.tolerations)) touchPod(pod); },
    }),
  ];

  function heardLease(lease: Lease): void { hear(lease.metadata?.name ?? ''); }
  function touchPods(node: Node): void { for (const pod of pods.byIndex('node', node.metadata?.name ?? '')) podQueue.add(keyOf(pod)); }
  function touchPod(pod: Pod): void { if (pod.spec?.nodeName) podQueue.add(keyOf(pod)); }
  function readyStatus(node: Node): string | undefined { return node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status; }

  async function syncNode(name: string): Promise<void> {
    await Promise.all([nodes.synced(), leases.synced(), pods.synced()]);
    let node = nodes.get(undefined, name);
    if (!node) return;
    const silent = clock.now() - (heard.get(name) ?? 0);
    if (silent >= graceMilliseconds && readyStatus(node) !== 'Unknown') {
      const conditions = [...(node.status?.conditions ?? []).filter((condition) => !['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].includes(condition.type)), ...unknownConditions(node, clock.now())];
      node = await client.updateStatus(NODES, { ...node, status: { ...node.status, conditions } });
      events.event({ ...node, apiVersion: 'v1', kind: 'Node' }, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    } else if (silent < graceMilliseconds) {
      nodeQueue.addAfter(name, graceMilliseconds - silent + 100);
    }
    const taints = wantedTaints(node, clock.now());
    if (!sameTaints(taints, node.spec?.taints ?? [])) await client.update(NODES, { ...node, spec: { ...node.spec, taints } });
    if (readyStatus(node) !== 'True') await markPodsNotReady(name);
  }

  /** Pods of a silent node are not ready for their Services. */
  async function markPodsNotReady(nodeName: string): Promise<void> {
    for (const pod of pods.byIndex('node', nodeName)) {
      if (!isPodReady(pod) || isPodTerminal(pod)) continue;
      const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: formatTime(clock.now()) }];
      await client.patch(PODS, pod.metadata?.namespace, pod.metadata?.name ?? '', { status: { conditions } }, { type: 'strategic', subresource: 'status' }).catch(unlessGone);
      events.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }

  async function evict(key: string): Promise<void> {
    const [namespace, name] = key.split('/') as [string, string];
    const pod = pods.get(namespace, name);
    if (!pod?.spec?.nodeName || pod.metadata?.deletionTimestamp) return;
    const node = nodes.get(undefined, pod.spec.nodeName);
    const due = node ? evictionTime(pod, node.spec?.taints ?? []) : undefined;
    if (due === undefined) return;
    if (due > clock.now()) return podQueue.addAfter(key, due - clock.now());
    events.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: formatTime(clock.now()) };
    await client.patch(PODS, namespace, name, { status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' }).catch(unlessGone);
    await client.delete(PODS, namespace, name, { preconditions: { uid: pod.metadata?.uid } }).catch(unlessGone);
  }

  return { stop() { for (const stop of stops) stop(); nodeQueue.stop(); podQueue.stop(); } };
}

function unlessGone(error: { code?: number }): void {
  if (error.code !== 404 && error.code !== 409) throw error as Error;
}
