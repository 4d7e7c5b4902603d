import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { NODES, PODS } from '../../client/resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { isPodTerminal } from '../shared/pods.ts';

const PERIOD_MILLISECONDS = 20_000;
/** A pod is an orphan only when its node has been gone for this long: a new node may just not be seen yet. */
const QUARANTINE_MILLISECONDS = 40_000;

/** Removes pods whose node is gone, and deleted pods that never got a node. */
export function startPodGarbageCollector(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const pods = informers.for(PODS);
  const nodes = informers.for(NODES);
  const missingSince = new Map<string, number>();
  let timer = clock.after(PERIOD_MILLISECONDS, run);

  function run(): void {
    void collect().catch((error: Error) => context.logger.warn('pod collection failed', { error: error.message }));
    timer = clock.after(PERIOD_MILLISECONDS, run);
  }

  async function collect(): Promise<void> {
    if (!pods.hasSynced || !nodes.hasSynced) return;
    const now = clock.now();
    const missing = new Set<string>();
    const doomed: Pod[] = [];
    for (const pod of pods.list()) {
      const node = pod.spec?.nodeName;
      if (!node) {
        if (pod.metadata?.deletionTimestamp) doomed.push(pod);
      } else if (!nodes.get(undefined, node)) {
        missing.add(node);
        if (now - (missingSince.get(node) ?? now) >= QUARANTINE_MILLISECONDS) doomed.push(pod);
      }
    }
    for (const node of missing) if (!missingSince.has(node)) missingSince.set(node, now);
    for (const node of [...missingSince.keys()]) if (!missing.has(node)) missingSince.delete(node);
    for (const pod of doomed) await remove(pod, now);
  }

  async function remove(pod: Pod, now: number): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata ?? {};
    if (!isPodTerminal(pod)) {
      const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists', lastTransitionTime: formatTime(now) };
      await client.patch(PODS, namespace, name, { status: { phase: 'Failed', conditions: [condition] } }, { type: 'strategic', subresource: 'status' }).catch(() => undefined);
    }
    await client.delete(PODS, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } }).catch(() => undefined);
  }

  return { stop: () => timer.cancel() };
}
