import type { Event } from '../../../../schema/v1.37/types/core-v1.ts';
import { StatusError } from '../../../api/status.ts';
import type { Clock } from '../../../base/clock.ts';
import { BoundedCache } from '../../authn/bounded-cache.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { joinMessages } from '../attributes.ts';

export const LIMIT_TYPES = ['Namespace', 'Server', 'SourceAndObject', 'User'] as const;
/** `qps` events a second, and `burst` at once; a limit other than the server's counts for `cacheSize` keys. */
export interface EventLimit { type: typeof LIMIT_TYPES[number]; qps: number; burst: number; cacheSize?: number }

const CACHE_SIZE = 4096;

const KEYS: Record<EventLimit['type'], (attributes: AdmissionAttributes) => string> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject({ object }) {
    const { source, involvedObject } = object as Event;
    return [source?.component, source?.host, involvedObject.kind, involvedObject.namespace, involvedObject.name, involvedObject.uid, involvedObject.apiVersion].map((part) => part ?? '').join('');
  },
};

interface Bucket { tokens: number; filledAt: number }

/** Whether there is a token now; takes it. */
export function takeToken(bucket: Bucket, { qps, burst }: EventLimit, now: number): boolean {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * qps);
  bucket.filledAt = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

function createLimiter(limit: EventLimit, clock: Clock): (attributes: AdmissionAttributes) => string | undefined {
  const buckets = new BoundedCache<string, Bucket>(limit.cacheSize || CACHE_SIZE);
  return (attributes) => {
    const key = KEYS[limit.type](attributes);
    const now = clock.now();
    const bucket = buckets.get(key) ?? { tokens: limit.burst, filledAt: now };
    // Taken out and put in again, what was used lately is forgotten last.
    buckets.delete(key);
    buckets.set(key, bucket);
    return takeToken(bucket, limit, now) ? undefined : `limit reached on type ${limit.type} for key ${key}`;
  };
}

/** Events may come so often and no oftener: a broken component cannot flood the store with them. */
export function eventRateLimit(limits: EventLimit[], clock: Clock): AdmissionPlugin {
  const limiters = limits.map((limit) => createLimiter(limit, clock));
  return {
    name: 'EventRateLimit',
    handles: ({ operation, info, dryRun }) => info.kind === 'Event' && info.group === '' && !dryRun && (operation === 'CREATE' || operation === 'UPDATE'),
    validate(attributes) {
      const reached = limiters.map((limiter) => limiter(attributes)).filter((message) => message !== undefined);
      if (reached.length > 0) throw new StatusError(429, 'TooManyRequests', `Too many requests: ${joinMessages([...new Set(reached)])}`);
    },
  };
}
