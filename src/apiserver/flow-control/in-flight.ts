import type { RequestInfo } from '../contracts.ts';
import { TooManyRequests, type RequestLimiter, type Ticket } from './limiter.ts';

const READS = new Set(['get', 'list', 'watch']);
const NOTHING = (): void => undefined;

/** Without priority and fairness: so many reads and so many writes at once, the rest is refused. Zero: no limit. */
export function createInFlightLimiter(limits: { reads: number; writes: number }): RequestLimiter {
  const running = { reads: 0, writes: 0 };
  const ticket = (finish: () => void): Ticket => ({ flowSchemaUid: '', priorityLevelUid: '', finish, forget: NOTHING });
  return {
    start(info: RequestInfo, user) {
      const kind = READS.has(info.verb) ? 'reads' : 'writes';
      if (info.verb === 'watch' || limits[kind] === 0) return ticket(NOTHING);
      if (running[kind] >= limits[kind]) {
        if (user.groups.includes('system:masters')) return ticket(NOTHING);
        throw new TooManyRequests(1, undefined);
      }
      running[kind]++;
      let over = false;
      return ticket(() => {
        if (!over) running[kind]--;
        over = true;
      });
    },
    metricsText: () => `# TYPE apiserver_current_inflight_requests gauge\napiserver_current_inflight_requests{request_kind="mutating"} ${running.writes}\napiserver_current_inflight_requests{request_kind="readOnly"} ${running.reads}\n`,
    dump: () => undefined,
    close: NOTHING,
  };
}
