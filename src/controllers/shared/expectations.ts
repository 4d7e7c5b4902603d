import type { Clock } from '../../base/clock.ts';

/** After this a creation or deletion that was never seen is no longer waited for. */
const EXPECTATION_MILLISECONDS = 5 * 60 * 1000;

interface Expectation { creations: number; deletions: Set<string>; at: number }

/** What a controller did and has not yet seen come back through its informer; until then its view is old and it must not act. */
export class Expectations {
  private readonly entries = new Map<string, Expectation>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  expect(key: string, creations: number, deletedUids: Iterable<string> = []): void {
    const entry = this.entries.get(key) ?? { creations: 0, deletions: new Set<string>(), at: 0 };
    entry.creations += creations;
    for (const uid of deletedUids) entry.deletions.add(uid);
    entry.at = this.clock.now();
    this.entries.set(key, entry);
  }

  /** Also for a creation that failed: nothing will come of it. */
  created(key: string): void {
    const entry = this.entries.get(key);
    if (entry && entry.creations > 0) entry.creations--;
  }

  deleted(key: string, uid: string): void {
    this.entries.get(key)?.deletions.delete(uid);
  }

  satisfied(key: string): boolean {
    const entry = this.entries.get(key);
    return !entry || (entry.creations === 0 && entry.deletions.size === 0) || this.clock.now() - entry.at > EXPECTATION_MILLISECONDS;
  }

  forget(key: string): void {
    this.entries.delete(key);
  }
}
