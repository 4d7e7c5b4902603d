import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { FairLimiter } from './fair-limiter.ts';
import { createInFlightLimiter } from './in-flight.ts';
import type { RequestLimiter } from './limiter.ts';
import type { StoredSize } from './seat-estimate.ts';

/** Priority and fairness, or plain limits, as the server's flags say. */
export function createLimiter(context: ServerContext): RequestLimiter {
  const { flags, objects, clock } = context;
  if (!flags.priorityAndFairness) return createInFlightLimiter({ reads: flags.maxRequestsInFlight, writes: flags.maxMutatingRequestsInFlight });
  const serverSeats = flags.maxRequestsInFlight + flags.maxMutatingRequestsInFlight;
  if (serverSeats <= 0) throw new Error('priority and fairness needs --max-requests-inflight or --max-mutating-requests-inflight');
  return new FairLimiter({ reader: objects, clock, serverSeats, storedSize: createStoredSize(context) });
}

const SAMPLES = 4;
const SAMPLE_MILLISECONDS = 30_000;

/** Sizes by a few samples, taken anew from time to time. */
export function createStoredSize({ scheme, store, clock }: ServerContext): StoredSize {
  const sampled = new Map<string, { averageBytes: number; at: number }>();
  return ({ group, version, resource }) => {
    const info = scheme.resource(group, version, resource);
    if (!info?.verbs.includes('watch')) return undefined;
    const hub = store.hub(info);
    const count = hub.size();
    if (count === 0) return { count, averageBytes: 0 };
    const key = `${group}/${resource}`;
    const now = clock.monotonic();
    let sample = sampled.get(key);
    if (!sample || now - sample.at > SAMPLE_MILLISECONDS) {
      sample = { averageBytes: averageBytes(hub.values()), at: now };
      sampled.set(key, sample);
    }
    return { count, averageBytes: sample.averageBytes };
  };
}

function averageBytes(values: Iterable<CachedObject>): number {
  let bytes = 0;
  let taken = 0;
  for (const cached of values) {
    if (cached.unreadable) continue;
    bytes += JSON.stringify(cached.object).length;
    if (++taken === SAMPLES) break;
  }
  return taken === 0 ? 0 : bytes / taken;
}
