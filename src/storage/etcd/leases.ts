import type { Clock } from '../../base/clock.ts';
import type { EtcdConnection } from './connection.ts';
import { LEASE_GRANT } from './messages.ts';

interface Lease { id: bigint; seconds: number; endsAt: number; keys: number }

const MAX_KEYS = 1000;
const LONGEST_REUSE_SECONDS = 60;
const MAX_REMEMBERED = 10_000;

/**
 * Leases for keys that end by themselves. Keys written within a twentieth of their time (a minute at most) share one that lasts so
 * much longer, as thousands of leases would weigh on etcd.
 */
export class Leases {
  private readonly connection: EtcdConnection;
  private readonly clock: Clock;
  private readonly shared = new Map<number, Promise<Lease>>();
  private readonly ends = new Map<bigint, number>();

  constructor(connection: EtcdConnection, clock: Clock) {
    this.connection = connection;
    this.clock = clock;
  }

  /** A lease that lasts at least so long (whole seconds). */
  async take(milliseconds: number): Promise<bigint> {
    const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
    const known = this.shared.get(seconds);
    if (known) {
      const lease = await known.catch(() => undefined);
      if (lease && this.use(lease)) return lease.id;
      // Whoever else waited may have asked for the next one by now.
      const next = this.shared.get(seconds);
      const newer = next === known ? undefined : await next;
      if (newer && this.use(newer)) return newer.id;
    }
    const granted = this.grant(seconds);
    this.shared.set(seconds, granted);
    return (await granted).id;
  }

  /** Whether one key more may have it. */
  private use(lease: Lease): boolean {
    if (lease.keys >= MAX_KEYS || lease.endsAt - this.clock.now() < lease.seconds * 1000) return false;
    lease.keys++;
    return true;
  }

  endOf(id: bigint): number | undefined { return this.ends.get(id); }

  /** A lease that etcd no longer knows. */
  forget(id: bigint): void {
    this.ends.delete(id);
    this.shared.clear();
  }

  private async grant(seconds: number): Promise<Lease> {
    const extra = Math.min(Math.floor(seconds / 20), LONGEST_REUSE_SECONDS);
    const { response } = await this.connection.call(LEASE_GRANT, { seconds: seconds + extra }, { whenUnclear: 'again' });
    const endsAt = this.clock.now() + response.seconds * 1000;
    if (this.ends.size >= MAX_REMEMBERED) for (const [id, end] of this.ends) if (end < this.clock.now() || this.ends.size >= MAX_REMEMBERED) this.ends.delete(id);
    this.ends.set(response.id, endsAt);
    return { id: response.id, seconds, endsAt, keys: 1 };
  }
}
