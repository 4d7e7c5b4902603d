import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { SystemError, call, libc } from './libc.ts';
import { inNamespace } from './namespace.ts';
import koffi from 'koffi';

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;
const SOCK_STREAM = 1, SOCK_DGRAM = 2, SOCK_SEQPACKET = 5, SOCK_NONBLOCK = 0o4000, SOCK_CLOEXEC = 0o2000000;
const O_PATH = 0o10000000, O_DIRECTORY = 0o200000;
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

/** Connects to a TCP port on localhost of the network namespace at `path` (the own one when absent): IPv4 first, then IPv6. */
export function connectLocalhost(path: string | undefined, port: number): Socket {
  const attempt = (): number => {
    try {
      return connectNow(AF_INET, port);
    } catch (error) {
      try {
        return connectNow(AF_INET6, port);
      } catch {
        throw error;
      }
    }
  };
  const descriptor = path === undefined ? attempt() : inNamespace('net', path, attempt);
  return new Socket({ fd: descriptor, readable: true, writable: true, allowHalfOpen: true });
}

/** On loopback the handshake is over when `connect` returns, so a refusal shows here; anything else shows on the stream. */
function connectNow(family: number, port: number): number {
  const descriptor = open(family, SOCK_STREAM | SOCK_NONBLOCK);
  const address = Buffer.alloc(family === AF_INET ? 16 : 28);
  address.writeUInt16LE(family, 0);
  address.writeUInt16BE(port, 2);
  if (family === AF_INET) address.set([127, 0, 0, 1], 4);
  else address[23] = 1;
  if ((libc(CONNECT)(descriptor, address, address.length) as number) === -1) {
    const errno = koffi.errno();
    if (errno !== koffi.os.errno['EINPROGRESS']) {
      closeSync(descriptor);
      throw new SystemError('connect', errno, `localhost:${port}`);
    }
  }
  return descriptor;
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
