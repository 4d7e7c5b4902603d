import { Duplex } from 'node:stream';
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';

/**
 * The server side of SPDY/3.1, as much of it as Kubernetes' clients use to carry several streams over one upgraded connection.
 * There is no npm package to lean on: `spdy` and `spdy-transport` have rested since 2020 and reach into Node's former
 * HTTP internals. Their peers (Go's spdystream) keep no flow-control windows, so neither does this; back-pressure is the socket's.
 */
const TYPE = { synStream: 1, synReply: 2, reset: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const;
const FIN = 1;
const VERSION = 3;
const MAX_FRAME_BYTES = 2 ** 24;
/** Of one header block, unpacked: a small one may hold very much of the same. */
const MAX_HEADER_BYTES = 2 ** 20;
const CHUNK_BYTES = 32 * 1024;
const CANCEL = 5;

/** One stream: data both ways; `headers` are those it was opened with. */
export class SpdyStream extends Duplex {
  readonly streamId: number;
  readonly headers: Map<string, string>;
  private readonly connection: SpdyConnection;
  private wanted: (() => void) | undefined;

  constructor(connection: SpdyConnection, streamId: number, headers: Map<string, string>) {
    super({ allowHalfOpen: true });
    this.connection = connection;
    this.streamId = streamId;
    this.headers = headers;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.connection.sendData(this.streamId, chunk, false, done);
  }
  override _final(done: (error?: Error | null) => void): void {
    this.connection.sendData(this.streamId, Buffer.alloc(0), true, done);
  }
  override _read(): void {
    this.wanted?.();
    this.wanted = undefined;
  }
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connection.forget(this.streamId);
    done(error);
  }
  /** Takes data from the peer. False when it has enough for now; then `resume` is called when it wants more. */
  receive(data: Buffer, resume: () => void): boolean {
    const more = this.push(data);
    if (!more) this.wanted = resume;
    return more;
  }
}

export class SpdyConnection {
  private readonly socket: Duplex;
  private readonly streams = new Map<number, SpdyStream>();
  private readonly onStream: (stream: SpdyStream) => void;
  private readonly inflate: Inflate;
  private readonly deflate: Deflate;
  private pending: Buffer = Buffer.alloc(0);
  /** Header blocks are compressed as one stream: one after the other. */
  private inflating: Promise<void> = Promise.resolve();
  private deflating: Promise<void> = Promise.resolve();
  readonly closed: Promise<void>;

  constructor(socket: Duplex, head: Buffer, onStream: (stream: SpdyStream) => void) {
    this.socket = socket;
    this.onStream = onStream;
    const dictionary = spdyDictionary();
    this.inflate = createInflate({ dictionary });
    this.deflate = createDeflate({ dictionary });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    const end = (): void => {
      for (const stream of this.streams.values()) stream.destroy();
      resolve();
    };
    socket.on('close', end);
    socket.on('end', end);
    socket.on('error', end);
    void this.readFrames(head);
  }

  close(): void {
    const frame = control(TYPE.goAway, 0, Buffer.alloc(8));
    this.socket.end(frame);
  }

  forget(streamId: number): void {
    this.streams.delete(streamId);
  }

  sendData(streamId: number, data: Buffer, last: boolean, done: (error?: Error | null) => void): void {
    if (this.socket.destroyed || this.socket.writableEnded) return done();
    for (let offset = 0; ; offset += CHUNK_BYTES) {
      const chunk = data.subarray(offset, offset + CHUNK_BYTES);
      const end = offset + CHUNK_BYTES >= data.length;
      const head = Buffer.alloc(8);
      head.writeUInt32BE(streamId);
      head.writeUInt32BE((last && end ? FIN << 24 : 0) | chunk.length, 4);
      this.socket.write(head);
      if (!end) {
        this.socket.write(chunk);
        continue;
      }
      this.socket.write(chunk, (error) => done(error));
      return;
    }
  }

  private async readFrames(head: Buffer): Promise<void> {
    this.pending = head;
    try {
      await this.takeFrames();
      for await (const chunk of this.socket as AsyncIterable<Buffer>) {
        this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
        await this.takeFrames();
      }
      for (const stream of this.streams.values()) stream.push(null);
    } catch (error) {
      this.socket.destroy(error as Error);
    }
  }

