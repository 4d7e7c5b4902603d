/** Walks over objects by merge type: field sets, comparison, merging, removal. All pure; results share unchanged parts. */
import { jsonEqual } from '../json-patch.ts';
import { asMember, EMPTY_SET, fieldElement, isEmpty, isMember, under, withChild, type FieldSet, type Node } from './field-set.ts';
import { deduce, memberType, type MergeType } from './merge-type.ts';

type JsonObject = Record<string, unknown>;
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
const UNKNOWN: MergeType = { kind: 'deduced', atomic: false };

/** A list item that cannot be told from the others. */
export class ListKeyError extends Error {
  override name = 'ListKeyError';
}

/** The path element of a list item; throws ListKeyError. */
export function itemElement(type: MergeType, item: unknown): string {
  if (!type.keys) {
    if (isObject(item)) throw new ListKeyError("associative list without keys has an element that's a map type");
    if (Array.isArray(item)) throw new ListKeyError('not supported: associative list with lists as elements');
    if (item === null) throw new ListKeyError("associative list without keys has an element that's an explicit null");
    return `v:${JSON.stringify(item)}`;
  }
  if (item === null) throw new ListKeyError('associative list with keys may not have a null element');
  if (!isObject(item)) throw new ListKeyError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of type.keys) {
    const value = key in item && item[key] !== undefined ? item[key] : type.keyDefaults?.[key];
    if (value !== undefined) text += `${text ? ',' : ''}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  if (!text) throw new ListKeyError(`associative list with keys has an element that omits all key fields ["${type.keys.join('" "')}"] (and doesn't have default values for any key fields)`);
  return `k:{${text}}`;
}

/** Items by element, in order; items that share one element are kept together. */
function indexItems(type: MergeType, list: unknown): Map<string, unknown[]> {
  const result = new Map<string, unknown[]>();
  if (!Array.isArray(list)) return result;
  for (const item of list as unknown[]) {
    const element = itemElement(type, item);
    const same = result.get(element);
    if (same) same.push(item);
    else result.set(element, [item]);
  }
  return result;
}

/** All fields of a value. */
export function fieldSetOf(value: unknown, type: MergeType): FieldSet {
  return collect(value, type) ?? EMPTY_SET;
}

function collect(value: unknown, given: MergeType): Node {
  const type = deduce(given, value);
  if (type.kind === 'scalar' || type.atomic) return asMember(undefined);
  let node: Node;
  if (type.kind === 'list') {
    for (const [element, items] of indexItems(type, value)) {
      node = withChild(node, element, asMember(items.length === 1 ? collect(items[0], type.items as MergeType) : undefined));
    }
    return node;
  }
  if (!isObject(value)) return undefined;
  for (const key in value) {
    const member = value[key];
    if (member === undefined) continue;
    const inner = collect(member, memberType(type, key) ?? UNKNOWN);
    const self = member === null || (isObject(member) && isEmpty(member as FieldSet)) || !type.field?.(key);
    node = withChild(node, fieldElement(key), self ? asMember(inner) : inner);
  }
  return node;
}

export interface Comparison { removed: FieldSet; modified: FieldSet; added: FieldSet }

/** Which fields of `after` are new, changed or gone since `before`. */
export function compare(before: unknown, after: unknown, type: MergeType): Comparison {
  const change = compareValues(before, after, type);
  return { removed: change?.removed ?? EMPTY_SET, modified: change?.modified ?? EMPTY_SET, added: change?.added ?? EMPTY_SET };
}

interface Change { removed: Node; modified: Node; added: Node }
const hasParts = (value: unknown): boolean => typeof value === 'object' && value !== null && (Array.isArray(value) ? value.length > 0 : !isEmpty(value as FieldSet));
const leafChange = (kind: keyof Change): Change => ({ removed: undefined, modified: undefined, added: undefined, [kind]: asMember(undefined) });

/** `undefined` stands for absent, null is a value. Undefined as result: no change. */
function compareValues(before: unknown, after: unknown, given: MergeType): Change | undefined {
  if (before === after) return undefined;
  const type = deduce(given, after === undefined ? before : after);
  // Another kind of value in a place without schema is a change of the whole.
  const otherKind = given.kind === 'deduced' && before !== undefined && after !== undefined && deduce(given, before) !== type;
  if (otherKind || type.kind === 'scalar' || type.atomic || (!hasParts(before) && !hasParts(after))) {
    if (before === undefined) return leafChange('added');
    if (after === undefined) return leafChange('removed');
    return jsonEqual(before, after) ? undefined : leafChange('modified');
  }
  let change = type.kind === 'list' ? compareLists(before, after, type) : compareMaps(before, after, type);
  if (before === undefined) (change ??= { removed: undefined, modified: undefined, added: undefined }).added = asMember(change.added);
  else if (after === undefined) (change ??= { removed: undefined, modified: undefined, added: undefined }).removed = asMember(change.removed);
  return change;
}

/** Puts a part's change under its element. */
function collectChange(into: Change | undefined, element: string, part: Change | undefined): Change | undefined {
  if (!part) return into;
  const change = into ?? { removed: undefined, modified: undefined, added: undefined };
  change.removed = withChild(change.removed, element, part.removed);
  change.modified = withChild(change.modified, element, part.modified);
  change.added = withChild(change.added, element, part.added);
  return change;
}

function compareMaps(before: unknown, after: unknown, type: MergeType): Change | undefined {
  const [left, right] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  let change: Change | undefined;
  for (const key in left) {
    if (left[key] !== right[key]) change = collectChange(change, fieldElement(key), compareValues(left[key], right[key], memberType(type, key) ?? UNKNOWN));
  }
  for (const key in right) {
    if (!(key in left) && right[key] !== undefined) change = collectChange(change, fieldElement(key), compareValues(undefined, right[key], memberType(type, key) ?? UNKNOWN));
  }
  return change;
}

function compareLists(before: unknown, after: unknown, type: MergeType): Change | undefined {
  const [left, right] = [indexItems(type, before), indexItems(type, after)];
  let change: Change | undefined;
  for (const [element, items] of left) change = collectChange(change, element, compareItems(items, right.get(element) ?? [], type));
  for (const [element, items] of right) if (!left.has(element)) change = collectChange(change, element, compareItems([], items, type));
  return change;
}

/** Items with one element; where there are several, they count as one. */
function compareItems(before: unknown[], after: unknown[], type: MergeType): Change | undefined {
  const items = type.items as MergeType;
  if (before.length <= 1 && after.length <= 1) return compareValues(before[0], after[0], items);
  if (before.length >= 2 && after.length >= 2) return jsonEqual(before, after) ? undefined : leafChange('modified');
  const change = (before.length >= 2 ? compareValues(undefined, after[0], items) : compareValues(before[0], undefined, items)) ?? { removed: undefined, modified: undefined, added: undefined };
  if (before.length >= 2) change.removed = asMember(change.removed);
  else change.added = asMember(change.added);
  return change;
}

/** `live` with what `config` says put over it. Undefined: nothing on either side. */
export function merge(live: unknown, config: unknown, given: MergeType): unknown {
  const type = deduce(given, config === undefined ? live : config);
  if (type.kind === 'scalar' || type.atomic || (!hasParts(live) && !hasParts(config))) return config === undefined ? live : config;
  if (config === undefined) return live;
  if (type.kind === 'list') return mergeLists(Array.isArray(live) ? live : [], Array.isArray(config) ? config : [], type);
  const [left, right] = [isObject(live) ? live : {}, isObject(config) ? config : {}];
  const result: JsonObject = { ...left };
  for (const key in right) {
    const merged = merge(left[key], right[key], memberType(type, key) ?? UNKNOWN);
    if (merged !== undefined) result[key] = merged;
  }
  return result;
}

/** The config's items in its order; the live list's own items stay near where they stood. */
function mergeLists(live: unknown[], config: unknown[], type: MergeType): unknown[] {
  const liveElements = live.map((item) => itemElement(type, item));
  const configElements = config.map((item) => itemElement(type, item));
  const [liveItems, configItems] = [indexItems(type, live), indexItems(type, config)];
  const shared = configElements.filter((element) => liveItems.has(element));
  const done = new Set<string>();
  const result: unknown[] = [];
  const mergeItem = (element: string): void => {
    const before = liveItems.get(element);
    result.push(merge(before?.length === 1 ? before[0] : undefined, configItems.get(element)?.[0], type.items as MergeType));
    done.add(element);
  };
  let left = 0;
  let right = 0;
  let next = 0;
  while (left < live.length || right < config.length) {
    const mine = liveElements[left];
    const theirs = configElements[right];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) { mergeItem(mine); left++; right++; next++; continue; }
      if (configItems.has(mine) && shared[next] !== undefined && shared[next] !== mine) { left++; continue; }
    }
    if (mine !== undefined) {
      if (!configItems.has(mine)) { result.push(live[left]); left++; continue; }
      if (done.has(mine)) left++;
    }
    if (theirs !== undefined) {
      mergeItem(theirs);
      right++;
      if (shared[next] === theirs) next++;
    }
  }
  return result;
}

