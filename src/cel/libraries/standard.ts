import { compare, concatenate, equal, mapKey } from '../equality.ts';
import type { Environment } from '../environment.ts';
import { fail, indexOf } from '../evaluate.ts';
import { Duration, NONE, Optional, Timestamp, Uint } from '../values.ts';

const MAXIMUM_INT = 2n ** 63n - 1n;
const MINIMUM_INT = -(2n ** 63n);
const MAXIMUM_UINT = 2n ** 64n - 1n;

const noOverload = (): never => fail('no such overload');

export function int(value: bigint): bigint {
  return value > MAXIMUM_INT || value < MINIMUM_INT ? fail('integer overflow') : value;
}
export function uint(value: bigint): Uint {
  return value > MAXIMUM_UINT || value < 0n ? fail('unsigned integer overflow') : new Uint(value);
}

type Whole = (one: bigint, other: bigint) => bigint;

/** `+ - * / %` over int, uint and double. */
function arithmetic(one: unknown, other: unknown, whole: Whole, real?: (one: number, other: number) => number): unknown {
  if (typeof one === 'bigint' && typeof other === 'bigint') return int(whole(one, other));
  if (one instanceof Uint && other instanceof Uint) return uint(whole(one.value, other.value));
  return real && typeof one === 'number' && typeof other === 'number' ? real(one, other) : noOverload();
}

function add(one: unknown, other: unknown): unknown {
  if (typeof one === 'string' && typeof other === 'string') return one + other;
  if (one instanceof Uint8Array && other instanceof Uint8Array) return new Uint8Array(Buffer.concat([one, other]));
  if (Array.isArray(one) && Array.isArray(other)) return concatenate(one, other);
  if (one instanceof Duration && other instanceof Duration) return new Duration(int(one.nanos + other.nanos));
  if (one instanceof Duration && other instanceof Timestamp) return new Timestamp(other.nanos + one.nanos);
  if (one instanceof Timestamp && other instanceof Duration) return new Timestamp(one.nanos + other.nanos);
  return arithmetic(one, other, (a, b) => a + b, (a, b) => a + b);
}

function subtract(one: unknown, other: unknown): unknown {
  if (one instanceof Duration && other instanceof Duration) return new Duration(int(one.nanos - other.nanos));
  if (one instanceof Timestamp && other instanceof Duration) return new Timestamp(one.nanos - other.nanos);
  if (one instanceof Timestamp && other instanceof Timestamp) return new Duration(int(one.nanos - other.nanos));
  return arithmetic(one, other, (a, b) => a - b, (a, b) => a - b);
}

function divide(one: unknown, other: unknown): unknown {
  return arithmetic(one, other, (a, b) => (b === 0n ? fail('division by zero') : a / b), (a, b) => a / b);
}

function negate(value: unknown): unknown {
  return typeof value === 'bigint' ? int(-value) : typeof value === 'number' ? -value : noOverload();
}

function ordered(holds: (order: number) => boolean) {
  return (one: unknown, other: unknown): boolean => {
    const order = compare(one, other);
    return order === undefined ? noOverload() : holds(order);
  };
}

