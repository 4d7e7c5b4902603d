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
    const lease = await this.shared.get(seconds)?.catch(() => undefined);
    if (lease && lease.keys < MAX_KEYS && lease.endsAt - this.clock.now() >= seconds * 1000) {
      lease.keys++;
      return lease.id;
    }
    const granted = this.grant(seconds);
    this.shared.set(seconds, granted);
    return (await granted).id;
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
