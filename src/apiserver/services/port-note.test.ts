import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../../api/scheme.ts';
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts';
import { upstreamForm } from '../registry/stored-form.ts';
import { bitsOf, numberOf, portNote } from './port-note.ts';

test('taken node ports are noted as upstream notes them', async () => {
  const storage = openMemoryStorage();
  const form = upstreamForm(createScheme());
  const note = portNote(storage, form, [30000, 32767]);
  assert.deepEqual(await note.read(), { ports: undefined, revision: 0 });
  assert.equal(await note.write([30003, 32767], 0), true);
  const entry = await storage.get('/registry/ranges/servicenodeports');
  const bytes = Buffer.from(entry?.value ?? []);
  assert.equal(bytes.subarray(0, 4).toString('latin1'), 'k8s\0');
  // What upstream's server writes for these two: 346 bytes, the most significant first.
  assert.ok(bytes.includes(Buffer.from(`0b33303030302d33323736371ada0280${'00'.repeat(344)}08`, 'hex')));
  const { ports, revision } = await note.read();
  assert.deepEqual(ports?.sort(), [30003, 32767]);
  assert.equal(await note.write([], revision - 1), false);
  assert.deepEqual((await portNote(storage, form, [30000, 30010]).read()).ports, undefined);
});

test('a set of bits and a number are the same thing', () => {
  for (const bits of [[], [0], [7], [8], [0, 9, 300]]) assert.deepEqual(bitsOf(numberOf(bits)), bits);
});
