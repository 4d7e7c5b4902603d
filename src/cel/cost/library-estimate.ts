import { COST, isNominal, REGEX_FACTOR, STRING_FACTOR } from './actual.ts';
import { exactly, NO_LIMIT, plus, scaled, times, UNKNOWN, type Range } from './range.ts';
import type { SizeOfPath } from './estimate.ts';
import type { Type } from '../types.ts';
import type { Node } from '../syntax/tree.ts';

/** `size`: of the result, when it has one. */
export interface CallEstimate { cost: Range; size?: Range }
export interface Operand { node: Node; type: Type; path: readonly string[]; size: Range | undefined; sizeOfPath: SizeOfPath }

const ONE = exactly(1);
const PARSED = new Set(['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity', 'semver', 'isSemver']);
const SAME_SIZE = new Set(['lowerAscii', 'upperAscii', 'substring', 'trim']);
const WHOLE_LIST = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf', 'includes']);
const ADDRESS: Range = { min: 4, max: 16 };
const FORMAT_PATTERN_LENGTH = 128;
const CHEAP_EQUALITY = new Set([
  'net.IP', 'net.CIDR', 'kubernetes.Quantity', 'kubernetes.Semver', 'kubernetes.authorization.Authorizer', 'kubernetes.authorization.PathCheck', 'kubernetes.authorization.GroupCheck',
  'kubernetes.authorization.ResourceCheck', 'kubernetes.authorization.Decision',
]);

const sizeOf = ({ size, path, sizeOfPath }: Operand): Range => size ?? (path.length > 0 ? sizeOfPath(path) : undefined) ?? UNKNOWN;
const walk = (size: Range, factor = STRING_FACTOR): Range => scaled(size, factor);
const pattern = (text: Range, expression: Range): Range => times(walk(plus(text, ONE)), walk(expression, REGEX_FACTOR));

/** What a function of a library costs, arguments apart; undefined where the general rules hold. */
export function libraryCost(name: string, overload: string, target: Operand | undefined, args: Operand[]): CallEstimate | undefined {
  if (isNominal(name)) return { cost: ONE };
  const [first] = args;
  if (first && PARSED.has(name)) return { cost: walk(sizeOf(first)) };
  if (!target) return globalCost(name, first, args);
  const size = sizeOf(target);
  if (WHOLE_LIST.has(name)) return listCost(name, target, size);
  if (SAME_SIZE.has(name)) return { cost: walk(size), size };
  if (name === 'ip') return { cost: ONE };
  if (name === 'format') return { cost: walk(size) };
  if (name === 'split') return { cost: walk(size, 2 * STRING_FACTOR), size: { min: 0, max: splitLimit(args[1]) ?? size.max } };
  if (name === 'join') return joinCost(target, size, first);
  const whole = wholeListCost(name, target, size, args);
  if (whole) return whole;
  if (!first) return undefined;
  const other = sizeOf(first);
  switch (name) {
    case 'fieldSelector': case 'labelSelector': return { cost: plus(plus(exactly(COST.list), walk(other)), scaled(scaled(other, 0.5), COST.list + COST.struct)) };
    case 'replace': return args[1] && replaceCost(size, other, sizeOf(args[1]));
    case 'find': case 'findAll': return { cost: pattern(size, other), size: { min: 0, max: size.max } };
    case 'matches': return { cost: pattern(size, other) };
    case 'contains': return { cost: times(walk(size), walk(other)) };
    case 'startsWith': case 'endsWith': return { cost: walk(other) };
    case 'validate': return { cost: scaled(walk(other), FORMAT_PATTERN_LENGTH * REGEX_FACTOR) };
    case 'containsIP': return { cost: plus(walk(plus(ADDRESS, ADDRESS)), parsing(overload, other)) };
    case 'containsCIDR': return { cost: plus(plus(plus(walk(plus(ADDRESS, ADDRESS)), walk(ADDRESS)), ONE), parsing(overload, other)) };
    default: return undefined;
  }
}

/** A call that makes a list of this size, looking at each item so often. */
const making = (size: Range, factor: number): CallEstimate => ({ cost: plus(scaled(size, factor), exactly(1 + COST.list)), size });
const isText = (items: Operand | undefined): boolean => items?.type.kind === 'string' || items?.type.kind === 'bytes';

