import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from '../base/log.ts';
import { systemClock } from '../base/clock.ts';
import { family, familyText } from '../base/metric-text.ts';

const LOOK_MILLISECONDS = 1000;

export interface FileFollower {
  /** Counts under upstream's names, in Prometheus' text form; empty before the first change. */
  metricsText(): string;
  stop(): void;
}

/**
 * Calls `read` with the file's content when it has become another, one change after another. What `read` refuses is logged: the state
 * before stays. `controller`: the part of upstream's metrics' names, `authentication_config`.
 */
export function followFile(file: string, controller: string, log: Logger, read: (text: string) => Promise<void>): FileFollower {
  const ends = { success: { count: 0, at: 0 }, failure: { count: 0, at: 0 } };
  let last = readFile(file, 'utf8').catch(() => '');
  const look = async (before: string): Promise<string> => {
    const text = await readFile(file, 'utf8').catch(() => before);
    if (text === before) return before;
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
    return text;
  };
  const changed = (): void => { last = last.then(look); };
  watchFile(file, { interval: LOOK_MILLISECONDS, persistent: false }, changed);
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
    stop: () => unwatchFile(file, changed),
  };
}
