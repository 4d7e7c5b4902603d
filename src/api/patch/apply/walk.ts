/** Walks over objects by merge type: field sets, comparison, merging, removal. All pure; results share unchanged parts. */
import { jsonEqual } from '../json-patch.ts';
import { FieldSetBuilder, isMember, under, isEmpty, type FieldSet } from './field-set.ts';
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
  const builder = new FieldSetBuilder();
  collect(value, type, [], builder);
  return builder.build();
}

function collect(value: unknown, given: MergeType, path: string[], into: FieldSetBuilder): void {
  const type = deduce(given, value);
  if (type.kind === 'scalar' || type.atomic) return into.add(path);
  if (type.kind === 'list') {
    for (const [element, items] of indexItems(type, value)) {
      path.push(element);
      if (items.length === 1) collect(items[0], type.items as MergeType, path, into);
      into.add(path);
      path.pop();
    }
    return;
  }
  if (!isObject(value)) return;
  for (const key in value) {
    const member = value[key];
    if (member === undefined) continue;
    path.push(`f:${key}`);
    collect(member, memberType(type, key) ?? UNKNOWN, path, into);
    if (member === null || (isObject(member) && isEmpty(member as FieldSet)) || !type.field?.(key)) into.add(path);
    path.pop();
  }
}

export interface Comparison { removed: FieldSet; modified: FieldSet; added: FieldSet }

/** Which fields of `after` are new, changed or gone since `before`. */
export function compare(before: unknown, after: unknown, type: MergeType): Comparison {
  const sets = { removed: new FieldSetBuilder(), modified: new FieldSetBuilder(), added: new FieldSetBuilder() };
  compareValues(before, after, type, [], sets);
  return { removed: sets.removed.build(), modified: sets.modified.build(), added: sets.added.build() };
}

type Sets = Record<keyof Comparison, FieldSetBuilder>;
const hasParts = (value: unknown): boolean => typeof value === 'object' && value !== null && (Array.isArray(value) ? value.length > 0 : !isEmpty(value as FieldSet));

/** `undefined` stands for absent, null is a value. */
function compareValues(before: unknown, after: unknown, given: MergeType, path: string[], sets: Sets): void {
  if (before === after) return;
  const typeAfter = deduce(given, after === undefined ? before : after);
  if (given.kind === 'deduced' && before !== undefined && after !== undefined && deduce(given, before) !== typeAfter) {
    // Another kind of value in a place without schema.
    sets.modified.add(path);
    return;
  }
  const isLeaf = typeAfter.kind === 'scalar' || typeAfter.atomic || (!hasParts(before) && !hasParts(after));
  if (isLeaf) {
    if (before === undefined) sets.added.add(path);
    else if (after === undefined) sets.removed.add(path);
    else if (!jsonEqual(before, after)) sets.modified.add(path);
    return;
  }
  if (typeAfter.kind === 'list') compareLists(before, after, typeAfter, path, sets);
  else compareMaps(before, after, typeAfter, path, sets);
  if (before === undefined) sets.added.add(path);
  else if (after === undefined) sets.removed.add(path);
}

function compareMaps(before: unknown, after: unknown, type: MergeType, path: string[], sets: Sets): void {
  const [left, right] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  const visit = (key: string): void => {
    const [a, b] = [left[key], right[key]];
    if (a === b) return;
    path.push(`f:${key}`);
    compareValues(a, b, memberType(type, key) ?? UNKNOWN, path, sets);
    path.pop();
  };
  for (const key in left) visit(key);
  for (const key in right) if (!(key in left)) visit(key);
}

function compareLists(before: unknown, after: unknown, type: MergeType, path: string[], sets: Sets): void {
  const [left, right] = [indexItems(type, before), indexItems(type, after)];
  const visit = (element: string): void => {
    const [a, b] = [left.get(element) ?? [], right.get(element) ?? []];
    path.push(element);
    if (a.length <= 1 && b.length <= 1) compareValues(a[0], b[0], type.items as MergeType, path, sets);
    else if (a.length >= 2 && b.length >= 2) { if (!jsonEqual(a, b)) sets.modified.add(path); }
    else if (a.length >= 2) {
      if (b.length) compareValues(undefined, b[0], type.items as MergeType, path, sets);
      sets.removed.add(path);
    } else {
      if (a.length) compareValues(a[0], undefined, type.items as MergeType, path, sets);
      sets.added.add(path);
    }
    path.pop();
  };
  for (const element of left.keys()) visit(element);
  for (const element of right.keys()) if (!left.has(element)) visit(element);
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

/** The value without the members of the set. Undefined: nothing is left. */
export function removeFields(value: unknown, given: MergeType, set: FieldSet): unknown {
  const type = deduce(given, value);
  if (type.kind === 'scalar' || type.atomic || isEmpty(set) || !hasParts(value)) return value;
  if (type.kind === 'list') {
    const kept: unknown[] = [];
    for (const item of value as unknown[]) {
      const element = itemElement(type, item);
      if (isMember(set[element])) continue;
      const inner = under(set, element);
      const rest = isEmpty(inner) ? item : removeFields(item, type.items as MergeType, inner);
      if (rest !== undefined) kept.push(rest);
    }
    return kept.length ? kept : undefined;
  }
  const result: JsonObject = {};
  for (const key in value as JsonObject) {
    const element = `f:${key}`;
    if (isMember(set[element])) continue;
    const inner = under(set, element);
    const member = (value as JsonObject)[key];
    const rest = isEmpty(inner) ? member : removeFields(member, memberType(type, key) ?? UNKNOWN, inner);
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
