import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '@marcbachmann/cel-js';

type Comparable = bigint | number | string | boolean | { valueOf(): number };

function compare(one: Comparable, other: Comparable): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function extreme(list: Comparable[], name: string, sign: number): Comparable {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best));
}

const same = (one: unknown, other: unknown): boolean =>
  isDeepStrictEqual(one, other) || (['bigint', 'number'].includes(typeof one) && ['bigint', 'number'].includes(typeof other) && one == other);
const contains = (list: unknown[], item: unknown): boolean => list.some((one) => same(one, item));

/** Kubernetes' list functions, CEL's list, set and math extensions. */
export function registerCollections(environment: Environment): void {
  environment
    .registerFunction('list<A>.isSorted(): bool', (list: Comparable[]) => list.every((item, index) => index === 0 || compare(list[index - 1]!, item) <= 0))
    .registerFunction('list<A>.sum(): dyn', (list: (bigint | number)[]) => list.reduce((sum: bigint | number, item) => (sum as number) + (item as number), typeof list[0] === 'number' ? 0 : 0n))
    .registerFunction('list<A>.min(): dyn', (list: Comparable[]) => extreme(list, 'min', -1))
    .registerFunction('list<A>.max(): dyn', (list: Comparable[]) => extreme(list, 'max', 1))
    .registerFunction('list<A>.indexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.findIndex((one) => same(one, item))))
    .registerFunction('list<A>.lastIndexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.findLastIndex((one) => same(one, item))))
    .registerFunction('list<A>.distinct(): list<A>', (list: unknown[]) => list.filter((item, index) => list.findIndex((one) => same(one, item)) === index))
    .registerFunction('list<A>.reverse(): list<A>', (list: unknown[]) => [...list].reverse())
    .registerFunction('list<A>.sort(): list<A>', (list: Comparable[]) => [...list].sort(compare))
    .registerFunction('list<A>.slice(int, int): list<A>', (list: unknown[], from: bigint, to: bigint) => {
      if (from < 0n || to < from || to > BigInt(list.length)) throw new Error(`cannot slice(${from}, ${to}), list is length ${list.length}`);
      return list.slice(Number(from), Number(to));
    })
    .registerFunction('list.flatten(): list', (list: unknown[]) => list.flat());
  class SetsNamespace {}
  environment.registerType('SetsNamespace', SetsNamespace).registerConstant('sets', 'SetsNamespace', new SetsNamespace())
    .registerFunction('SetsNamespace.contains(list, list): bool', (_: unknown, list: unknown[], items: unknown[]) => items.every((item) => contains(list, item)))
    .registerFunction('SetsNamespace.equivalent(list, list): bool', (_: unknown, list: unknown[], other: unknown[]) =>
      other.every((item) => contains(list, item)) && list.every((item) => contains(other, item)))
    .registerFunction('SetsNamespace.intersects(list, list): bool', (_: unknown, list: unknown[], other: unknown[]) => other.some((item) => contains(list, item)));
  class MathNamespace {}
  environment.registerType('MathNamespace', MathNamespace).registerConstant('math', 'MathNamespace', new MathNamespace())
    .registerFunction('MathNamespace.greatest(list): dyn', (_: unknown, list: Comparable[]) => extreme(list, 'math.greatest', 1))
    .registerFunction('MathNamespace.least(list): dyn', (_: unknown, list: Comparable[]) => extreme(list, 'math.least', -1))
    .registerFunction('MathNamespace.greatest(dyn, dyn): dyn', (_: unknown, one: Comparable, other: Comparable) => extreme([one, other], 'math.greatest', 1))
    .registerFunction('MathNamespace.least(dyn, dyn): dyn', (_: unknown, one: Comparable, other: Comparable) => extreme([one, other], 'math.least', -1));
}
