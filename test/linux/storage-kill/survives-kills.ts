import { strict as assert } from 'node:assert';
import { sleep } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';

/** Something that stores counters by key and can be killed: the bare store, or a whole server. */
export interface KillTarget {
  /** Starts a process, and writers that raise the counters of a handful of keys until it dies. */
  start(): Promise<RunningTarget>;
  /** Called with no process running: the counters as they are stored now, and the store's revision. */
  read(): Promise<{ counters: Map<string, number>; revision: number }>;
}

export interface RunningTarget {
  /** Grows while it runs; complete when `killed` resolves: what the process acknowledged, newest counter by key. */
  acknowledged: Map<string, number>;
  /** Newest revision acknowledged. */
  revision(): number;
  /** kill -9; resolves when the process is gone and everything it said has been read. */
  kill(): Promise<void>;
}

export interface KillReport { kills: number; acknowledged: number; written: number }

/** Kills the target in the middle of its writes, `kills` times. Throws when something acknowledged is gone. */
export async function survivesKills(target: KillTarget, kills: number): Promise<KillReport> {
  const counters = new Map<string, number>();
  const report: KillReport = { kills: 0, acknowledged: 0, written: 0 };
  let revision = 0;
  for (; report.kills < kills; report.kills++) {
    const running = await target.start();
    await sleep(systemRandom.fraction() * 40);
    await running.kill();
    for (const [key, counter] of running.acknowledged) {
      assert.ok(counter >= (counters.get(key) ?? 0), `${key}: counted on from ${counter}, but ${counters.get(key)} was there`);
      report.acknowledged += counter - (counters.get(key) ?? 0);
      counters.set(key, counter);
    }
    revision = Math.max(revision, running.revision());
    const stored = await target.read();
    assert.ok(stored.revision >= revision, `kill ${report.kills}: revision fell from ${revision} to ${stored.revision}`);
    for (const [key, counter] of counters) {
      const found = stored.counters.get(key) ?? -1;
      assert.ok(found >= counter, `kill ${report.kills}: ${key} was acknowledged at ${counter} and is ${found}`);
    }
    // What was written but not acknowledged before the kill counts as there from now on.
    for (const [key, counter] of stored.counters) counters.set(key, counter);
    revision = stored.revision;
  }
  for (const counter of counters.values()) report.written += counter;
  return report;
}
