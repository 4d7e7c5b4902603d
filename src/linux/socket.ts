import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';
import { sleep, systemClock } from '../base/clock.ts';
import { SystemError, call, libc } from './libc.ts';
import { inNamespace } from './namespace.ts';

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;
const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = 0o4000, SOCK_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000, O_DIRECTORY = 0o200000;
const POLLOUT = 4, SOL_SOCKET = 1, SO_ERROR = 4;
const SIOCSIFFLAGS = 0x8914, IFF_UP = 1;

const SOCKET = 'int socket(int, int, int)';
const CONNECT = 'int connect(int, const void*, unsigned int)';

function open(family: number, type: number): number {
  return call(SOCKET, undefined, family, type | SOCK_CLOEXEC, 0);
}

/**
 * Connects to a SEQPACKET socket `name` in `directory`, however long its path is. Each `data` event is one packet, each write
 * becomes one. Node does not know such sockets, so it is given a stream socket whose descriptor is replaced before first use.
 */
export function connectSeqpacket(directory: string, name: string): Socket {
  const folder = openSync(directory, O_PATH | O_DIRECTORY);
  const descriptor = open(AF_UNIX, SOCK_SEQPACKET);
  try {
    const path = Buffer.from(`/proc/self/fd/${folder}/${name}\0`);
    const address = Buffer.concat([Buffer.alloc(2), path]);
    address.writeUInt16LE(AF_UNIX, 0);
    call(CONNECT, `${directory}/${name}`, descriptor, address, address.length);
    const placeholder = open(AF_UNIX, SOCK_STREAM);
    const socket = new Socket({ fd: placeholder, readable: true, writable: true, allowHalfOpen: true });
    call('int dup3(int, int, int)', undefined, descriptor, placeholder, SOCK_CLOEXEC);
    const flags = call('int fcntl(int, int, int)', undefined, placeholder, 3, 0);
    call('int fcntl(int, int, int)', undefined, placeholder, 4, flags | SOCK_NONBLOCK);
    return socket;
  } finally {
    closeSync(folder);
    closeSync(descriptor);
  }
}

const CONNECT_PATIENCE_MILLISECONDS = 5_000;

/** Connects to a TCP port on localhost of the network namespace at `path` (the own one when absent): IPv4 first, then IPv6. */
export async function connectLocalhost(path: string | undefined, port: number): Promise<Socket> {
  try {
    return await connectFamily(path, AF_INET, port);
  } catch (error) {
    return connectFamily(path, AF_INET6, port).catch(() => { throw error; });
  }
}

async function connectFamily(path: string | undefined, family: number, port: number): Promise<Socket> {
  // A socket belongs for ever to the namespace it was made in; connecting can wait until we are back.
  const make = (): number => open(family, SOCK_STREAM | SOCK_NONBLOCK);
  const descriptor = path === undefined ? make() : inNamespace('net', path, make);
  try {
    const errno = beginConnect(descriptor, family, port);
    const failure = errno === koffi.os.errno['EINPROGRESS'] ? await connectResult(descriptor) : errno;
    if (failure !== 0) throw new SystemError('connect', failure, `localhost:${port}`);
    return new Socket({ fd: descriptor, readable: true, writable: true, allowHalfOpen: true });
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** 0 or the error's number. */
function beginConnect(descriptor: number, family: number, port: number): number {
  const address = Buffer.alloc(family === AF_INET ? 16 : 28);
  address.writeUInt16LE(family, 0);
  address.writeUInt16BE(port, 2);
  if (family === AF_INET) address.set([127, 0, 0, 1], 4);
  else address[23] = 1;
  return (libc(CONNECT)(descriptor, address, address.length) as number) === 0 ? 0 : koffi.errno();
}

/** Loopback answers within a millisecond, so asking now and then is no burden. */
async function connectResult(descriptor: number): Promise<number> {
  const request = Buffer.alloc(8), deadline = systemClock.monotonic() + CONNECT_PATIENCE_MILLISECONDS;
  request.writeInt32LE(descriptor, 0);
  request.writeInt16LE(POLLOUT, 4);
  for (let pause = 0; ; pause = Math.min(20, pause + 1)) {
    if (call('int poll(void*, unsigned long, int)', undefined, request, 1, 0) > 0) break;
    if (systemClock.monotonic() > deadline) return koffi.os.errno['ETIMEDOUT'] ?? 110;
    await sleep(pause);
  }
  const result = Buffer.alloc(4), length = Buffer.from([4, 0, 0, 0]);
  call('int getsockopt(int, int, int, void*, void*)', undefined, descriptor, SOL_SOCKET, SO_ERROR, result, length);
  return result.readInt32LE(0);
}

/** Takes the loopback interface of the calling thread's network namespace into use. */
export function loopbackUp(): void {
  const descriptor = open(AF_INET, SOCK_DGRAM);
  try {
    const request = Buffer.alloc(40);
    request.write('lo');
    request.writeUInt16LE(IFF_UP, 16);
    call('int ioctl(int, unsigned long, void*)', 'lo', descriptor, SIOCSIFFLAGS, request);
  } finally {
    closeSync(descriptor);
  }
}