/** The value without the members of the set. Undefined: nothing is left. An inner part of which nothing is left is null, as upstream leaves it. */
export function removeFields(value: unknown, given: MergeType, set: FieldSet): unknown {
  const type = deduce(given, value);
  if (type.kind === 'scalar' || type.atomic || isEmpty(set) || !hasParts(value)) return value;
  if (type.kind === 'list') {
    const kept: unknown[] = [];
    for (const item of value as unknown[]) {
      const element = itemElement(type, item);
      if (isMember(set[element])) continue;
      const inner = under(set, element);
      const rest = isEmpty(inner) ? item : removeFields(item, type.items as MergeType, inner) ?? null;
      if (rest !== undefined) kept.push(rest);
    }
    return kept.length ? kept : undefined;
  }
  const result: JsonObject = {};
  for (const key in value as JsonObject) {
    const element = fieldElement(key);
    if (isMember(set[element])) continue;
    const inner = under(set, element);
    const member = (value as JsonObject)[key];
    const rest = isEmpty(inner) ? member : removeFields(member, memberType(type, key) ?? UNKNOWN, inner) ?? null;
    if (rest !== undefined) result[key] = rest;
  }
  return isEmpty(result as FieldSet) ? undefined : result;
}

/** The set with every declared field that leads to a member made a member itself. */
export function withNamedFields(set: FieldSet, given: MergeType | undefined): FieldSet {
  const type = given ?? UNKNOWN;
  const result: FieldSet = {};
  for (const element in set) {
    const node = set[element] as FieldSet;
    if (element === '.') { result['.'] = {}; continue; }
    const isField = element.startsWith('f:');
    const name = element.slice(2);
    const inner = isField ? memberType(type, name) : type.items;
    const deeper = withNamedFields(node, inner);
    result[element] = !isEmpty(node) && !('.' in node) && isField && type.field?.(name) ? { '.': {}, ...deeper } : deeper;
  }
  return result;
}
