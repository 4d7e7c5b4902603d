import type { Clock, Timer } from './clock.ts';

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  private time = 1_000_000;
  private timers: { at: number; callback: () => void }[] = [];

  now(): number { return this.time; }
  monotonic(): number { return this.time; }

  after(milliseconds: number, callback: () => void): Timer {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.push(timer);
    return { cancel: () => { this.timers = this.timers.filter((each) => each !== timer); } };
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = end;
  }
}
