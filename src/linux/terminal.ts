import { closeSync, openSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { call } from './libc.ts';

const O_RDWR = 2, O_NOCTTY = 0o400, O_CLOEXEC = 0o2000000;
const TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441, TIOCSWINSZ = 0x5414;
const IOCTL_POINTER = 'int ioctl(int, unsigned long, void*)';
const IOCTL_NUMBER = 'int ioctl(int, unsigned long, long)';

/** A pseudo terminal: a process gets `peer`, this side reads and writes `stream`. */
export interface Terminal {
  /** Give it to a child, then call `closePeer`, so that the stream ends when the child's side is closed. */
  peer: number;
  stream: ReadStream;
  closePeer(): void;
  resize(width: number, height: number): void;
}

export function openTerminal(): Terminal {
  const master = openSync('/dev/ptmx', O_RDWR | O_NOCTTY | O_CLOEXEC);
  call(IOCTL_POINTER, 'unlock', master, TIOCSPTLCK, Buffer.alloc(4));
  const peer = call(IOCTL_NUMBER, 'peer', master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  const stream = new ReadStream(master);
  let peerOpen = true;
  return {
    peer, stream,
    closePeer() {
      if (peerOpen) closeSync(peer);
      peerOpen = false;
    },
    resize(width, height) {
      if (stream.destroyed) return;
      const size = Buffer.alloc(8);
      size.writeUInt16LE(height, 0);
      size.writeUInt16LE(width, 2);
      call(IOCTL_POINTER, 'window size', master, TIOCSWINSZ, size);
    },
  };
}
