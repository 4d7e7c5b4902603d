import type { Clock, Timer } from '../../base/clock.ts';

interface Waiter { revision: number; resolve(): void }

/** A write that is acknowledged stays so, even when its event takes longer than this. */
const PATIENCE_MILLISECONDS = 3000;

/** Who waits until the store's events have come as far as a revision. */
export class RevisionWaiters {
  private readonly clock: Clock;
  private waiting: Waiter[] = [];
  private timer: Timer | undefined;
  private late: Waiter[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  reached(revision: number, published: number): Promise<void> | undefined {
    if (revision <= published) return undefined;
    return new Promise((resolve) => {
      this.waiting.push({ revision, resolve });
      this.timer ??= this.clock.after(PATIENCE_MILLISECONDS, () => this.giveUp());
    });
  }

  reach(published: number): void {
    if (this.waiting.length === 0) return;
    const done = this.waiting.filter((waiter) => waiter.revision <= published);
    this.waiting = this.waiting.filter((waiter) => waiter.revision > published);
    this.late = this.late.filter((waiter) => waiter.revision > published);
    for (const waiter of done) waiter.resolve();
  }

  close(): void {
    this.timer?.cancel();
    this.reach(Infinity);
  }

  /** Lets go who has waited for a whole period: between one and two of them. */
  private giveUp(): void {
    this.timer = undefined;
    const late = new Set(this.late);
    this.late = this.waiting.filter((waiter) => !late.has(waiter));
    this.waiting = [...this.late];
    for (const waiter of late) waiter.resolve();
    if (this.waiting.length > 0) this.timer = this.clock.after(PATIENCE_MILLISECONDS, () => this.giveUp());
  }
}
