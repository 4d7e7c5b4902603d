/** What a number did over a time: its mean by time, its spread and its peak. */
export interface DemandSummary { seconds: number; average: number; deviation: number; max: number }

/** Follows a number that changes by steps. Times are seconds of any one clock. */
export class DemandMeter {
  private value = 0;
  private since: number;
  private start: number;
  private sum = 0;
  private squares = 0;
  private max = 0;

  constructor(now: number) {
    this.since = now;
    this.start = now;
  }

  set(value: number, now: number): void {
    this.advance(now);
    this.value = value;
    if (value > this.max) this.max = value;
  }

  /** The summary since the last reset; begins anew. */
  reset(now: number): DemandSummary {
    this.advance(now);
    const seconds = now - this.start;
    const average = seconds > 0 ? this.sum / seconds : 0;
    const variance = seconds > 0 ? this.squares / seconds - average * average : 0;
    const summary = { seconds, average, deviation: Math.sqrt(Math.max(0, variance)), max: this.max };
    this.start = now;
    this.sum = 0;
    this.squares = 0;
    this.max = this.value;
    return summary;
  }

  private advance(now: number): void {
    const elapsed = now - this.since;
    this.since = now;
    if (elapsed <= 0) return;
    this.sum += this.value * elapsed;
    this.squares += this.value * this.value * elapsed;
  }
}

/** Keeps five minutes of what was, at one summary every ten seconds. */
const DECAY = 0.977;

export interface SmoothedDemand { highWatermark: number; average: number; deviation: number; smoothed: number }

export const NO_DEMAND: SmoothedDemand = { highWatermark: 0, average: 0, deviation: 0, smoothed: 0 };

/** Demand goes up at once and comes down slowly. */
export function smoothDemand(before: SmoothedDemand, summary: DemandSummary): SmoothedDemand {
  const highWatermark = Math.round(summary.max);
  if (summary.seconds <= 0) return { ...before, highWatermark };
  const { average, deviation } = summary;
  const envelope = average + deviation;
  return { highWatermark, average, deviation, smoothed: Math.max(envelope, DECAY * before.smoothed + (1 - DECAY) * envelope) };
}
