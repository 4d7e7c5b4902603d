import { createHash } from 'node:crypto';
import { definitionTable, type DefinitionTable, type FieldTable, type ResourceTable } from '../../../src/api/schema-tables.ts';
import { definitionNames } from '../../../src/api/schema-tables.ts';

export interface Chance { below(limit: number): number; pick<Item>(items: readonly Item[]): Item }

/** The same text gives the same numbers. */
export function seeded(text: string): Chance {
  let state = createHash('sha256').update(text).digest().readUInt32LE(0);
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return { below, pick: (items) => items[below(items.length)] as never };
}

type Json = Record<string, unknown>;
const DEPTH = 5;
const STRINGS = ['', 'a', 'abc', 'Bad_Name', 'a.b', 'a b', '-a', 'x'.repeat(64), 'x'.repeat(260), '10.0.0.1', '::1', '10.0.0.0/8', 'example.com/a', '/a', '../a', 'http://x', '5', '50%', 'true', 'é', 'UPPER', 'a/b/c', '*', '$(X)', 'default'];
const NUMBERS = [0, 1, -1, 2, 7, 80, 100, 101, 300, 65535, 65536, 2147483647, -2147483648, 2147483648, 9007199254740991];
const QUANTITIES = ['0', '1', '-1', '1Gi', '100m', '1.5', '0.0001', '1e3', '1x', '', '1Ki', '999999999999Ei', 5];
const TIMES = ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00.123456Z', '2020-01-01', '', null, 'x', 5];
const WRONG: unknown[] = ['x', 5, 1.5, true, null, [], {}, [null], [{}], { a: 'b' }];
const LEAVES: Record<string, readonly unknown[]> = {
  string: STRINGS, boolean: [true, false], int32: NUMBERS, int64: NUMBERS, double: [...NUMBERS, 1.5], byte: ['YQ==', '', 'x', 'YQ', '*'], quantity: QUANTITIES, time: TIMES, 'micro-time': TIMES, duration: ['1s', '', 'x', '0s', '-1s', '1h2m'],
  'int-or-string': [...NUMBERS, '50%', 'x', '', 'http', '101%', '-5%'], any: WRONG, 'raw-extension': [{}, { a: 'b' }, { apiVersion: 'v1', kind: 'X' }], json: ['x', 5, {}, []], 'fields-v1': [{}, { 'f:a': {} }],
};

export function definitionOf({ group, version, kind }: ResourceTable): DefinitionTable | undefined {
  const name = definitionNames().find((each) => definitionTable(each)?.kinds?.some(([g, v, k]) => g === group && v === version && k === kind));
  return name === undefined ? undefined : definitionTable(name);
}

/** A copy with one to three fields set to valid, boundary or wrong values. */
export function mutated(resource: ResourceTable, object: Json, chance: Chance): Json {
  const copy = structuredClone(object);
  const definition = definitionOf(resource);
  const roots = Object.keys(definition?.fields ?? {}).filter((name) => !['apiVersion', 'kind', 'metadata'].includes(name));
  if (!definition || roots.length === 0) return copy;
  const main = roots.filter((name) => name !== 'status');
  for (let changes = 1 + chance.below(3); changes > 0; changes--) {
    const root = chance.pick(main.length > 0 && chance.below(8) > 0 ? main : roots);
    copy[root] = changed(definition.fields[root] as FieldTable, copy[root], chance, DEPTH);
  }
  return copy;
}

/** Goes down into what is there, more likely than it replaces it. */
function changed(field: FieldTable, value: unknown, chance: Chance, depth: number): unknown {
  const { type } = field;
  if (chance.below(40) === 0) return chance.pick(WRONG);
  if (chance.below(25) === 0) return undefined;
  const container = type.replace(/^\*/, '');
  if (container.startsWith('#') && depth > 0) return changedObject(container.slice(1), value, chance, depth - 1);
  if (container.startsWith('[]')) return changedList({ ...field, type: container.slice(2) }, value, chance, depth - 1);
  if (container.startsWith('{}')) {
    const entry = madeValue({ type: container.slice(2) }, chance, depth - 1);
    return { ...(typeof value === 'object' ? value : {}), [chance.pick(['a', 'cpu', 'storage', 'Bad_Key', 'a b', 'example.com/x', 'x'.repeat(64)])]: entry };
  }
  return madeValue(field, chance, depth);
}

function changedObject(name: string, value: unknown, chance: Chance, depth: number): unknown {
  const fields = Object.entries(definitionTable(name)?.fields ?? {});
  if (fields.length === 0) return {};
  const copy: Json = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  const present = fields.filter(([key]) => key in copy);
  const [key, field] = chance.pick(present.length > 0 && chance.below(2) === 0 ? present : fields);
  copy[key] = changed(field, copy[key], chance, depth);
  return copy;
}

function changedList(item: FieldTable, value: unknown, chance: Chance, depth: number): unknown {
  const items = Array.isArray(value) ? [...value] as unknown[] : [];
  const how = chance.below(8);
  if (items.length === 0 || how === 0) return [...items, madeValue(item, chance, depth)];
  if (how === 1) return [...items, items[0]];
  if (how === 2) return [];
  const at = chance.below(items.length);
  items[at] = changed(item, items[at], chance, depth);
  return items;
}

/** A new value; objects get their required fields and some more. */
function madeValue(field: FieldTable, chance: Chance, depth: number): unknown {
  const { type, enum: choices } = field;
  if (choices && chance.below(4) > 0) return chance.pick(choices);
  if (type.startsWith('#')) {
    const fields = Object.entries(definitionTable(type.slice(1))?.fields ?? {});
    const chosen = fields.filter(([, each]) => (each.required ? chance.below(10) > 0 : depth > 0 && chance.below(fields.length) < 2));
    return Object.fromEntries(chosen.map(([key, each]) => [key, madeValue(each, chance, depth - 1)]));
  }
  if (/^\*?\[\]/.test(type)) return depth > 0 ? Array.from({ length: chance.below(3) }, () => madeValue({ type: type.replace(/^\*?\[\]/, '') }, chance, depth - 1)) : [];
  if (type.startsWith('{}')) return depth > 0 ? { [chance.pick(['a', 'cpu', 'Bad_Key'])]: madeValue({ type: type.slice(2) }, chance, depth - 1) } : {};
  return chance.pick(LEAVES[type] ?? WRONG);
}
