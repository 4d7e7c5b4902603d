import { closeSync } from 'node:fs';
import { Socket, isIPv6 } from 'node:net';
import { call } from '../linux/libc.ts';
import { inNamespace } from '../linux/namespace.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const STREAM_NONBLOCK_CLOEXEC = 1 | 0o4000 | 0o2000000;

/**
 * Opens a TCP connection from the network namespace at `path` (a node's), so that pod addresses and ClusterIPs answer.
 * `host` is an address. Like `net.connect`: the socket emits `connect`, or `error` with a code such as ECONNREFUSED.
 * A path that is no namespace throws at once. For TLS give the socket to `tls.connect({ socket })`.
 */
export function connectInNamespace(path: string, host: string, port: number): Socket {
  const family = isIPv6(host) ? AF_INET6 : AF_INET;
  const fd = inNamespace('net', path, () => call('int socket(int, int, int)', host, family, STREAM_NONBLOCK_CLOEXEC, 0));
  try {
    // A socket stays where it was made; Node connects it later. Reading must not start before that: hence `manualStart`,
    // which Node's types leave out.
    const socket = new Socket({ fd, manualStart: true } as { fd: number });
    socket.connect({ host, port });
    return socket;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
