import { readFile } from 'node:fs/promises';
import type { Logger } from '../base/log.ts';
import { systemClock, type Timer } from '../base/clock.ts';
import { family, familyText } from '../base/metric-text.ts';
import { fileStamp } from './file-stamp.ts';

const LOOK_MILLISECONDS = 1000;

export interface FileFollower {
  /** Counts under upstream's names, in Prometheus' text form; empty before the first change. */
  metricsText(): string;
  stop(): void;
}

/**
 * Calls `read` with the file's content when it has become another, one change after another. What `read` refuses is logged: the state
 * before stays. `controller`: the part of upstream's metrics' names, `authentication_config`. `since`: the stamp of what was read
 * already, so that no change is missed that came between.
 */
export function followFile(file: string, controller: string, log: Logger, read: (text: string) => Promise<void>, since: string): FileFollower {
  const ends = { success: { count: 0, at: 0 }, failure: { count: 0, at: 0 } };
  let seen = since;
  let known: string | undefined;
  let timer: Timer;
  const look = async (): Promise<void> => {
    const stamp = fileStamp(file);
    if (stamp === seen) return;
    seen = stamp;
    const text = await readFile(file, 'utf8').catch(() => known);
    if (text === undefined || text === known) return;
    known = text;
    const note = (end: 'success' | 'failure'): void => {
      ends[end].count++;
      ends[end].at = systemClock.now() / 1000;
    };
    await read(text).then(() => {
      note('success');
      log.info('a file was read again', { file });
    }, (error: unknown) => {
      note('failure');
      log.error('a changed file is no good, what it said before stays', { file, error });
    });
  };
  let over = false;
  const wait = (): void => { timer = systemClock.after(LOOK_MILLISECONDS, () => void look().then(() => { if (!over) wait(); })); };
  wait();
  return {
    metricsText() {
      const samples = (name: string, of: (end: { count: number; at: number }) => number): string[] =>
        Object.entries(ends).filter(([, { count }]) => count > 0).map(([status, end]) => `${name}{status="${status}"} ${of(end)}`);
      const total = `apiserver_${controller}_controller_automatic_reloads_total`, when = `apiserver_${controller}_controller_automatic_reload_last_timestamp_seconds`;
      return familyText([
        family(total, 'counter', 'How often the file was read again.', samples(total, ({ count }) => count)),
        family(when, 'gauge', 'When it was read last.', samples(when, ({ at }) => at)),
      ]);
    },
    stop() {
      over = true;
      timer.cancel();
    },
  };
}
