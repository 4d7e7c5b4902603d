import type { Lease, LeaseSpec } from '../../schema/v1.37/types/coordination-v1.ts';
import { StatusError } from '../api/status.ts';
import { formatMicroTime, type Clock, type Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from './client.ts';
import { LEASES } from './resources.ts';

/** Upstream's times. */
const LEASE_SECONDS = 15;
const RENEW_DEADLINE_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 2_000;
const NAMESPACE = 'kube-system';

export interface Election {
  client: Client;
  clock: Clock;
  logger: Logger;
  /** Of the Lease in kube-system: `kube-scheduler`. */
  name: string;
  /** Nobody else's. */
  identity: string;
  /** Begins the work when the lease is ours; the result ends it, which happens when the lease could not be kept, and then another attempt begins. */
  lead(): () => void;
}

export interface Candidate {
  readonly leads: boolean;
  /** Ends the work and gives the lease up, so that the next one need not wait until it runs out. */
  stop(): Promise<void>;
}

/** What was seen of a lease, and when by our own clock: the others' clocks may be wrong. */
export interface Sighting { spec: LeaseSpec; at: number }

/** The lease to write, or undefined while somebody else holds it. Times are milliseconds: `now` since the epoch, `monotonic` as in `seen`. */
export function claim(seen: Sighting | undefined, identity: string, now: number, monotonic: number): LeaseSpec | undefined {
  const spec = seen?.spec;
  const mine = spec?.holderIdentity === identity;
  if (seen && spec?.holderIdentity && !mine && monotonic < seen.at + 1000 * (spec.leaseDurationSeconds ?? LEASE_SECONDS)) return undefined;
  const time = formatMicroTime(now);
  return {
    holderIdentity: identity, leaseDurationSeconds: LEASE_SECONDS, renewTime: time, acquireTime: mine ? (spec.acquireTime ?? time) : time,
    leaseTransitions: !spec ? 0 : (spec.leaseTransitions ?? 0) + (mine ? 0 : 1),
  };
}

/** Works only while a Lease says so: one of all programs that share a store does. */
export function standForElection(election: Election): Candidate {
  const candidate = new Standing(election);
  candidate.begin();
  return candidate;
}

class Standing implements Candidate {
  private readonly election: Election;
  private lease: Lease | undefined;
  private seen: Sighting | undefined;
  private renewedAt = 0;
  private endWork: (() => void) | undefined;
  private timer: Timer | undefined;
  /** Ends the work when an attempt to renew does not come back in time. */
  private deadline: Timer | undefined;
  private attempt: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(election: Election) {
    this.election = election;
  }

  get leads(): boolean { return this.endWork !== undefined; }

  begin(): void {
    if (this.stopped) return;
    this.attempt = this.tryOnce().catch((error: Error) => {
      // The next attempt begins with what stands there.
      this.lease = undefined;
      this.election.logger.warn('lease not written', { lease: this.election.name, error: error.message });
    }).then(() => {
      if (!this.stopped) this.timer = this.election.clock.after(RETRY_MILLISECONDS, () => this.begin());
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.attempt;
    const held = this.leads;
    this.resign();
    if (!held || !this.lease) return;
    const { clock, client, logger } = this.election;
    const time = formatMicroTime(clock.now());
    const released = { ...this.lease, spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time, leaseTransitions: this.lease.spec?.leaseTransitions ?? 0 } };
    await client.update(LEASES, released).catch((error: Error) => logger.warn('lease not given up', { lease: this.election.name, error: error.message }));
  }

  private async tryOnce(): Promise<void> {
    const { clock, client, identity, name } = this.election;
    const began = clock.monotonic();
    if (!this.leads || !this.lease) this.look(await this.read());
    const spec = claim(this.seen, identity, clock.now(), clock.monotonic());
    if (!spec) return this.resign();
    // A lease that was changed meanwhile is somebody else's: the write is refused with a conflict.
    this.lease = this.lease
      ? await client.update(LEASES, { ...this.lease, spec: { ...this.lease.spec, ...spec } })
      : await client.create(LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: NAMESPACE }, spec }, { namespace: NAMESPACE });
    this.seen = { spec, at: began };
    this.renewed(began);
  }

  private async read(): Promise<Lease | undefined> {
    try {
      return await this.election.client.get(LEASES, NAMESPACE, this.election.name);
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }

  private look(lease: Lease | undefined): void {
    const unchanged = this.seen && lease?.spec?.renewTime === this.seen.spec.renewTime && lease?.spec?.holderIdentity === this.seen.spec.holderIdentity;
    this.lease = lease;
    if (!unchanged) this.seen = lease && { spec: lease.spec ?? {}, at: this.election.clock.monotonic() };
  }

  /** `began`: when the renewal was asked for; it may count for others from then on. */
  private renewed(began: number): void {
    const { clock, lead, logger, name } = this.election;
    this.renewedAt = began;
    this.deadline?.cancel();
    const left = RENEW_DEADLINE_MILLISECONDS - (clock.monotonic() - began);
    if (left <= 0 || this.stopped) return this.resign();
    this.deadline = clock.after(left, () => this.resign());
    if (this.leads) return;
    logger.info('leads', { lease: name });
    this.endWork = lead();
  }

  private resign(): void {
    this.deadline?.cancel();
    const end = this.endWork;
    if (!end) return;
    this.endWork = undefined;
    if (!this.stopped) this.election.logger.warn('leads no longer', { lease: this.election.name, renewed: Math.round(this.election.clock.monotonic() - this.renewedAt) });
    end();
  }
}
