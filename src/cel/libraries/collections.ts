import type { Environment } from '../environment.ts';
import { compare, equal } from '../equality.ts';
import { fail } from '../evaluate.ts';
import { Duration, NONE, Optional, Uint } from '../values.ts';
import { int, uint } from './standard.ts';

const order = (one: unknown, other: unknown): number => compare(one, other) ?? fail('no such overload');
const contains = (list: unknown[], item: unknown): boolean => list.some((one) => equal(one, item));

function extreme(list: unknown[], name: string, sign: number): unknown {
  if (list.length === 0) fail(`${name} called on empty list`);
  return list.reduce((best, item) => (order(item, best) * sign > 0 ? item : best));
}

/** Sums of the kinds of numbers and of durations; of nothing it is the zero of the type. */
const SUMS: Record<string, (list: never[]) => unknown> = {
  int: (list: bigint[]) => list.reduce((sum, item) => int(sum + item), 0n),
  uint: (list: Uint[]) => uint(list.reduce((sum, { value }) => sum + value, 0n)),
  double: (list: number[]) => list.reduce((sum, item) => sum + item, 0),
  duration: (list: Duration[]) => new Duration(list.reduce((sum, { nanos }) => sum + nanos, 0n)),
};
const COMPARABLE = ['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes'];

function sortedBy(list: unknown[], keys: unknown[]): unknown[] {
  return list.map((item, index) => ({ item, key: keys[index] })).sort((one, other) => order(one.key, other.key)).map(({ item }) => item);
}

function flatten(list: unknown[], depth = 1n): unknown[] {
  if (depth < 0n) fail('level must be non-negative');
  return (list as unknown[][]).flat(Number(depth));
}

function slice(list: unknown[], from: bigint, to: bigint): unknown[] {
  const length = BigInt(list.length);
  if (from < 0n || to < 0n) fail(`cannot slice(${from}, ${to}), negative indexes not supported`);
  if (from > to) fail(`cannot slice(${from}, ${to}), start index must be less than or equal to end index`);
  if (length < to) fail(`cannot slice(${from}, ${to}), list is length ${length}`);
  return list.slice(Number(from), Number(to));
}

const MAXIMUM_RANGE = 1_000_000n;

/** Kubernetes' list functions, CEL's list and set extensions. */
export function registerCollections(environment: Environment): void {
  for (const type of Object.keys(SUMS)) environment.registerFunction(`list<${type}>.sum(): ${type}`, SUMS[type] as never);
  for (const type of COMPARABLE) {
    environment
      .registerFunction(`list<${type}>.isSorted(): bool`, (list: unknown[]) => list.every((item, index) => index === 0 || order(list[index - 1], item) <= 0))
      .registerFunction(`list<${type}>.min(): ${type}`, (list: unknown[]) => extreme(list, 'min', -1))
      .registerFunction(`list<${type}>.max(): ${type}`, (list: unknown[]) => extreme(list, 'max', 1))
      .registerFunction(`list<${type}>.sort(): list<${type}>`, (list: unknown[]) => sortedBy(list, list))
      .registerFunction(`list<A>.@sortByAssociatedKeys(list<${type}>): list<A>`, sortedBy);
  }
  environment
    .registerFunction('list<A>.indexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.findIndex((one) => equal(one, item))))
    .registerFunction('list<A>.lastIndexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.findLastIndex((one) => equal(one, item))))
    .registerFunction('list<A>.distinct(): list<A>', (list: unknown[]) => list.filter((item, index) => list.findIndex((one) => equal(one, item)) === index))
    .registerFunction('list<A>.reverse(): list<A>', (list: unknown[]) => [...list].reverse())
    .registerFunction('list<A>.slice(int, int): list<A>', slice)
    .registerFunction('list<list<A>>.flatten(): list<A>', (list: unknown[]) => flatten(list))
    .registerFunction('list<dyn>.flatten(int): list<dyn>', flatten)
    .registerFunction('list<A>.first(): optional<A>', (list: unknown[]) => (list.length === 0 ? NONE : Optional.of(list[0])))
    .registerFunction('list<A>.last(): optional<A>', (list: unknown[]) => (list.length === 0 ? NONE : Optional.of(list.at(-1))))
    .registerFunction('lists.range(int): list<int>', (count: bigint) => {
      if (count > MAXIMUM_RANGE) fail('operation cancelled: actual cost limit exceeded');
      return Array.from({ length: Math.max(Number(count), 0) }, (_, index) => BigInt(index));
    })
    .registerFunction('sets.contains(list<A>, list<A>): bool', (list: unknown[], items: unknown[]) => items.every((item) => contains(list, item)))
    .registerFunction('sets.equivalent(list<A>, list<A>): bool', (list: unknown[], other: unknown[]) => other.every((item) => contains(list, item)) && list.every((item) => contains(other, item)))
    .registerFunction('sets.intersects(list<A>, list<A>): bool', (list: unknown[], other: unknown[]) => other.some((item) => contains(list, item)));
}
