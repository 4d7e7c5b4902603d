import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { StatusError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import { PODS } from '../../client/resources.ts';

/** Creates and deletes pods for an owner and tells so in events on it. */
export interface PodControl {
  /** Resolves without a pod when the namespace is on its way out: there is nothing more to try. */
  create(pod: Pod, owner: KubernetesObject): Promise<Pod | undefined>;
  /** A pod that is gone already counts as deleted. */
  delete(pod: Pod, owner: KubernetesObject): Promise<void>;
}

export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
}

export function createPodControl(client: Client, events: EventRecorder): PodControl {
  return {
    async create(pod, owner) {
      try {
        const created = await client.create(PODS, pod);
        events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`);
        return created;
      } catch (error) {
        if (isNamespaceTerminating(error)) return undefined;
        events.event(owner, 'Warning', 'FailedCreate', `Error creating: ${(error as Error).message}`);
        throw error;
      }
    },
    async delete(pod, owner) {
      try {
        await client.delete(PODS, pod.metadata?.namespace, pod.metadata?.name ?? '', { preconditions: { uid: pod.metadata?.uid } });
        events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata?.name}`);
      } catch (error) {
        if ((error as { code?: number }).code === 404) return;
        events.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${(error as Error).message}`);
        throw error;
      }
    },
  };
}

/**
 * Runs `work(0..count-1)` in groups of 1, 2, 4, ...: when the first fails (a quota, say) not a thousand requests fail with it.
 * Resolves with how many worked and the first error.
 */
export async function slowStart(count: number, work: (index: number) => Promise<unknown>): Promise<{ done: number; error?: Error }> {
  let done = 0;
  for (let size = 1, next = 0; next < count; next += size, size *= 2) {
    const results = await Promise.allSettled(Array.from({ length: Math.min(size, count - next) }, (_, index) => work(next + index)));
    done += results.filter((result) => result.status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return { done, error: failed.reason as Error };
  }
  return { done };
}
