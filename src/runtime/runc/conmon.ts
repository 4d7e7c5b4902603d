import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { sleep } from '../../base/clock.ts';
import { hasCode } from '../../linux/libc.ts';
import type { ContainerPaths, RuntimePaths } from './paths.ts';

/**
 * conmon stays with a container for its life: it holds its streams, writes its log in the CRI format, and its exit code to a
 * file. Here is how it is started and told things.
 */
export interface ConmonRequest {
  id: string; name: string; logPath: string; terminal: boolean; stdin: boolean; stdinOnce: boolean;
  runcBinary: string; conmonBinary: string;
  /** What this conmon knows; newer options are left out for older ones. */
  conmonOptions: Set<string>;
}

const CREATE_LIMIT_MILLISECONDS = 120_000;

/** Creates the container (its process waits to be started). Rejects with runc's own words. Resolves with the process id. */
export async function createWithConmon(request: ConmonRequest, files: ContainerPaths, paths: RuntimePaths): Promise<number> {
  const words = `${files.directory}/conmon.log`;
  const errors = openSync(words, 'w');
  const child = spawn(request.conmonBinary, conmonArguments(request, files, paths), {
    cwd: files.directory, stdio: ['ignore', 'ignore', errors, 'pipe'], env: { PATH: process.env['PATH'], _OCI_SYNCPIPE: '3' },
  });
  closeSync(errors);
  const failure = new Promise<never>((_, reject) => child.once('error', reject));
  failure.catch(() => undefined);
  const pipe = child.stdio[3] as Readable;
  const waiting = new AbortController();
  const tooLate = sleep(CREATE_LIMIT_MILLISECONDS, waiting.signal).then(() => {
    throw new Error(`the container was not created within ${CREATE_LIMIT_MILLISECONDS / 1000} s`);
  });
  tooLate.catch(() => undefined);
  const parsed = parseReport(await Promise.race([firstLine(pipe), failure, tooLate]).finally(() => waiting.abort()));
  pipe.destroy();
  if (parsed.pid > 0) return parsed.pid;
  throw new Error(runcMessage(parsed.message || await readFile(words, 'utf8')) || 'conmon ended without a word');
}

function conmonArguments(request: ConmonRequest, files: ContainerPaths, paths: RuntimePaths): string[] {
  const list = ['--api-version', '1', '-c', request.id, '-u', request.id, '-n', request.name, '-r', request.runcBinary, '-b', files.directory,
    '-p', files.pidFile, '-P', files.conmonPidFile, '--exit-dir', paths.exits, '--persist-dir', files.persist,
    '-l', `k8s-file:${request.logPath}`, '--log-level', 'error', '--runtime-arg', `--root=${paths.runcRoot}`];
  // Without the first, it links to the bundle from a directory of short names.
  if (request.conmonOptions.has('--full-attach')) list.push('--full-attach');
  else list.push('--socket-dir-path', paths.sockets);
  if (request.conmonOptions.has('--no-sync-log')) list.push('--no-sync-log');
  if (request.terminal) list.push('-t');
  if (request.stdin) list.push('-i');
  if (request.stdin && !request.stdinOnce) list.push('--leave-stdin-open');
  return list;
}

const REPORT_LIMIT = 64 * 1024;

/** The pipe stays open as long as conmon lives, so the end of the line counts, not the end of the pipe. */
async function firstLine(pipe: Readable): Promise<string> {
  let text = '';
  for await (const chunk of pipe) {
    text += String(chunk);
    if (text.includes('\n') || text.length > REPORT_LIMIT) break;
  }
  return text;
}

/** conmon's report: `{"data": <pid or negative>, "message": "..."}`, older ones say `pid`. */
export function parseReport(text: string): { pid: number; message: string } {
  const line = text.split('\n').find(Boolean) ?? '';
  try {
    const report = JSON.parse(line) as { data?: number; pid?: number; message?: string };
    return { pid: report.data ?? report.pid ?? -1, message: report.message ?? '' };
  } catch {
    return { pid: -1, message: line };
  }
}

/** The message of a log line of runc: `time="..." level=error msg="..."`, or of JSON. */
export function runcMessage(text: string): string {
  const messages = [...text.matchAll(/msg="((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1'));
  for (const match of text.matchAll(/"msg":"((?:[^"\\]|\\.)*)"/g)) messages.push((match[1] ?? '').replace(/\\(.)/g, '$1'));
  return messages.at(-1) ?? text.trim();
}

const WRITE_NON_BLOCKING = 0o4001;

/** Writes to one of conmon's control pipes; false when conmon is gone. */
export async function tellConmon(pipe: string, text: string): Promise<boolean> {
  try {
    const handle = await open(pipe, WRITE_NON_BLOCKING);
    try {
      await handle.write(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, 'ENXIO', 'ENOENT', 'EPIPE')) return false;
    throw error;
  }
}
export const reopenLogMessage = '2 0 0\n';
export function resizeMessage(width: number, height: number): string {
  return `1 ${height} ${width}\n`;
}
