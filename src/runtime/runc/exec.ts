import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { identifyProcess, signalProcess } from '../../linux/process.ts';
import { type Terminal, openTerminal } from '../../linux/terminal.ts';
import type { ExecOptions, ExecResult, StreamSession } from '../runtime.ts';
import { runcMessage } from './conmon.ts';
import type { RuntimePaths } from './paths.ts';

/** What a probe or a hook may print; the rest is read and dropped. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;
/** runc's own failure, as against the command's. */
const RUNC_FAILED = 255;
const SIGKILL = 9;

export interface ExecContext { paths: RuntimePaths; runcBinary: string }

interface Running { child: ChildProcess; terminal?: Terminal; done: Promise<number>; kill(): void }

/** Runs a command in a container through `runc exec`, which stays as the command's parent and relays streams and exit code. */
function run({ paths, runcBinary }: ExecContext, id: string, options: ExecOptions): Running {
  const note = `${paths.container(id).directory}/exec-${randomBytes(8).toString('hex')}`;
  const log = `${note}.log`, pidFile = `${note}.pid`;
  const terminal = options.tty ? openTerminal() : undefined;
  const stdio: StdioOptions = terminal ? [terminal.peer, terminal.peer, terminal.peer] : [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'];
  const list = ['--root', paths.runcRoot, '--log', log, '--log-format', 'json', 'exec', '--pid-file', pidFile,
    ...(options.tty ? ['--tty', '--env', 'TERM=xterm'] : []), id, ...options.command];
  const child = spawn(runcBinary, list, { stdio, cwd: '/', env: { PATH: process.env['PATH'] } });
  terminal?.closePeer();
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? (signal ? 137 : RUNC_FAILED)));
  });
  const done = ended.then(async (code) => {
    const complaint = code === RUNC_FAILED ? await readFile(log, 'utf8').catch(() => '') : '';
    if (/"level":"(error|fatal)"/.test(complaint)) throw new Error(`OCI runtime exec failed: ${runcMessage(complaint)}`);
    return code;
  }).finally(() => {
    void rm(log, { force: true });
    void rm(pidFile, { force: true });
  });
  // runc ends by itself when the command does; before there is a command there is only runc.
  const kill = (): void => {
    void readFile(pidFile, 'utf8').catch(() => '').then((text) => {
      const command = Number(text) > 1 ? identifyProcess(Number(text)) : undefined;
      if (!command || !signalProcess(command, SIGKILL)) child.kill('SIGKILL');
    });
  };
  return { child, done, kill, ...(terminal ? { terminal } : {}) };
}

export async function execSync(context: ExecContext, id: string, command: string[], timeoutMilliseconds: number): Promise<ExecResult> {
  const running = run(context, id, { command, tty: false, stdin: false });
  let timedOut = false;
  const timer = timeoutMilliseconds > 0 ? setTimeout(() => {
    timedOut = true;
    running.kill();
  }, timeoutMilliseconds) : undefined;
  const [stdout, stderr] = [limited(running.child.stdout as Readable), limited(running.child.stderr as Readable)];
  try {
    const exitCode = await running.done;
    return { exitCode, stdout: await stdout, stderr: await stderr, timedOut };
  } catch (error) {
    if (timedOut) return { exitCode: 137, stdout: '', stderr: '', timedOut };
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function limited(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (size < OUTPUT_LIMIT) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8').slice(0, OUTPUT_LIMIT);
}

/** `done` rejects when the command could not be run at all. */
export function execStream(context: ExecContext, id: string, options: ExecOptions): StreamSession {
  const running = run(context, id, options);
  const { child, terminal } = running;
  const timer = options.timeoutMilliseconds ? setTimeout(() => running.kill(), options.timeoutMilliseconds) : undefined;
  const done = running.done.finally(() => clearTimeout(timer));
  done.catch(() => undefined);
  if (terminal) {
    return {
      ...(options.stdin ? { stdin: terminalInput(terminal) } : {}), stdout: terminalOutput(terminal), done, kill: running.kill,
      resize(width, height) {
        terminal.resize(width, height);
        child.kill('SIGWINCH');
      },
    };
  }
  child.stdin?.on('error', () => undefined);
  return {
    ...(child.stdin ? { stdin: child.stdin } : {}), stdout: child.stdout as Readable, stderr: child.stderr as Readable, done, kill: running.kill,
    resize: () => undefined,
  };
}

/** The end of the input does not end a terminal. */
function terminalInput(terminal: Terminal): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      if (terminal.stream.destroyed) callback();
      else terminal.stream.write(chunk, () => callback());
    },
  });
}

/** A terminal whose last user left answers reads with an error: that is its end. */
function terminalOutput(terminal: Terminal): Readable {
  const output = new PassThrough();
  terminal.stream.on('error', () => undefined);
  terminal.stream.once('close', () => output.end());
  terminal.stream.pipe(output);
  return output;
}
