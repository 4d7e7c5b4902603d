import { isTrue } from '../request/request-info.ts';
import type { RequestInfo } from '../contracts.ts';
import type { WorkEstimate } from './queue-set.ts';

/** How many objects a resource has and how big they are on the average, in bytes of JSON. undefined: not ours to say. */
export type StoredSize = (info: RequestInfo) => { count: number; averageBytes: number } | undefined;

const BYTES_PER_SEAT = 100_000;
/** Lists are sent from memory that is there already. */
const MOST_BYTES = 1_000_000;
const WIDEST_LIST = 100;
const WIDEST_WRITE = 10;
const WATCHES_PER_SEAT = 10;
const EVENT_SECONDS = 0.005;
const WRITES = new Set(['create', 'update', 'patch', 'delete']);

/** The seats a request takes. `levelWidest`: what its level allows a single one. */
export function estimateWork(info: RequestInfo, levelWidest: number | undefined, storedSize: StoredSize, watchers: (info: RequestInfo) => number): WorkEstimate {
  const { verb } = info;
  if (verb === 'list' || verb === 'watch') return { initialSeats: listSeats(info, Math.min(levelWidest ?? WIDEST_LIST, WIDEST_LIST), storedSize), finalSeats: 0, additionalSeconds: 0 };
  if (!WRITES.has(verb) || !info.isResourceRequest || (info.resource === 'serviceaccounts' && info.subresource === 'token')) return { initialSeats: 1, finalSeats: 0, additionalSeconds: 0 };
  return writeWork(watchers(info), Math.min(levelWidest ?? WIDEST_WRITE, WIDEST_WRITE));
}

function listSeats(info: RequestInfo, widest: number, storedSize: StoredSize): number {
  const { query, verb, name } = info;
  const limit = query.get('limit') ?? '';
  if (limit !== '' && !/^-?\d+$/.test(limit)) return widest;
  if (verb === 'watch' && !isTrue(query.get('sendInitialEvents')) && !['', '0'].includes(query.get('resourceVersion') ?? '')) return 1;
  const size = storedSize(info);
  if (!size) return 1;
  const most = name ? 1 : Number(limit) > 0 ? Math.min(Number(limit), size.count) : size.count;
  const bytes = Math.min(most * size.averageBytes, MOST_BYTES);
  return Math.max(1, Math.min(Math.ceil(bytes / BYTES_PER_SEAT), widest));
}

/** Every watcher's event is a tenth of a seat for a moment; a wide short work may become a narrow long one. */
function writeWork(watchers: number, widest: number): WorkEstimate {
  if (watchers < WATCHES_PER_SEAT) return { initialSeats: 1, finalSeats: 0, additionalSeconds: 0 };
  const seats = Math.ceil(watchers / WATCHES_PER_SEAT);
  const finalSeats = Math.min(seats, widest);
  return { initialSeats: 1, finalSeats, additionalSeconds: seats * EVENT_SECONDS / finalSeats };
}

/** Which watches there are, to know how many a write will wake. */
export class WatchCounter {
  private readonly counts = new Map<string, number>();

  /** Counts a watch; gives what forgets it. */
  add(info: RequestInfo): () => void {
    // A node watches its own pods only: one write wakes at most one of those.
    if (info.resource === 'pods' && /(?:^|,)spec\.nodeName==?[^,=]/.test(info.query.get('fieldSelector') ?? '')) return () => undefined;
    const key = keyOf(info, info.namespace, info.name);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = (this.counts.get(key) ?? 1) - 1;
      if (left > 0) this.counts.set(key, left);
      else this.counts.delete(key);
    };
  }

  interested(info: RequestInfo): number {
    if (this.counts.size === 0) return 0;
    const { namespace, name } = info;
    let sum = this.counts.get(keyOf(info, '', '')) ?? 0;
    if (namespace) sum += this.counts.get(keyOf(info, namespace, '')) ?? 0;
    if (name) sum += this.counts.get(keyOf(info, namespace, name)) ?? 0;
    return sum;
  }
}

function keyOf({ group, resource }: RequestInfo, namespace: string, name: string): string {
  return `${group}/${resource}/${namespace}/${name}`;
}
