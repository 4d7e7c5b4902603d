import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { parseTime, type Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AuditBackend } from './auditor.ts';
import type { AuditEvent } from './event.ts';

export interface LogFileOptions {
  /** `-` is standard output. */
  path: string;
  /** Megabytes after which a new file begins; 100 by default. */
  maxSize?: number;
  /** Old files kept; 0 keeps all. */
  maxBackups?: number;
  /** Days that old files are kept; 0 keeps them. */
  maxAge?: number;
  compress?: boolean;
}

/** Events that wait for the disk; more are lost, and counted: `audit-log-overflow`. */
const WAITING_BYTES = 64 * 1024 * 1024;
const DAY_MILLISECONDS = 86_400_000;

/** One event a line. Lines of one moment share a write. */
export class LogBackend implements AuditBackend {
  readonly name = 'log';
  private readonly options: LogFileOptions;
  private readonly clock: Clock;
  private readonly log: Logger;
  private lines: string[] = [];
  private waitingBytes = 0;
  private writing: Promise<void> | undefined;
  private file: FileHandle | undefined;
  private size = 0;
  private written = 0;
  private lost = 0;

  constructor(options: LogFileOptions, clock: Clock, log: Logger) {
    this.options = options;
    this.clock = clock;
    this.log = log;
  }

  write(event: AuditEvent): void {
    if (this.waitingBytes > WAITING_BYTES) {
      if (this.lost++ === 0) this.log.warn('audit-log-overflow: events are lost', { path: this.options.path });
      return;
    }
    const line = `${JSON.stringify(event)}\n`;
    this.lines.push(line);
    this.waitingBytes += line.length;
    this.written++;
    this.writing ??= this.drain();
  }

  counts(): { written: number; lost: number } {
    return { written: this.written, lost: this.lost };
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = undefined;
  }

  private async drain(): Promise<void> {
    // Lets the rest of this moment's events come along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.lines.length > 0) {
      const lines = this.lines;
      this.lines = [];
      this.waitingBytes = 0;
      try {
        await this.append(lines);
      } catch (error) {
        this.lost += lines.length;
        this.log.error('audit events could not be written', { error, path: this.options.path });
      }
    }
    this.writing = undefined;
  }

  private async append(lines: string[]): Promise<void> {
    if (this.options.path === '-') {
      // Waits until the reader has taken it: what stays behind is what `WAITING_BYTES` bounds.
      await new Promise<void>((resolve, reject) => process.stdout.write(lines.join(''), (error) => (error ? reject(error) : resolve())));
      return;
    }
    const limit = (this.options.maxSize || 100) * 1024 * 1024;
    let pending: string[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (pending.length === 0) return;
      this.file ??= await this.openFile();
      await this.file.appendFile(pending.join(''));
      this.size += bytes;
      pending = [];
      bytes = 0;
    };
    for (const line of lines) {
      const length = Buffer.byteLength(line);
      this.file ??= await this.openFile();
      if (this.size + bytes + length > limit && this.size + bytes > 0) {
        await flush();
        await this.rotate();
      }
      pending.push(line);
      bytes += length;
    }
    await flush();
  }

  private async openFile(): Promise<FileHandle> {
    await mkdir(dirname(this.options.path), { recursive: true, mode: 0o755 });
    const file = await open(this.options.path, 'a', 0o600);
    this.size = (await file.stat()).size;
    return file;
  }

  private async rotate(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
    const { path } = this.options;
    const extension = extname(path);
    const stamp = new Date(this.clock.now()).toISOString().replace('Z', '').replaceAll(':', '-');
    const backup = `${path.slice(0, path.length - extension.length)}-${stamp}${extension}`;
    await rename(path, backup);
    if (this.options.compress) {
      await pipeline(createReadStream(backup), createGzip(), createWriteStream(`${backup}.gz`, { mode: 0o600 }));
      await rm(backup);
    }
    await this.removeOld();
  }

  private async removeOld(): Promise<void> {
    const { path, maxBackups = 0, maxAge = 0 } = this.options;
    const folder = dirname(path);
    const backups = oldFiles(await readdir(folder), basename(path));
    const oldest = this.clock.now() - maxAge * DAY_MILLISECONDS;
    const gone = backups.filter(({ time }, index) => (maxBackups > 0 && index >= maxBackups) || (maxAge > 0 && time < oldest));
    for (const { name } of gone) await rm(join(folder, name), { force: true });
    this.size = await stat(path).then(({ size }) => size, () => 0);
  }
}

/** The rotated files of a log, newest first. Pure. */
export function oldFiles(names: string[], log: string): { name: string; time: number }[] {
  const extension = extname(log);
  const stem = log.slice(0, log.length - extension.length);
  return names.flatMap((name) => {
    if (!name.startsWith(`${stem}-`)) return [];
    const match = /^-(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2}\.\d{3})(.*)$/.exec(name.slice(stem.length));
    if (!match || (match[5] !== extension && match[5] !== `${extension}.gz`)) return [];
    return [{ name, time: parseTime(`${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`) }];
  }).sort((one, other) => other.time - one.time);
}
