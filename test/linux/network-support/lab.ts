/** A small world for network tests: a machine, nodes and pods, each a network namespace. The real machine's is never used. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { inNamespace } from '../../../src/linux/namespace.ts';
import { connectInNamespace } from '../../../src/network/dial.ts';

const NAMESPACES = '/run/netns';
const PREFIX = 'nettest';
const libc = koffi.load('libc.so.6');
const socketCall = libc.func('int socket(int, int, int)');
const bindCall = libc.func('int bind(int, const void*, unsigned int)');

/** Removes what a test that crashed left: namespaces named after a process that is gone. */
function removeLeftovers(): void {
  for (const name of existing()) {
    const owner = Number(new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1]);
    if (owner && owner !== process.pid && !isAlive(owner)) execFileSync('ip', ['netns', 'del', name]);
  }
}
function existing(): string[] {
  try {
    return readdirSync(NAMESPACES).filter((name) => name.startsWith(`${PREFIX}-`));
  } catch {
    return [];
  }
}
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export class Helper {
  private readonly child: ChildProcess;
  private next = 0;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();

  constructor(namespace: string, script: string) {
    this.child = spawn('ip', ['netns', 'exec', namespace, process.execPath, '--no-warnings', join(import.meta.dirname, script)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.on('message', (message: { id: number; result?: unknown; error?: string }) => {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (message.error !== undefined) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.result);
    });
    this.child.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the helper ended'));
    });
  }

  call<T = unknown>(operation: string, ...parameters: unknown[]): Promise<T> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, operation, parameters });
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    await exit;
  }
}

export class Lab {
  readonly directory = mkdtempSync(join(tmpdir(), `${PREFIX}-`));
  private readonly names = new Set<string>();
  private readonly closers: (() => unknown)[] = [];

  constructor() {
    removeLeftovers();
  }

  add(name: string): string {
    const full = this.fullName(name);
    execFileSync('ip', ['netns', 'add', full]);
    this.names.add(name);
    return this.path(name);
  }

  remove(name: string): void {
    execFileSync('ip', ['netns', 'del', this.fullName(name)]);
    this.names.delete(name);
  }

  path(name: string): string {
    return join(NAMESPACES, this.fullName(name));
  }

  fullName(name: string): string {
    return `${PREFIX}-${process.pid}-${name}`;
  }

  ip(name: string, ...parameters: string[]): string {
    return execFileSync('ip', ['-n', this.fullName(name), ...parameters], { encoding: 'utf8' });
  }

  helper(name: string, script: string): Helper {
    const helper = new Helper(this.fullName(name), script);
    this.closers.push(() => helper.stop());
    return helper;
  }

  /** Serves on all addresses of a namespace; tells each TCP client its own name and the address it saw. */
  serve(name: string, port: number): Server {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${name} ${socket.remoteAddress?.replace('::ffff:', '')}`);
    });
    inNamespace('net', this.path(name), () => server.listen(port));
    this.closers.push(() => server.close());
    return server;
  }

  /** A UDP server that answers every packet with its name and the client's address. */
  serveUdp(name: string, port: number): void {
    const socket = this.udpSocket(name, port);
    socket.on('message', (_data, from) => socket.send(`${name} ${from.address}`, from.port, from.address));
  }

  udpSocket(name: string, port = 0): ReturnType<typeof createSocket> {
    const fd = inNamespace('net', this.path(name), () => {
      const descriptor = socketCall(2, 2 | 0o4000, 0) as number;
      const address = Buffer.alloc(16);
      address.writeUInt16LE(2, 0);
      address.writeUInt16BE(port, 2);
      if (bindCall(descriptor, address, 16) !== 0) throw new Error(`cannot bind UDP port ${port}`);
      return descriptor;
    });
    const socket = createSocket('udp4');
    socket.bind({ fd });
    socket.on('error', () => undefined);
    this.closers.push(() => socket.close());
    return socket;
  }

  /** What a TCP server says to a client in that namespace, or the code of the error; `ETIMEDOUT` when nobody answers. */
  ask(name: string, host: string, port: number, timeout = 1500): Promise<string> {
    return new Promise((resolve) => {
      const socket = connectInNamespace(this.path(name), host, port);
      let text = '';
      const timer = setTimeout(() => { socket.destroy(); resolve('ETIMEDOUT'); }, timeout);
      const finish = (answer: string): void => { clearTimeout(timer); socket.destroy(); resolve(answer); };
      socket.on('data', (data) => { text += data.toString(); });
      socket.on('end', () => finish(text));
      socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    });
  }

  /** One UDP packet and its answer, from a socket that may be used again. */
  async askUdp(socket: ReturnType<typeof createSocket>, host: string, port: number, timeout = 500): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      const timer = setTimeout(() => { socket.off('message', take); resolve('ETIMEDOUT'); }, timeout);
      const take = (data: Buffer): void => { clearTimeout(timer); resolve(data.toString()); };
      socket.once('message', take);
    });
    socket.send('?', port, host);
    return answer;
  }

  /** Sends bytes over UDP and returns the bytes of the answer. */
  async exchange(name: string, host: string, port: number, bytes: Buffer): Promise<Buffer | undefined> {
    const socket = this.udpSocket(name);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), 1000);
      socket.once('message', (data) => { clearTimeout(timer); resolve(data); });
      socket.send(bytes, port, host);
    });
  }

  async close(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
    for (const name of [...this.names]) this.remove(name);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export type { AddressInfo };
