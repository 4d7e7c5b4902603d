import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonSyntaxError } from '../../api/codec/json-text.ts';
import { parseYaml } from '../../api/codec/yaml.ts';
import { readYaml } from './yaml-text.ts';

const LISTS = '- []\n'.repeat(60_000);

test('while a long text is read, others are served', async () => {
  let turns = 0;
  const beat = setInterval(() => { turns++; }, 1);
  const { value } = await readYaml(`a:\n${LISTS}`);
  clearInterval(beat);
  assert.equal((value as { a: unknown[] }).a.length, 60_000);
  assert.ok(turns > 10, `${turns}`);
});

test('long texts are read as short ones are, one after another', async () => {
  const texts = [`a: 1\na: 2\nb: &x [1]\nc: *x\nd: 2026-01-01\ne:\n${LISTS}`, `a: [\n${LISTS}`, `a: *nobody\nb:\n${LISTS}`, `{"a": "${'x'.repeat(100_000)}", b: yes}`, `{"a": "${'x'.repeat(100_000)}"}`];
  const outcome = async (read: () => unknown): Promise<unknown> => {
    try {
      return await read();
    } catch (error) {
      assert.ok(error instanceof JsonSyntaxError, String(error));
      return error.message;
    }
  };
  const expected = await Promise.all(texts.map((text) => outcome(() => parseYaml(text))));
  assert.deepEqual(await Promise.all(texts.map((text) => outcome(() => readYaml(text)))), expected);
});
