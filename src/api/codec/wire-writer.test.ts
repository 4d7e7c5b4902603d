import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { WireType, WireWriter } from './wire-writer.ts';

test('numbers of every length are written as the library writes them', () => {
  for (const value of [0, 1, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, -1, -(2 ** 31), -(2 ** 40)]) {
    const expected = new BinaryWriter().tag(1, WireType.Varint).int64(BigInt(value)).finish();
    assert.deepEqual(new WireWriter().tag(1, WireType.Varint).integer(value).take(), expected, String(value));
  }
});

test('nested messages and texts around the lengths at which a length grows', () => {
  const writer = new WireWriter();
  for (const length of [0, 1, 23, 24, 126, 127, 128, 16_382, 16_384, 2_097_151, 2_097_152, 5_000_000]) {
    for (const letter of ['x', 'é', '€', '😀']) {
      const text = letter.repeat(length / letter.length);
      writer.tag(1, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).string(text).join().tag(3, WireType.Varint).bool(true);
      const reader = new BinaryReader(writer.take());
      assert.deepEqual(reader.tag(), [1, 2]);
      const end = reader.uint32() + reader.pos;
      assert.deepEqual(reader.tag(), [2, 2]);
      assert.equal(reader.string(), text);
      assert.equal(reader.pos, end);
      assert.deepEqual([...reader.tag(), reader.bool(), reader.pos], [3, 0, true, reader.len]);
    }
  }
});

test('what was taken is not changed by what is written next', () => {
  const writer = new WireWriter();
  const first = writer.tag(1, WireType.LengthDelimited).string('first').take();
  const copy = Uint8Array.from(first);
  writer.tag(1, WireType.LengthDelimited).string('other').take();
  assert.deepEqual(first, copy);
});
