/** Types of expressions. Two types are the same when kind, name and parameters are. */
export interface Type {
  kind: 'any' | 'bool' | 'bytes' | 'double' | 'duration' | 'dyn' | 'error' | 'int' | 'list' | 'map' | 'null' | 'opaque' | 'param' | 'string' | 'struct' | 'timestamp' | 'type' | 'uint';
  name: string;
  params: readonly Type[];
}

function simple(kind: Type['kind'], name: string = kind): Type {
  return { kind, name, params: [] };
}

export const DYN = simple('dyn');
export const ERROR = simple('error', '!error!');
export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const NULL = simple('null');
export const TIMESTAMP = simple('timestamp');
export const DURATION = simple('duration');
const OPTIONAL_NAME = 'optional_type';

export const listOf = (item: Type): Type => ({ kind: 'list', name: 'list', params: [item] });
export const mapOf = (key: Type, value: Type): Type => ({ kind: 'map', name: 'map', params: [key, value] });
export const optionalOf = (value: Type): Type => ({ kind: 'opaque', name: OPTIONAL_NAME, params: [value] });
export const typeOf = (value: Type): Type => ({ kind: 'type', name: 'type', params: [value] });
export const struct = (name: string): Type => ({ kind: 'struct', name, params: [] });
export const opaque = (name: string): Type => ({ kind: 'opaque', name, params: [] });
export const parameter = (name: string): Type => ({ kind: 'param', name, params: [] });

export const isDyn = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'any';
export const isDynOrError = (type: Type): boolean => isDyn(type) || type.kind === 'error';

/** What is inside an optional; undefined for other types. */
export function optionalValue(type: Type): Type | undefined {
  return type.kind === 'opaque' && type.name === OPTIONAL_NAME ? type.params[0] : undefined;
}

export function sameType(one: Type, other: Type): boolean {
  return one === other || (one.kind === other.kind && one.name === other.name && one.params.length === other.params.length
    && one.params.every((param, index) => sameType(param, other.params[index]!)));
}

/** As messages show it: `list(string)`. */
export function formatType(type: Type): string {
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(formatType).join(', ')})`;
}

const PLAIN: Record<string, Type> = {
  dyn: DYN, bool: BOOL, int: INT, uint: UINT, double: DOUBLE, string: STRING, bytes: BYTES, null: NULL, timestamp: TIMESTAMP, duration: DURATION,
  list: listOf(DYN), map: mapOf(DYN, DYN),
};
/** These say by name alone that they have no inner structure to check against. */
const OPAQUE_NAMES = new Set(['net.IP', 'net.CIDR']);

/** Reads `list<A>`, `map<string, int>`, `optional<T>`, `type<A>`, `net.IP`; one capital letter is a type parameter. */
export function parseType(text: string): Type {
  const source = text.trim();
  const plain = PLAIN[source];
  if (plain) return plain;
  if (/^[A-Z]$/.test(source)) return parameter(source);
  const [, outer, inner] = /^(list|map|optional|type)<(.*)>$/.exec(source) ?? [];
  if (outer === undefined || inner === undefined) return OPAQUE_NAMES.has(source) ? opaque(source) : struct(source);
  const [first, second] = splitTop(inner).map(parseType);
  if (outer === 'list') return listOf(first as Type);
  if (outer === 'map') return mapOf(first as Type, second as Type);
  return outer === 'type' ? typeOf(first as Type) : optionalOf(first as Type);
}

/** Splits at commas that stand in no bracket. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of text) {
    if (character === '<' || character === '(') depth++;
    if (character === '>' || character === ')') depth--;
    if (character === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += character;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts;
}

/** What type parameters stand for, as far as it is known. */
export type Bindings = Map<string, Type>;

/** Puts in what parameters stand for. `open`: what takes the place of those that stand for nothing yet. */
export function substitute(bindings: Bindings, type: Type, open?: Type): Type {
  if (type.kind === 'param') {
    const bound = bindings.get(type.name);
    return bound ? substitute(bindings, bound, open) : open ?? type;
  }
  if (type.params.length === 0) return type;
  return { ...type, params: type.params.map((param) => substitute(bindings, param, open)) };
}

/** Whether one fits the other; binds parameters in a copy, which it gives back. */
export function assignable(bindings: Bindings, from: readonly Type[], to: readonly Type[]): Bindings | undefined {
  const copy = new Map(bindings);
  return allFit(copy, from, to) ? copy : undefined;
}

function allFit(bindings: Bindings, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((type, index) => fits(bindings, type, to[index]!));
}

function fits(bindings: Bindings, from: Type, to: Type): boolean {
  if (to.kind === 'param') {
    const { valid, bound } = bind(bindings, from, to);
    if (valid) return true;
    if (bound) return false;
  }
  if (from.kind === 'param') return bind(bindings, to, from).valid;
  if (isDynOrError(from) || isDynOrError(to)) return true;
  if (from.kind === 'null') return isNullable(to);
  if (to.kind === 'null') return isNullable(from);
  switch (from.kind) {
    case 'type': return to.kind === 'type';
    case 'opaque': case 'list': case 'map': return from.kind === to.kind && from.name === to.name && allFit(bindings, from.params, to.params);
    default: return from.kind === to.kind && from.name === to.name;
  }
}

function isNullable({ kind }: Type): boolean {
  return kind === 'null' || kind === 'opaque' || kind === 'struct' || kind === 'any' || kind === 'duration' || kind === 'timestamp';
}

function bind(bindings: Bindings, type: Type, param: Type): { valid: boolean; bound: boolean } {
  if (sameType(type, param)) return { valid: true, bound: true };
  const known = bindings.get(param.name);
  if (!known) {
    if (!notWithin(bindings, param, type)) return { valid: false, bound: false };
    bindings.set(param.name, type);
    return { valid: true, bound: false };
  }
  if (sameType(type, known)) return { valid: true, bound: true };
  if (!fits(bindings, type, known)) return { valid: false, bound: true };
  const general = mostGeneral(type, known);
  if (notWithin(bindings, param, general)) bindings.set(param.name, general);
  return { valid: true, bound: true };
}

function notWithin(bindings: Bindings, param: Type, within: Type): boolean {
  if (sameType(param, within)) return false;
  if (within.kind === 'param') {
    const bound = bindings.get(within.name);
    return !bound || notWithin(bindings, param, bound);
  }
  return within.params.every((inner) => notWithin(bindings, param, inner));
}

/** Of two types that fit each other. */
export function mostGeneral(one: Type, other: Type): Type {
  return lessSpecific(one, other) ? one : other;
}

function lessSpecific(one: Type, other: Type): boolean {
  if (isDyn(one) || one.kind === 'param') return true;
  if (isDyn(other) || other.kind === 'param' || one.kind !== other.kind) return false;
  if (one.kind === 'type') return true;
  if (one.params.length === 0) return one.name === other.name;
  return one.name === other.name && one.params.every((param, index) => lessSpecific(param, other.params[index]!));
}

const FULL_NAMES: Partial<Record<Type['kind'], string>> = { null: 'null_type', timestamp: 'google.protobuf.Timestamp', duration: 'google.protobuf.Duration' };

/** As messages about whole expressions show it: `google.protobuf.Timestamp`. */
export function typeText(type: Type): string {
  const name = FULL_NAMES[type.kind] ?? type.name;
  return type.params.length === 0 ? name : `${name}(${type.params.map(typeText).join(', ')})`;
}