const KINDS = ['bool', 'int64', 'uint64', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const CROSSED = [['int64', 'double'], ['int64', 'uint64'], ['uint64', 'double'], ['uint64', 'int64'], ['double', 'int64'], ['double', 'uint64']];
const plain = (kind: string): string => kind.replace('64', '');
const relation = (name: string): string[] => [
  ...KINDS.map((kind) => `${name}_${kind}(${plain(kind)}, ${plain(kind)}): bool`), ...CROSSED.map(([one = '', other = '']) => `${name}_${one}_${other}(${plain(one)}, ${plain(other)}): bool`),
];
const numbers = (name: string, kinds: string[]): string[] => kinds.map((kind) => `${name}_${kind}(${plain(kind)}, ${plain(kind)}): ${plain(kind)}`);

function contains(item: unknown, container: unknown): boolean {
  if (container instanceof Map) return container.has(mapKey(item));
  return Array.isArray(container) ? container.some((one) => equal(one, item)) : noOverload();
}

function index(container: unknown, position: unknown): unknown {
  if (container instanceof Optional) return optionalIndex(container, position);
  const value = indexOf(container, position);
  if (value !== undefined) return value;
  return fail(container instanceof Map ? `no such key: ${String(position instanceof Uint ? position.value : position)}` : `index out of bounds: ${String(position)}`);
}

function optionalIndex(container: unknown, position: unknown): Optional {
  if (container instanceof Optional) return container.present ? optionalIndex(container.value, position) : NONE;
  const value = indexOf(container, position);
  return value === undefined ? NONE : Optional.of(value);
}

function registerOperators(environment: Environment): void {
  environment
    .registerOperator('_?_:_', noOverload, ['conditional(bool, A, A): A'])
    .registerOperator('_&&_', noOverload, ['logical_and(bool, bool): bool'])
    .registerOperator('_||_', noOverload, ['logical_or(bool, bool): bool'])
    .registerOperator('!_', (value: unknown) => (typeof value === 'boolean' ? !value : noOverload()), ['logical_not(bool): bool'])
    .registerOperator('@not_strictly_false', noOverload, ['not_strictly_false(bool): bool'])
    .registerOperator('_==_', equal, ['equals(A, A): bool'])
    .registerOperator('_!=_', (one: unknown, other: unknown) => !equal(one, other), ['not_equals(A, A): bool'])
    .registerOperator('_+_', add, ['add_bytes(bytes, bytes): bytes', 'add_double(double, double): double', 'add_duration_duration(duration, duration): duration',
      'add_duration_timestamp(duration, timestamp): timestamp', 'add_timestamp_duration(timestamp, duration): timestamp', 'add_int64(int, int): int', 'add_list(list<A>, list<A>): list<A>',
      'add_string(string, string): string', 'add_uint64(uint, uint): uint'])
    .registerOperator('_-_', subtract, [...numbers('subtract', ['double', 'int64', 'uint64']), 'subtract_duration_duration(duration, duration): duration',
      'subtract_timestamp_duration(timestamp, duration): timestamp', 'subtract_timestamp_timestamp(timestamp, timestamp): duration'])
    .registerOperator('_*_', (one: unknown, other: unknown) => arithmetic(one, other, (a, b) => a * b, (a, b) => a * b), numbers('multiply', ['double', 'int64', 'uint64']))
    .registerOperator('_/_', divide, numbers('divide', ['double', 'int64', 'uint64']))
    .registerOperator('_%_', (one: unknown, other: unknown) => arithmetic(one, other, (a, b) => (b === 0n ? fail('modulus by zero') : a % b)), numbers('modulo', ['int64', 'uint64']))
    .registerOperator('-_', negate, ['negate_double(double): double', 'negate_int64(int): int'])
    .registerOperator('_<_', ordered((order) => order < 0), relation('less'))
    .registerOperator('_<=_', ordered((order) => order <= 0), relation('less_equals'))
    .registerOperator('_>_', ordered((order) => order > 0), relation('greater'))
    .registerOperator('_>=_', ordered((order) => order >= 0), relation('greater_equals'))
    .registerOperator('@in', contains, ['in_list(A, list<A>): bool', 'in_map(A, map<A, B>): bool'])
    .registerOperator('_[_]', index, ['index_list(list<A>, int): A', 'index_map(map<A, B>, A): B', 'optional_list_index_int(optional<list<A>>, int): optional<A>',
      'optional_map_index_value(optional<map<A, B>>, A): optional<B>'])
    .registerOperator('_[?_]', optionalIndex, ['list_optindex_optional_int(list<A>, int): optional<A>', 'optional_list_optindex_optional_int(optional<list<A>>, int): optional<A>',
      'map_optindex_optional_value(map<A, B>, A): optional<B>', 'optional_map_optindex_optional_value(optional<map<A, B>>, A): optional<B>'])
    .registerOperator('cel.@mapInsert', insert, ['@mapInsert_map_key_value(map<A, B>, A, B): map<A, B>', '@mapInsert_map_map(map<A, B>, map<A, B>): map<A, B>']);
}

function insert(target: Map<unknown, unknown>, key: unknown, value?: unknown): Map<unknown, unknown> {
  const result = new Map(target);
  for (const [name, item] of key instanceof Map ? key : [[key, value] as const]) {
    if (result.has(mapKey(name))) fail(`insert failed: key ${String(name)} already exists`);
    result.set(mapKey(name), item);
  }
  return result;
}

function size(value: unknown): bigint {
  if (typeof value === 'string') return BigInt([...value].length);
  if (value instanceof Uint8Array || Array.isArray(value)) return BigInt(value.length);
  return BigInt((value as Map<unknown, unknown>).size);
}

function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value instanceof Map && value.size === 0;
}

/** What every CEL has, and optional values. */
export function registerStandard(environment: Environment): void {
  registerOperators(environment);
  for (const type of ['bytes', 'list<A>', 'map<A, B>', 'string']) environment.registerFunction(`size(${type}): int`, size).registerFunction(`${type}.size(): int`, size);
  environment
    .registerFunction('dyn(A): dyn', (value: unknown) => value)
    .registerFunction('string.contains(string): bool', (text: string, part: string) => text.includes(part))
    .registerFunction('string.startsWith(string): bool', (text: string, part: string) => text.startsWith(part))
    .registerFunction('string.endsWith(string): bool', (text: string, part: string) => text.endsWith(part))
    .registerType('optional_type')
    .registerFunction('optional.of(A): optional<A>', (value: unknown) => Optional.of(value))
    .registerFunction('optional.ofNonZeroValue(A): optional<A>', (value: unknown) => (isZero(value) ? NONE : Optional.of(value)))
    .registerFunction('optional.none(): optional<A>', () => NONE)
    .registerFunction('optional.unwrap(list<optional<A>>): list<A>', present)
    .registerOperator('_?._', noOverload, ['select_optional_field(dyn, string): optional<A>']);
  const member = (signature: string, run: (value: Optional, other: never) => unknown): void => { environment.registerFunction(signature, run); };
  member('optional<A>.value(): A', (value) => (value.present ? value.value : fail('optional.none() dereference')));
  member('optional<A>.hasValue(): bool', ({ present: there }) => there);
  member('optional<A>.or(optional<A>): optional<A>', noOverload);
  member('optional<A>.orValue(A): A', noOverload);
  environment.registerFunction('list<optional<A>>.unwrapOpt(): list<A>', present);
}

function present(values: unknown[]): unknown[] {
  return values.flatMap((value) => (value instanceof Optional && value.present ? [value.value] : []));
}
