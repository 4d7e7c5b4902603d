/** How a protobuf field is laid out; part of its tag. */
export const WireType = { Varint: 0, Bit64: 1, LengthDelimited: 2 } as const;
export type WireType = typeof WireType[keyof typeof WireType];

const FIRST_BYTES = 64 * 1024;
/** Room for a tag or a number, always left at the end. */
const SPARE_BYTES = 16;
/** A buffer that one huge object has made larger than this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * Writes protobuf fields into one buffer that all messages share, one after the other. A nested message is written behind a
 * length of one byte; the few that turn out longer are moved. Half the time of a writer that keeps pieces and joins them.
 */
export class WireWriter {
  private buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;
  private readonly starts: number[] = [];

  /** What was written since the last `take`, as bytes of its own. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.at);
    bytes.set(this.buffer.subarray(0, this.at));
    this.reset();
    return bytes;
  }

  /** Forgets what was written: after a failure half way. */
  reset(): void {
    this.at = 0;
    this.starts.length = 0;
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }

  tag(number: number, type: WireType): this {
    return this.uint32((number << 3) | type);
  }

  /** Begins a nested message, whose tag was written; `join` ends it. */
  fork(): this {
    this.starts.push(this.at);
    this.room(1);
    this.at++;
    return this;
  }

  join(): this {
    const start = this.starts.pop() as number;
    this.setLength(start, this.at - start - 1);
    return this;
  }

  uint32(value: number): this {
    this.room(0);
    while (value > 0x7f) {
      this.buffer[this.at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.buffer[this.at++] = value;
    return this;
  }

  bool(value: boolean): this {
    return this.uint32(value ? 1 : 0);
  }

  /** A signed number of any size up to 64 bits; 32-bit ones are written alike. */
  integer(value: number | bigint): this {
    if (typeof value === 'number' && value >= 0 && value <= 0x7fffffff) return this.uint32(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    this.room(0);
    while (rest > 0x7fn) {
      this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.at++] = Number(rest);
    return this;
  }

  double(value: number): this {
    this.room(0);
    this.at = this.buffer.writeDoubleLE(value, this.at);
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.uint32(value.length).raw(value);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): this {
    this.room(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
    return this;
  }

  get length(): number { return this.at; }

  /** Sets four bytes that were written before, the highest first. */
  patchUint32(at: number, value: number): void {
    this.buffer.writeUInt32BE(value, at);
  }

  string(value: string): this {
    const start = this.at;
    // UTF-8 has at most three bytes for each unit of a string.
    this.room(value.length * 3 + 1);
    const length = value.length < 24 ? this.shortText(value, start + 1) : this.buffer.write(value, start + 1);
    this.at = start + 1 + length;
    this.setLength(start, length);
    return this;
  }

  /** Writes what most strings are, a few ASCII characters, without a call out of JavaScript. Returns the bytes it took. */
  private shortText(value: string, at: number): number {
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return this.buffer.write(value, at);
      this.buffer[at + index] = code;
    }
    return value.length;
  }

  /** Puts the length before what was written behind `start` + 1. */
  private setLength(start: number, length: number): void {
    if (length <= 0x7f) {
      this.buffer[start] = length;
      return;
    }
    const extra = length < 0x4000 ? 1 : length < 0x200000 ? 2 : length < 0x10000000 ? 3 : 4;
    this.room(extra);
    this.buffer.copyWithin(start + 1 + extra, start + 1, start + 1 + length);
    this.at = start;
    this.uint32(length);
    this.at += length;
  }

  private room(bytes: number): void {
    const needed = this.at + bytes + SPARE_BYTES;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
  }
}
