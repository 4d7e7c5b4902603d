import type { Clock, Timer } from '../../base/clock.ts';

const MANY = 1000;
/** The collector of garbage lets go of them first. */
const SETTLE_MILLISECONDS = 30_000;

/** Notices when a crowd of connections has left: what they took lies scattered among what is still in use, and stays with the process unless it is given back. */
export class Departures {
  private readonly clock: Clock;
  private readonly crowdLeft: () => void;
  private count = 0;
  private timer: Timer | undefined;

  constructor(clock: Clock, crowdLeft: () => void) {
    this.clock = clock;
    this.crowdLeft = crowdLeft;
  }

  /** `open`: how many connections are left. */
  left(open: number): void {
    this.count++;
    if (this.timer || this.count < MANY || this.count < open) return;
    this.timer = this.clock.after(SETTLE_MILLISECONDS, () => {
      this.timer = undefined;
      this.count = 0;
      this.crowdLeft();
    });
  }
}
