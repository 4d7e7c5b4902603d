import type { Clock } from '../../base/clock.ts';
import { StatusError } from '../../api/status.ts';
import type { RequestInfo } from '../contracts.ts';
import { goDurationMilliseconds } from '../../base/go-duration.ts';
import { isLongRunning } from '../request/options.ts';

/** How long a request may take; undefined for those that run long. What the client asks for counts when it is less. */
export function timeLimit(info: RequestInfo, requestTimeoutMilliseconds: number): number | undefined {
  if (isLongRunning(info)) return undefined;
  const wanted = goDurationMilliseconds(info.query.get('timeout') ?? '');
  return wanted > 0 ? Math.min(wanted, requestTimeoutMilliseconds) : requestTimeoutMilliseconds;
}

/** Settles as `work` does, or rejects with 504 when its time is over; `onLate` then tells the work to end. */
export function withinTime(clock: Clock, milliseconds: number | undefined, work: Promise<void>, onLate: () => void): Promise<void> {
  if (milliseconds === undefined) return work;
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => {
      reject(new StatusError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {}));
      onLate();
    });
    work.then(
      () => { timer.cancel(); resolve(); },
      (error: unknown) => { timer.cancel(); reject(error as Error); },
    );
  });
}
