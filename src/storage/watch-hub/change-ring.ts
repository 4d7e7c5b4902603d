import type { HubChange } from './cached-revision.ts';

export interface RingBounds { events: number; bytes: number; milliseconds: number }

/** The recent changes, oldest dropped first. Complete from `oldest` on: every change with a higher revision is in it. */
export class ChangeRing {
  private changes: HubChange[] = [];
  private head = 0;
  private bytes = 0;
  private readonly bounds: RingBounds;
  oldest: number;

  constructor(bounds: RingBounds, oldest: number) {
    this.bounds = bounds;
    this.oldest = oldest;
  }

  get length(): number { return this.changes.length - this.head; }

  push(change: HubChange): void {
    this.changes.push(change);
    this.bytes += change.storedBytes;
    while (this.length > this.bounds.events || (this.bytes > this.bounds.bytes && this.length > 1)) this.drop();
    this.dropOld(change.at);
  }

  dropOld(now: number): void {
    while (this.length > 0 && (this.changes[this.head] as HubChange).at < now - this.bounds.milliseconds) this.drop();
  }

  /** Up to `limit` changes with a revision above `revision`; undefined when some are gone. */
  after(revision: number, limit: number): HubChange[] | undefined {
    if (revision < this.oldest) return undefined;
    let low = this.head;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.changes[middle] as HubChange).revision > revision) high = middle;
      else low = middle + 1;
    }
    return this.changes.slice(low, low + limit);
  }

  reset(oldest: number): void {
    this.changes = [];
    this.head = 0;
    this.bytes = 0;
    this.oldest = oldest;
  }

  private drop(): void {
    const change = this.changes[this.head] as HubChange;
    this.changes[this.head] = undefined as unknown as HubChange;
    this.head++;
    this.bytes -= change.storedBytes;
    this.oldest = change.revision;
    if (this.head >= 1024 && this.head * 2 > this.changes.length) {
      this.changes = this.changes.slice(this.head);
      this.head = 0;
    }
  }
}
