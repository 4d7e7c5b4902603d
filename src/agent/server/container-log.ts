import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { parseTime, type Clock } from '../../base/clock.ts';

export interface LogOptions {
  follow: boolean; timestamps: boolean; tailLines?: number; limitBytes?: number;
  /** Only lines from then on, milliseconds since the epoch. */
  since?: number;
  stream?: 'stdout' | 'stderr';
}

const CHUNK_BYTES = 64 * 1024;
const LOOK_AGAIN_MILLISECONDS = 1000;

/** Parameters of a log request. Throws with the reason when one makes no sense. */
export function logOptions(query: URLSearchParams, now: number): LogOptions {
  const flag = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw new Error(`invalid ${name}: ${text}`);
    return Number(text);
  };
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.get('sinceTime');
  const since = sinceTime ? parseTime(sinceTime) : sinceSeconds !== undefined ? now - sinceSeconds * 1000 : undefined;
  const stream = query.get('stream');
  return {
    follow: flag('follow'), timestamps: flag('timestamps'), tailLines: number('tailLines'), limitBytes: number('limitBytes'), since,
    ...(stream === 'Stdout' ? { stream: 'stdout' } : stream === 'Stderr' ? { stream: 'stderr' } : {}),
  };
}

/** One line of the CRI log format -> what a client gets of it; undefined: nothing. */
export function renderLine(line: string, options: LogOptions): string | undefined {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const third = line.indexOf(' ', second + 1);
  if (first < 0 || second < 0 || third < 0) return undefined;
  const time = line.slice(0, first);
  if (options.stream && line.slice(first + 1, second) !== options.stream) return undefined;
  if (options.since !== undefined && parseTime(time) < options.since) return undefined;
  const partial = line.slice(second + 1, third).split(':')[0] === 'P';
  return (options.timestamps ? `${time} ` : '') + line.slice(third + 1) + (partial ? '' : '\n');
}

/** Writes a log to the client; with `follow` until the container ended and all is read, or the client left. */
export async function streamLog(path: string, options: LogOptions, output: Writable, source: { ended(): boolean; onChange(listener: () => void): () => void; clock: Clock }): Promise<void> {
  let file: FileHandle | undefined = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && options.follow) return undefined;
    throw error;
  });
  let offset = file && options.tailLines !== undefined ? await tailOffset(file, options.tailLines) : 0;
  let rest = '';
  let left = options.limitBytes ?? Infinity;
  try {
    while (!output.destroyed && left > 0) {
      // Asked before reading: what is written before the end is read after it.
      const ended = !options.follow || source.ended();
      let read: number;
      do {
        const { bytesRead, buffer } = file ? await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, offset) : { bytesRead: 0, buffer: Buffer.alloc(0) };
        read = bytesRead;
        offset += bytesRead;
        // A letter a byte: what containers write need not be text, and arrives as it is.
        const lines = (rest + buffer.toString('latin1', 0, bytesRead)).split('\n');
        rest = lines.pop() ?? '';
        const text = lines.map((line) => renderLine(line, options) ?? '').join('');
        if (text !== '') left -= await write(output, text, left);
      } while (read > 0 && left > 0 && !output.destroyed);
      if (ended) return;
      await change(path, output, source);
      const next = await reopened(path, file, offset);
      if (next) {
        await file?.close();
        file = next;
        offset = 0;
      }
    }
  } finally {
    await file?.close();
  }
}

async function write(output: Writable, text: string, limit: number): Promise<number> {
  // The client left during the read: neither `drain` nor `close` would come any more.
  if (output.destroyed) return 0;
  const bytes = Buffer.from(text, 'latin1').subarray(0, Math.min(limit, Number.MAX_SAFE_INTEGER));
  if (!output.write(bytes)) {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        output.off('drain', done);
        output.off('close', done);
        resolve();
      };
      output.on('drain', done);
      output.on('close', done);
    });
  }
  return bytes.length;
}

/** Waits until the file or the container changed. */
async function change(path: string, output: Writable, source: { onChange(listener: () => void): () => void; clock: Clock }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = source.clock.after(LOOK_AGAIN_MILLISECONDS, resolve);
  const stopListening = source.onChange(resolve);
  let watcher: ReturnType<typeof watch> | undefined;
  try {
    watcher = watch(path, { persistent: false }, () => resolve());
    watcher.on('error', () => resolve());
  } catch {
    // Not there yet: the timer looks again.
  }
  output.once('close', resolve);
  await promise;
  output.off('close', resolve);
  watcher?.close();
  stopListening();
  timer.cancel();
}

/** A new handle when the log was rotated (or is there at last). */
async function reopened(path: string, file: FileHandle | undefined, offset: number): Promise<FileHandle | undefined> {
  const now = await stat(path).catch(() => undefined);
  if (!now) return undefined;
  if (!file) return open(path, 'r');
  const mine = await file.stat();
  const rotated = now.ino !== mine.ino && offset >= mine.size;
  return rotated ? open(path, 'r') : undefined;
}

/** Where the last `lines` lines begin. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let missing = lines + 1;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
    const last = end === size && buffer[bytesRead - 1] !== 10 ? 1 : 0;
    missing -= last;
    for (let index = bytesRead - 1; index >= 0; index--) {
      if (buffer[index] === 10 && --missing === 0) return start + index + 1;
    }
    end = start;
  }
  return 0;
}
