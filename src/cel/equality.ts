import { Duration, Message, Optional, SchemaList, Timestamp, TypeValue, Uint } from './values.ts';

/** Values of libraries that know when they are the same. */
interface Equatable { equals(other: unknown): boolean }

type Numeric = bigint | number;

/** int, uint and double compare with each other; undefined: not a number. */
export function numeric(value: unknown): Numeric | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** A map finds 1, 1u and 1.0 under the same key. */
export function mapKey(key: unknown): unknown {
  if (key instanceof Uint) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : key;
}

export function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const [left, right] = [numeric(one), numeric(other)];
  if (left !== undefined || right !== undefined) return left !== undefined && right !== undefined && left == right;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one)) return Array.isArray(other) && equalLists(one, other);
  if (one instanceof Map) return other instanceof Map && equalMaps(one, other);
  if (one instanceof Timestamp) return other instanceof Timestamp && one.nanos === other.nanos;
  if (one instanceof Duration) return other instanceof Duration && one.nanos === other.nanos;
  if (one instanceof Uint8Array) return other instanceof Uint8Array && Buffer.compare(one, other) === 0;
  if (one instanceof TypeValue) return other instanceof TypeValue && one.name === other.name;
  if (one instanceof Optional) return other instanceof Optional && one.present === other.present && equal(one.value, other.value);
  if (one instanceof Message) return other instanceof Message && one.name === other.name && equalMaps(one.fields, other.fields);
  return typeof (one as Partial<Equatable>).equals === 'function' && (one as Equatable).equals(other);
}

function equalLists(one: unknown[], other: unknown[]): boolean {
  if (one.length !== other.length) return false;
  if (one instanceof SchemaList && one.listType) {
    // Sets, and lists with keys, have no order.
    return one.every((item) => other.some((candidate) => equal(item, candidate)));
  }
  return one.every((item, index) => equal(item, other[index]));
}

function equalMaps(one: Map<unknown, unknown>, other: Map<unknown, unknown>): boolean {
  if (one.size !== other.size) return false;
  for (const [key, value] of one) if (!other.has(key) || !equal(value, other.get(key))) return false;
  return true;
}

/** Negative, zero or positive; undefined when the two do not compare. NaN is neither. */
export function compare(one: unknown, other: unknown): number | undefined {
  const [left, right] = [numeric(one), numeric(other)];
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : left == right ? 0 : NaN;
  if (typeof one === 'string' && typeof other === 'string') return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
  if (typeof one === 'boolean' && typeof other === 'boolean') return Number(one) - Number(other);
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other);
  if ((one instanceof Timestamp && other instanceof Timestamp) || (one instanceof Duration && other instanceof Duration)) {
    return one.nanos < other.nanos ? -1 : one.nanos > other.nanos ? 1 : 0;
  }
  return undefined;
}

/** Joins lists; in those without order an item of the second takes the place of its like in the first. */
export function concatenate(one: unknown[], other: unknown[]): unknown[] {
  if (!(one instanceof SchemaList) || !one.listType) return [...one, ...other];
  const { listType, itemKeys } = one;
  const alike = (item: unknown, candidate: unknown): boolean => (listType === 'set' ? equal(item, candidate)
    : item instanceof Map && candidate instanceof Map && itemKeys.every((key) => equal(item.get(key), candidate.get(key))));
  const result = SchemaList.with(one, listType, itemKeys);
  for (const item of other) {
    const index = result.findIndex((candidate) => alike(item, candidate));
    if (index < 0) result.push(item);
    else result[index] = item;
  }
  return result;
}
