/** Doubling delays by key. An entry is forgotten when nothing failed for twice the longest delay. */
export interface BackOffLimits { initialMilliseconds: number; maxMilliseconds: number }
export const RESTART_BACK_OFF: BackOffLimits = { initialMilliseconds: 10_000, maxMilliseconds: 300_000 };

interface Entry { delay: number; updatedAt: number }

export class BackOff {
  private readonly limits: BackOffLimits;
  private readonly entries = new Map<string, Entry>();

  constructor(limits: BackOffLimits) {
    this.limits = limits;
  }

  /** The end of the delay that began at `since`; undefined when there is none (any more). */
  until(key: string, since: number, now: number): number | undefined {
    const entry = this.entries.get(key);
    if (!entry || this.expired(entry, since)) return undefined;
    const end = since + entry.delay;
    return end > now ? end : undefined;
  }

  /** Milliseconds; 0 without an entry. */
  delay(key: string): number {
    return this.entries.get(key)?.delay ?? 0;
  }

  /** Starts with the initial delay, doubles it from then on. */
  next(key: string, since: number, now: number): number {
    const entry = this.entries.get(key);
    const delay = entry && !this.expired(entry, since)
      ? Math.min(entry.delay * 2, this.limits.maxMilliseconds) : this.limits.initialMilliseconds;
    this.entries.set(key, { delay, updatedAt: now });
    return delay;
  }

  reset(key: string): void {
    this.entries.delete(key);
  }

  private expired(entry: Entry, since: number): boolean {
    return since - entry.updatedAt > this.limits.maxMilliseconds * 2;
  }
}

/** The form Kubernetes prints durations in: `10s`, `1m20s`, `5m0s`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds}s`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}h` : ''}${minutes}m${seconds % 60}s`;
}
