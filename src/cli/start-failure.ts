import { existsSync, readFileSync, statSync } from 'node:fs';

const ENDED = /^ended with code \d+, starting it again$/gm;
const ERROR = /^(?:\w*Error): (.+)$/gm;
/** Once may be bad luck: something that was in the way for a moment. */
const FAILURES = 2;

/** Why a program that is started again and again does not come up, from what it wrote; undefined while it may still. */
export function startFailure(written: string): string | undefined {
  if ([...written.matchAll(ENDED)].length < FAILURES) return undefined;
  return [...written.matchAll(ERROR)].at(-1)?.[1] ?? 'it ended again and again';
}

/** The same of a log file, from what is written to it from now on. */
export function followStart(log: string): () => string | undefined {
  const start = existsSync(log) ? statSync(log).size : 0;
  let seen = start;
  return () => {
    const size = existsSync(log) ? statSync(log).size : 0;
    if (size <= seen) return undefined;
    seen = size;
    return startFailure(readFileSync(log).subarray(start).toString());
  };
}
