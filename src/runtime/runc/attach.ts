import { PassThrough, Writable } from 'node:stream';
import { connectSeqpacket } from '../../linux/socket.ts';
import type { StreamSession } from '../runtime.ts';
import { resizeMessage, tellConmon } from './conmon.ts';
import type { ContainerPaths } from './paths.ts';

const STDOUT = 2, STDERR = 3;
/** conmon reads at most this much as one packet. */
const PACKET_BYTES = 8192;
/** conmon waits for who does not read, and with it the container: a reader this far behind is cut off. */
const BACKLOG_BYTES = 16 * 1024 * 1024;

/** Joins a running container's streams through conmon. `exited` resolves with the container's exit code. */
export function attachStream(files: ContainerPaths, options: { stdin: boolean; tty: boolean }, exited: Promise<number>): StreamSession {
  const socket = connectSeqpacket(files.directory, 'attach');
  const stdout = new PassThrough({ highWaterMark: 64 * 1024 }), stderr = new PassThrough({ highWaterMark: 64 * 1024 });
  socket.on('data', (packet: Buffer) => {
    const stream = packet[0] === STDERR ? stderr : packet[0] === STDOUT ? stdout : undefined;
    stream?.write(packet.subarray(1));
    if (stream && stream.writableLength > BACKLOG_BYTES) socket.destroy(new Error('the attached client reads too slowly'));
  });
  const finish = (): void => {
    stdout.end();
    stderr.end();
  };
  const detached = new Promise<number>((resolve) => {
    socket.once('close', () => resolve(0));
    socket.once('end', () => socket.destroy());
  });
  socket.on('error', () => undefined);
  socket.once('close', finish);
  const stdin = options.stdin ? packetWriter(socket) : undefined;
  let killed = false;
  return {
    ...(stdin ? { stdin } : {}), stdout, ...(options.tty ? {} : { stderr }),
    resize(width, height) {
      void tellConmon(files.control, resizeMessage(width, height)).catch(() => undefined);
    },
    // The end of the socket comes with the container's; its exit code a moment later.
    done: detached.then((code) => killed ? code : exited),
    kill() {
      killed = true;
      socket.destroy();
    },
  };
}

function packetWriter(socket: import('node:net').Socket): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, callback) {
      let remaining = Math.ceil(chunk.length / PACKET_BYTES);
      if (remaining === 0) return callback();
      let failed = false;
      for (let offset = 0; offset < chunk.length; offset += PACKET_BYTES) {
        socket.write(chunk.subarray(offset, offset + PACKET_BYTES), (error) => {
          if (error && !failed) {
            failed = true;
            callback(error);
          } else if (--remaining === 0 && !failed) callback();
        });
      }
    },
    final(callback) {
      socket.end(callback);
    },
  });
}