/** Items are compared with each other where order or sameness counts. */
function wholeListCost(name: string, target: Operand, size: Range, args: Operand[]): CallEstimate | undefined {
  if (target.type.kind !== 'list') return undefined;
  switch (name) {
    case 'distinct': return making(times(size, size), 2);
    case 'sort': return making(times(size, size), isText(itemsOf(target)) ? 2 + STRING_FACTOR : 2);
    case '@sortByAssociatedKeys': {
      const keys = args[0] ? sizeOf(args[0]) : size;
      return making(times(keys, keys), args[0] && isText(itemsOf(args[0])) ? 2 + STRING_FACTOR : 2);
    }
    case 'reverse': case 'flatten': return making(size, 1);
    case 'slice': return making({ min: 0, max: size.max }, 1);
    default: return undefined;
  }
}

function parsing(overload: string, text: Range): Range {
  return overload.includes('(string)') ? walk(text) : exactly(0);
}

function globalCost(name: string, first: Operand | undefined, args: Operand[]): CallEstimate | undefined {
  if (!first) return undefined;
  const size = sizeOf(first);
  switch (name) {
    case 'sets.contains': case 'sets.intersects': case 'sets.equivalent': {
      const pairs = times(size, args[1] ? sizeOf(args[1]) : UNKNOWN);
      return { cost: plus(scaled(pairs, name === 'sets.equivalent' ? 2 : 1), ONE) };
    }
    case 'url': case 'jsonpatch.escapeKey': return { cost: walk(size), size };
    case 'ip': return { cost: walk(size) };
    case 'ip.isCanonical': return { cost: walk(size, 2 * STRING_FACTOR) };
    case 'matches': return args[1] && { cost: pattern(size, sizeOf(args[1])) };
    case 'strings.quote': return { cost: walk(size), size: plus(times(size, { min: 1, max: 2 }), exactly(2)) };
    case 'bytes': return first.type.kind === 'string' ? { cost: walk(size), size: times(size, { min: 1, max: 4 }) } : undefined;
    case 'string': return first.type.kind === 'bytes' ? { cost: walk(size), size: { min: Math.floor(size.min / 4), max: size.max } } : undefined;
    case '_==_': return equalityCost(first, args[1]);
    default: return undefined;
  }
}

function equalityCost(one: Operand, other: Operand | undefined): CallEstimate | undefined {
  if (one.type.name !== other?.type.name) return undefined;
  return CHEAP_EQUALITY.has(one.type.name) ? { cost: ONE } : undefined;
}

function itemsOf(list: Operand): Operand | undefined {
  const [type] = list.type.params;
  if (!type) return undefined;
  return { ...list, type, path: list.path.length > 0 ? [...list.path, '@items'] : [], size: undefined };
}

function listCost(name: string, target: Operand, size: Range): CallEstimate {
  const items = itemsOf(target);
  if (!items) return { cost: name === 'includes' ? size : walk(size) };
  const isText = items.type.kind === 'string' || items.type.kind === 'bytes';
  return { cost: times(size, isText ? plus(ONE, walk(sizeOf(items))) : ONE) };
}

function joinCost(target: Operand, count: Range, separator: Operand | undefined): CallEstimate {
  const items = itemsOf(target);
  let size = items ? times(count, sizeOf(items)) : exactly(0);
  if (separator) size = plus(size, times(sizeOf(separator), { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) }));
  return { cost: walk(size), size };
}

function splitLimit(limit: Operand | undefined): number | undefined {
  return limit?.node.kind === 'literal' && typeof limit.node.value === 'bigint' ? Number(BigInt.asUintN(64, limit.node.value)) : undefined;
}

/** How long the result of replacing can be: at most when the shortest is replaced by the longest everywhere. */
function replaceCost(size: Range, from: Range, to: Range): CallEstimate {
  const count = { min: 0, max: 0 };
  const kept = { min: 0, max: 0 };
  if (from.min === 0) {
    count.max = Math.min(size.max + 1, NO_LIMIT);
    kept.max = size.max;
  } else if (to.max <= from.min) kept.max = size.max;
  else count.max = Math.ceil(size.max / from.min);
  if (from.max === 0) {
    count.min = size.min + 1;
    kept.min = size.min;
  } else if (from.max <= to.min) kept.min = size.min;
  else count.min = Math.ceil(size.min / from.max);
  return { cost: walk(size, 2 * STRING_FACTOR), size: plus(times(count, to), kept) };
}
