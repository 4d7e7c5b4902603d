import { Duration, Message, Optional, Timestamp, TypeValue, Uint } from './values.ts';
import { INT, UINT, DOUBLE, STRING, BYTES, BOOL, NULL, DURATION, TIMESTAMP, listOf, mapOf, parameter, parseType, splitTop, typeOf, type Type } from './types.ts';

/** One way to call a function. Of a member function the receiver is the first parameter. */
export interface Overload {
  id: string;
  params: readonly Type[];
  result: Type;
  member: boolean;
  /** Whether the evaluator takes the values as they are: operators that work on several types look for themselves. */
  untyped: boolean;
  // Values of expressions have no static type; the dispatcher checks them against `params`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  run: (...values: never[]) => unknown;
}

/** What the types of messages are made of; undefined: there is no such field. */
export interface StructType { field(name: string): Type | undefined }

/** Prefixes of functions that are no receivers: `sets.contains`. */
const NAMESPACES = new Set(['sets', 'strings', 'jsonpatch', 'format', 'ip', 'lists', 'optional', 'cel']);

/** Class of a library's values -> the name of their type. */
const classes = new Map<unknown, string>();

const TYPE_NAMES: [string, Type][] = [
  ['bool', BOOL], ['int', INT], ['uint', UINT], ['double', DOUBLE], ['string', STRING], ['bytes', BYTES], ['null_type', NULL],
  ['list', listOf(parameter('A'))], ['map', mapOf(parameter('A'), parameter('B'))], ['type', typeOf(parameter('A'))], ['google.protobuf.Duration', DURATION], ['google.protobuf.Timestamp', TIMESTAMP],
];

/** What an expression may name: variables, types and functions. */
export class Environment {
  readonly variables = new Map<string, Type>();
  /** Names that stand for a type, and for a constant. */
  readonly constants = new Map<string, { type: Type; value: unknown }>();
  readonly functions: Map<string, Overload[]>;
  readonly structs: Map<string, StructType>;
  /** Further messages that expressions may make, by name. */
  messages: (name: string) => StructType | undefined = () => undefined;

  constructor(base?: Environment) {
    this.functions = new Map(base?.functions);
    this.structs = new Map(base?.structs);
    if (base) this.constants = new Map(base.constants);
    else for (const [name, type] of TYPE_NAMES) this.constants.set(name, { type: typeOf(type), value: new TypeValue(name) });
  }

  structOf(name: string): StructType | undefined {
    return this.structs.get(name) ?? this.messages(name);
  }

  registerVariable(name: string, type: Type): this {
    this.variables.set(name, type);
    return this;
  }

  /** A type that can be written by name. `made`: the class of its values. */
  registerType(name: string, made?: unknown, fields?: StructType): this {
    const type = parseType(name);
    if (made) classes.set(made, name);
    if (fields) this.structs.set(name, fields);
    this.constants.set(name, { type: typeOf(type), value: new TypeValue(name) });
    return this;
  }

  /** `string.find(string): string` for members, `isIP(string): bool` and `sets.contains(list<A>, list<A>): bool` for others. */
  registerFunction(signature: string, run: Overload['run'], id = signature): this {
    const [, path = '', parameters = '', result = ''] = /^([^(]+)\((.*)\)\s*:\s*(.+)$/.exec(signature) ?? [];
    const dot = path.lastIndexOf('.');
    const prefix = path.slice(0, Math.max(dot, 0));
    const member = dot > 0 && !NAMESPACES.has(prefix);
    const params = splitTop(parameters).map(parseType);
    if (member) params.unshift(parseType(prefix));
    return this.add(member ? path.slice(dot + 1) : path, { id, params, result: parseType(result), member, untyped: false, run });
  }

  /** All overloads of an operator share what they do. `signatures`: `id(int, int): int`. */
  registerOperator(name: string, run: Overload['run'], signatures: string[]): this {
    for (const signature of signatures) {
      const [, id = '', parameters = '', result = ''] = /^([^(]+)\((.*)\)\s*:\s*(.+)$/.exec(signature) ?? [];
      this.add(name, { id, params: splitTop(parameters).map(parseType), result: parseType(result), member: false, untyped: true, run });
    }
    return this;
  }

  private add(name: string, overload: Overload): this {
    this.functions.set(name, [...(this.functions.get(name) ?? []), overload]);
    return this;
  }
}

/** The name of a value's type as expressions and messages have it. */
export function typeName(value: unknown): string {
  switch (typeof value) {
    case 'bigint': return 'int';
    case 'number': return 'double';
    case 'string': return 'string';
    case 'boolean': return 'bool';
    default:
  }
  if (value === null || value === undefined) return 'null_type';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof Message) return value.name;
  return classes.get(value.constructor) ?? 'unknown';
}

/** Whether a value can be what a parameter wants. */
export function hasType(value: unknown, type: Type): boolean {
  switch (type.kind) {
    case 'dyn': case 'any': case 'param': case 'error': return true;
    case 'null': return value === null;
    case 'timestamp': return value instanceof Timestamp;
    case 'duration': return value instanceof Duration;
    case 'opaque': case 'struct': return typeName(value) === type.name || value instanceof Map;
    default: return typeName(value) === type.name;
  }
}
