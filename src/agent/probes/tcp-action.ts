import { connect } from 'node:net';
import { dialError } from './http-action.ts';

/** Opens and closes a connection; the reason when that fails. */
export function tcpConnect(host: string, port: number, timeout: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout });
    const end = (problem?: string): void => { socket.destroy(); resolve(problem); };
    socket.on('connect', () => end());
    socket.on('timeout', () => end(`dial tcp ${host}:${port}: i/o timeout`));
    socket.on('error', (error) => end(dialError(error, host, port)));
  });
}