  private async takeFrames(): Promise<void> {
    while (this.pending.length >= 8) {
      const length = this.pending.readUInt32BE(4) & 0xffffff;
      if (length > MAX_FRAME_BYTES) throw new Error('SPDY frame too large');
      if (this.pending.length < 8 + length) return;
      const first = this.pending.readUInt32BE(0);
      const flags = this.pending[4] as number;
      const body = this.pending.subarray(8, 8 + length);
      this.pending = this.pending.subarray(8 + length);
      if ((first & 0x80000000) === 0) await this.takeData(first & 0x7fffffff, flags, body);
      else await this.takeControl(first & 0xffff, flags, body);
    }
  }

  /** A stream that nobody reads holds the whole connection back: bounded, as the streams of one exec belong together. */
  private async takeData(streamId: number, flags: number, body: Buffer): Promise<void> {
    const stream = this.streams.get(streamId);
    if (!stream || stream.destroyed) return;
    if (body.length > 0) {
      const drained = Promise.withResolvers<void>();
      stream.once('close', drained.resolve);
      if (!stream.receive(Buffer.from(body), drained.resolve)) await drained.promise;
      stream.off('close', drained.resolve);
    }
    if (flags & FIN) stream.push(null);
  }

  private async takeControl(type: number, flags: number, body: Buffer): Promise<void> {
    if (type === TYPE.synStream) return this.open(body, flags);
    if (type === TYPE.ping) this.socket.write(control(TYPE.ping, 0, body));
    else if (type === TYPE.reset) {
      this.streams.get(body.readUInt32BE(0) & 0x7fffffff)?.destroy();
    } else if (type === TYPE.headers || type === TYPE.synReply) await this.readHeaders(body.subarray(4));
    // SETTINGS, GOAWAY and WINDOW_UPDATE ask for nothing here.
  }

  private async open(body: Buffer, flags: number): Promise<void> {
    const streamId = body.readUInt32BE(0) & 0x7fffffff;
    const stream = new SpdyStream(this, streamId, await this.readHeaders(body.subarray(10)));
    stream.on('error', () => undefined);
    this.streams.set(streamId, stream);
    if (flags & FIN) stream.push(null);
    await this.reply(streamId);
    this.onStream(stream);
  }

  private async reply(streamId: number): Promise<void> {
    const id = Buffer.alloc(4);
    id.writeUInt32BE(streamId);
    const block = await this.compress(Buffer.alloc(4));
    this.socket.write(control(TYPE.synReply, 0, Buffer.concat([id, block])));
  }

  refuse(streamId: number): void {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(streamId);
    body.writeUInt32BE(CANCEL, 4);
    this.socket.write(control(TYPE.reset, 0, body));
  }

  private async readHeaders(block: Buffer): Promise<Map<string, string>> {
    const previous = this.inflating;
    const turn = Promise.withResolvers<void>();
    this.inflating = turn.promise;
    await previous;
    try {
      return parseHeaders(await passThrough(this.inflate, block));
    } finally {
      turn.resolve();
    }
  }

  private async compress(block: Buffer): Promise<Buffer> {
    const previous = this.deflating;
    const turn = Promise.withResolvers<void>();
    this.deflating = turn.promise;
    await previous;
    try {
      return await passThrough(this.deflate, block);
    } finally {
      turn.resolve();
    }
  }
}

function control(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | VERSION);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE((flags << 24) | body.length, 4);
  return Buffer.concat([head, body]);
}

/** Sends a block through a compressor that lives on, and takes what comes out of it. */
function passThrough(transform: Inflate | Deflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const collect = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > MAX_HEADER_BYTES) return void transform.destroy(new Error('SPDY header block too large'));
      chunks.push(chunk);
    };
    transform.on('data', collect);
    transform.once('error', reject);
    transform.write(block);
    transform.flush(constants.Z_SYNC_FLUSH, () => {
      transform.off('data', collect);
      transform.off('error', reject);
      resolve(Buffer.concat(chunks));
    });
  });
}

/** Names in small letters; several values of a name are joined by a NUL in the block, the first one counts. */
export function parseHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let offset = 4;
  const text = (): string => {
    const length = block.readUInt32BE(offset);
    const value = block.toString('utf8', offset + 4, offset + 4 + length);
    offset += 4 + length;
    return value;
  };
  for (let count = block.length >= 4 ? block.readUInt32BE(0) : 0; count > 0; count--) {
    const name = text();
    headers.set(name.toLowerCase(), text().split('\0')[0] as string);
  }
  return headers;
}
