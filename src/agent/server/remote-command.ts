import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import type { Status } from '../../api/status.ts';
import type { StreamSession } from '../../runtime/runtime.ts';
import { spdyCommand } from './remote-command-spdy.ts';
import { webSocketCommand } from './remote-command-websocket.ts';

/** What a client of exec or attach wants to have. */
export interface CommandOptions { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean }

/** The client's ends of a session, whatever protocol carries them. */
export interface CommandChannels {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  onResize(listener: (width: number, height: number) => void): void;
  /** Sends how it ended, then closes. */
  finish(status: Status): Promise<void>;
  /** The client went away. */
  closed: Promise<void>;
}

export function commandOptions(query: URLSearchParams): CommandOptions {
  const flag = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  const tty = flag('tty');
  return { stdin: flag('input') || flag('stdin'), stdout: flag('output') || flag('stdout'), stderr: (flag('error') || flag('stderr')) && !tty, tty };
}

/** Takes the upgrade by the protocol the client speaks; undefined when it was refused (and answered). */
export function acceptCommand(request: IncomingMessage, socket: Duplex, head: Buffer, options: CommandOptions): Promise<CommandChannels | undefined> {
  return /websocket/i.test(request.headers.upgrade ?? '') ? webSocketCommand(request, socket, head, options) : spdyCommand(request, socket, head, options);
}

/** Joins client and process until the process ends. */
export async function serveCommand(channels: CommandChannels, start: () => Promise<StreamSession>, options: { killWhenLeft: boolean }): Promise<void> {
  let session: StreamSession;
  try {
    session = await start();
  } catch (error) {
    await channels.finish(failure((error as Error).message));
    return;
  }
  channels.onResize((width, height) => session.resize(width, height));
  let left = false;
  void channels.closed.then(() => {
    left = true;
    if (options.killWhenLeft) session.kill();
    else session.stdin?.end();
  });
  if (channels.stdin && session.stdin) {
    session.stdin.on('error', () => channels.stdin?.resume());
    channels.stdin.pipe(session.stdin);
  }
  const outputs = [copy(session.stdout, channels.stdout), copy(session.stderr, channels.stderr)];
  try {
    const exitCode = await Promise.race([session.done, channels.closed.then(() => 0)]);
    if (left) return;
    await Promise.all(outputs);
    await channels.finish(exitStatus(exitCode));
  } catch (error) {
    await channels.finish(failure((error as Error).message));
  }
}

/** Resolves when all of it has been handed on. */
function copy(from: NodeJS.ReadableStream | undefined, to: Writable | undefined): Promise<void> {
  if (!from) return Promise.resolve();
  if (!to) {
    from.resume();
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    from.pipe(to, { end: false });
    from.on('end', resolve);
    from.on('close', resolve);
    from.on('error', () => resolve());
    to.on('close', resolve);
    to.on('error', () => resolve());
  });
}

export function exitStatus(exitCode: number): Status {
  if (exitCode === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: error executing command, exit code ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

export function failure(message: string): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'InternalError', message, details: { causes: [{ message }] }, code: 500 };
}
