import type { Node, Pod } from '../../schema/v1.37/types/core-v1.ts';
import {
  CSI_NODES, NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS, STORAGE_CLASSES,
} from '../client/resources.ts';
import type { ResourceType } from '../client/client.ts';
import type { SchedulerContext } from './context.ts';
import type { ClusterEvent } from './queue/cluster-events.ts';
import { PodInfo } from './state/pod-info.ts';

const differs = (left: unknown, right: unknown): boolean => JSON.stringify(left) !== JSON.stringify(right);

function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function heldResources(pod: Pod): unknown {
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]
    .map((status) => [status.allocatedResources, status.resources?.requests]);
}

/** Whether anything changed that a PodInfo is derived from. */
function mattersForNode(pod: Pod, old: Pod): boolean {
  const generation = pod.metadata?.generation;
  return generation === undefined || generation !== old.metadata?.generation || pod.metadata?.uid !== old.metadata?.uid
    || pod.metadata?.deletionTimestamp !== old.metadata?.deletionTimestamp
    || differs(pod.metadata?.labels, old.metadata?.labels) || differs(heldResources(pod), heldResources(old));
}

function shrank(before: PodInfo, after: PodInfo): boolean {
  for (const [name, value] of before.requests) if ((after.requests.get(name) ?? 0) < value) return true;
  return false;
}

/** Brings what informers tell into the cluster's state and the queue. Returns the functions that end it. */
export function watchCluster(context: SchedulerContext): (() => void)[] {
  const { cluster, queue, nominated, assumed, informers, name: schedulerName } = context;

  const placed = (pod: Pod, old: Pod | undefined): void => {
    const key = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
    const nodeName = pod.spec?.nodeName as string;
    queue.delete(key);
    nominated.delete(key);
    const known = cluster.node(nodeName)?.pods.get(key);
    if (known && old?.spec?.nodeName && !mattersForNode(pod, old)) {
      known.pod = pod;
      return;
    }
    const info = new PodInfo(pod);
    cluster.addPod(info, nodeName);
    if (!old?.spec?.nodeName) queue.move('PodAssigned');
    else if (known && differs(known.labels, info.labels)) queue.move('PodLabels');
    if (known && shrank(known, info)) queue.move('PodShrunk');
  };

  const gone = (pod: Pod): void => {
    const key = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
    queue.delete(key);
    nominated.delete(key);
    if (cluster.removePod(key)) queue.move('PodGone');
  };

  const waiting = (pod: Pod, old: Pod | undefined): void => {
    const key = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
    if (assumed.has(key)) return;
    if (pod.metadata?.deletionTimestamp) {
      queue.delete(key);
      nominated.delete(key);
      return;
    }
    const info = new PodInfo(pod);
    if (pod.status?.nominatedNodeName) nominated.set(info, pod.status.nominatedNodeName);
    else if (old?.status?.nominatedNodeName) nominated.delete(key);
    queue.put(info, !old || differs(pod.spec, old.spec) || differs(pod.metadata?.labels, old.metadata?.labels));
  };

  const pod = (object: Pod, old?: Pod): void => {
    if (isFinished(object)) gone(object);
    else if (object.spec?.nodeName) placed(object, old);
    else if ((object.spec?.schedulerName || 'default-scheduler') === schedulerName) waiting(object, old);
  };

  const node = (object: Node, old?: Node): void => {
    cluster.setNode(object);
    if (!old) return queue.move('NodeAdded');
    if (differs(object.status?.allocatable, old.status?.allocatable)) queue.move('NodeAllocatable');
    if (differs(object.metadata?.labels, old.metadata?.labels)) queue.move('NodeLabels');
    if (differs(object.spec?.taints, old.spec?.taints) || object.spec?.unschedulable !== old.spec?.unschedulable) queue.move('NodeTaints');
  };

  const moveOn = <T>(type: ResourceType<T>, event: ClusterEvent, matters: (object: T, old: T) => boolean = () => true): () => void =>
    informers.for(type).onEvent({ add: () => queue.move(event), update: (object, old) => { if (matters(object, old)) queue.move(event); } });

  return [
    informers.for(NODES).onEvent({
      add: (object) => node(object),
      update: node,
      delete: (object) => { cluster.removeNode(object.metadata?.name ?? ''); queue.move('NodeRemoved'); },
    }),
    informers.for(PODS).onEvent({ add: (object) => pod(object), update: pod, delete: gone }),
    moveOn(PERSISTENT_VOLUME_CLAIMS, 'Claim'),
    moveOn(PERSISTENT_VOLUMES, 'Volume'),
    moveOn(STORAGE_CLASSES, 'StorageClass'),
    moveOn(CSI_NODES, 'CsiNode'),
    moveOn(NAMESPACES, 'NamespaceLabels', (object, old) => differs(object.metadata?.labels, old.metadata?.labels)),
  ];
}
