/** Netlink's wire form: a 16-byte header, a fixed struct, then attributes (length, type, value, padded to four bytes). */

export const NLM_F_REQUEST = 0x001;
export const NLM_F_ACK = 0x004;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
export const HEADER_LENGTH = 16;

export interface NetlinkMessage {
  type: number;
  /** Without REQUEST and ACK, which the socket adds. */
  flags: number;
  /** The fixed struct and the attributes behind it. */
  payload: Buffer;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** One attribute; several values are laid one after another (nested attributes, mostly). */
export function attribute(type: number, ...values: Buffer[]): Buffer {
  let length = 4;
  for (const value of values) length += value.length;
  const buffer = Buffer.alloc(padded(length));
  buffer.writeUInt16LE(length, 0);
  buffer.writeUInt16LE(type, 2);
  let offset = 4;
  for (const value of values) offset += value.copy(buffer, offset);
  return buffer;
}

export function nested(type: number, ...values: Buffer[]): Buffer {
  return attribute(type | NESTED, ...values);
}

export function u8(value: number): Buffer {
  return Buffer.of(value);
}

export function u16be(value: number): Buffer {
  const buffer = Buffer.alloc(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

export function u32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

export function text(value: string): Buffer {
  return Buffer.from(value + '\0');
}

export function encodeMessage(message: NetlinkMessage, sequence: number): Buffer {
  const buffer = Buffer.alloc(padded(HEADER_LENGTH + message.payload.length));
  buffer.writeUInt32LE(HEADER_LENGTH + message.payload.length, 0);
  buffer.writeUInt16LE(message.type, 4);
  buffer.writeUInt16LE(message.flags | NLM_F_REQUEST | NLM_F_ACK, 6);
  buffer.writeUInt32LE(sequence, 8);
  message.payload.copy(buffer, HEADER_LENGTH);
  return buffer;
}

export interface ReceivedMessage { type: number; flags: number; sequence: number; payload: Buffer }

export function decodeMessages(buffer: Buffer): ReceivedMessage[] {
  const messages: ReceivedMessage[] = [];
  let offset = 0;
  while (offset + HEADER_LENGTH <= buffer.length) {
    const length = buffer.readUInt32LE(offset);
    if (length < HEADER_LENGTH || offset + length > buffer.length) break;
    messages.push({
      type: buffer.readUInt16LE(offset + 4),
      flags: buffer.readUInt16LE(offset + 6),
      sequence: buffer.readUInt32LE(offset + 8),
      payload: buffer.subarray(offset + HEADER_LENGTH, offset + length),
    });
    offset += padded(length);
  }
  return messages;
}

/** Attributes by type; of a type that comes twice the last one counts. */
export function decodeAttributes(buffer: Buffer, start = 0): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  let offset = start;
  while (offset + 4 <= buffer.length) {
    const length = buffer.readUInt16LE(offset);
    if (length < 4 || offset + length > buffer.length) break;
    attributes.set(buffer.readUInt16LE(offset + 2) & TYPE_MASK, buffer.subarray(offset + 4, offset + length));
    offset += padded(length);
  }
  return attributes;
}
