import type { Record } from '../mvcc/tables.ts';

/**
 * A record on disk, numbers big-endian: flags (1 byte, bit 0 deleted), create revision, previous revision, expiry (8-byte
 * doubles each), length of the key (2 bytes), the key in UTF-8, the value.
 */
const HEADER_BYTES = 27;
const DELETED = 1;

export function encodeRecord(record: Record): Uint8Array {
  const keyBytes = Buffer.byteLength(record.key);
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + keyBytes + record.value.length);
  bytes[0] = record.deleted ? DELETED : 0;
  bytes.writeDoubleBE(record.createRevision, 1);
  bytes.writeDoubleBE(record.previousRevision, 9);
  bytes.writeDoubleBE(record.expiresAt, 17);
  bytes.writeUInt16BE(keyBytes, 25);
  bytes.write(record.key, HEADER_BYTES);
  bytes.set(record.value, HEADER_BYTES + keyBytes);
  return bytes;
}

export function decodeRecord(revision: number, bytes: Buffer): Record {
  const valueStart = HEADER_BYTES + bytes.readUInt16BE(25);
  return {
    revision,
    deleted: ((bytes[0] as number) & DELETED) !== 0,
    createRevision: bytes.readDoubleBE(1),
    previousRevision: bytes.readDoubleBE(9),
    expiresAt: bytes.readDoubleBE(17),
    key: bytes.toString('utf8', HEADER_BYTES, valueStart),
    value: bytes.subarray(valueStart),
  };
}
