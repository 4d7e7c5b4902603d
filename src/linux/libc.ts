import koffi from 'koffi';

/**
 * The C library, loaded once and lazily, and the kernel calls Node has no word for. Everything here is synchronous unless it
 * says otherwise: a call takes microseconds. Calls return the kernel's result and throw `SystemError` on -1.
 */
export class SystemError extends Error {
  override name = 'SystemError';
  readonly errno: number;
  readonly code: string;
  constructor(call: string, errno: number, subject?: string) {
    const code = errorCode(errno);
    super(`${call}: ${code}${subject ? ` (${subject})` : ''}`);
    this.errno = errno;
    this.code = code;
  }
}

const codes = new Map<number, string>();
function errorCode(errno: number): string {
  if (codes.size === 0) for (const [code, number] of Object.entries(koffi.os.errno)) if (!codes.has(number)) codes.set(number, code);
  return codes.get(errno) ?? `errno ${errno}`;
}

export const EXDEV = koffi.os.errno['EXDEV'] ?? 18;

type NativeFunction = ReturnType<ReturnType<typeof koffi.load>['func']>;
let library: ReturnType<typeof koffi.load> | undefined;
const functions = new Map<string, NativeFunction>();

/** A function of libc by its C prototype, e.g. `int setns(int, int)`. */
export function libc(prototype: string): NativeFunction {
  let found = functions.get(prototype);
  if (!found) {
    library ??= koffi.load('libc.so.6');
    found = library.func(prototype);
    functions.set(prototype, found);
  }
  return found;
}

/** Calls and throws `SystemError` when the result is -1. `subject` goes into the message. */
export function call(prototype: string, subject: string | undefined, ...parameters: unknown[]): number {
  const result = libc(prototype)(...parameters) as number | bigint;
  if (Number(result) === -1) throw new SystemError(callName(prototype), koffi.errno(), subject);
  return Number(result);
}

/** As `call`, on a thread of the pool: for calls that may take milliseconds. Not for calls that change the calling thread. */
export function callAsync(prototype: string, subject: string | undefined, ...parameters: unknown[]): Promise<number> {
  return new Promise((resolve, reject) => {
    libc(prototype).async(...parameters, (error: Error | null, result: number | bigint) => {
      if (error) return reject(error);
      if (Number(result) !== -1) return resolve(Number(result));
      reject(new SystemError(callName(prototype), koffi.errno(), subject));
    });
  });
}

function callName(prototype: string): string {
  return /(\w+)\s*\(/.exec(prototype)?.[1] ?? prototype;
}

/** True for an error of ours or of `node:fs` with that code. */
export function hasCode(error: unknown, ...wanted: string[]): boolean {
  return wanted.includes((error as { code?: string } | undefined)?.code ?? '');
}
