/** The product's only source of time. A simulation passes its own `Clock`; everything else uses `systemClock`. */
export interface Timer { cancel(): void }

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  monotonic(): number;
  /** Calls `callback` once after `milliseconds`. The timer does not keep the process alive. */
  after(milliseconds: number, callback: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    return longTimeout(milliseconds, callback, (handle) => handle.unref());
  },
};

/** Node fires a timeout that is longer than this at once. */
const LONGEST_TIMEOUT_MILLISECONDS = 2 ** 31 - 1;

function longTimeout(milliseconds: number, callback: () => void, onStart: (handle: NodeJS.Timeout) => void = () => undefined): Timer {
  let handle: NodeJS.Timeout;
  const wait = (left: number): void => {
    handle = left > LONGEST_TIMEOUT_MILLISECONDS ? setTimeout(() => wait(left - LONGEST_TIMEOUT_MILLISECONDS), LONGEST_TIMEOUT_MILLISECONDS) : setTimeout(callback, left);
    onStart(handle);
  };
  wait(milliseconds);
  return { cancel: () => clearTimeout(handle) };
}

/** Resolves after `milliseconds`; keeps the process alive meanwhile. Rejects with the signal's reason when aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = (): void => { timer.cancel(); reject(signal?.reason as Error); };
    const timer = longTimeout(milliseconds, () => { signal?.removeEventListener('abort', onAbort); resolve(); });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** RFC 3339 in UTC with whole seconds, the form of `metav1.Time`: `2026-01-02T03:04:05Z`. */
export function formatTime(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000);
  if (second !== lastFormatted.second) lastFormatted = { second, text: new Date(second * 1000).toISOString().slice(0, 19) + 'Z' };
  return lastFormatted.text;
}

/** Most times that are written are of this very second. */
let lastFormatted = { second: NaN, text: '' };

/** RFC 3339 in UTC with microseconds, the form of `metav1.MicroTime`. */
export function formatMicroTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 23) + '000Z';
}

/** Milliseconds since the epoch of an RFC 3339 time; NaN when it is none. */
export function parseTime(text: string): number {
  return Date.parse(text);
}
