import type { KubernetesObject } from '../api/object.ts';
import { formatTime, type Clock } from '../base/clock.ts';
import { systemRandom, type Random } from '../base/random.ts';
import type { Event } from '../../schema/v1.37/types/core-v1.ts';
import type { Client } from './client.ts';
import { EVENTS } from './resources.ts';

/** Writes Events. The same event of the same object counts up instead of being written again. Never throws, never blocks. */
export interface EventRecorder {
  event(object: KubernetesObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
}

export interface EventRecorderOptions { client: Client; clock: Clock; component: string; host?: string; random?: Random }

/** `waits`: a write is due that will tell what has come until then. */
interface Known { name: string; namespace: string; count: number; busy: Promise<unknown>; waits: boolean }
// Older entries are forgotten first; a forgotten event is written as a new one.
const KNOWN_LIMIT = 1024;

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, component, host, random = systemRandom } = options;
  const known = new Map<string, Known>();

  const create = (object: KubernetesObject, type: string, reason: string, message: string, fieldPath: string | undefined): Known => {
    const metadata = object.metadata ?? {};
    const namespace = metadata.namespace || 'default';
    const time = formatTime(clock.now());
    const suffix = Buffer.from(random.bytes(8)).toString('hex');
    const event: Event = {
      apiVersion: 'v1', kind: 'Event',
      metadata: { name: `${metadata.name}.${suffix}`, namespace },
      involvedObject: {
        kind: object.kind, apiVersion: object.apiVersion, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid,
        resourceVersion: metadata.resourceVersion, ...(fieldPath ? { fieldPath } : {}),
      },
      type, reason, message, count: 1, firstTimestamp: time, lastTimestamp: time,
      source: { component, ...(host ? { host } : {}) }, reportingComponent: component, reportingInstance: host ?? '',
    };
    return { name: event.metadata.name as string, namespace, count: 1, waits: false, busy: client.create(EVENTS, event).catch(() => undefined) };
  };

  return {
    event(object, type, reason, message, fieldPath) {
      const key = JSON.stringify([object.metadata?.uid ?? object.metadata?.name, type, reason, message, fieldPath]);
      const entry = known.get(key);
      if (!entry) {
        known.set(key, create(object, type, reason, message, fieldPath));
        if (known.size > KNOWN_LIMIT) known.delete(known.keys().next().value as string);
        return;
      }
      known.delete(key);
      known.set(key, entry);
      entry.count++;
      if (entry.waits) return;
      entry.waits = true;
      entry.busy = entry.busy.then(() => {
        entry.waits = false;
        return client.patch(EVENTS, entry.namespace, entry.name, { count: entry.count, lastTimestamp: formatTime(clock.now()) }, { type: 'merge' });
      }).catch(() => known.delete(key));
    },
  };
}
