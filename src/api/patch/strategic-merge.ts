/**
 * Strategic merge patch: like a merge patch, but lists merge by a key that the schema names, and directives say what a
 * merge cannot: `$patch`, `$retainKeys`, `$setElementOrder/<list>`, `$deleteFromPrimitiveList/<list>`. Inputs stay unchanged.
 */
import type { Field, Schema } from '../schema.ts';
import { badRequest, StatusError } from '../status.ts';
import { goKind, isObject } from './merge-patch.ts';
import { jsonEqual } from './json-patch.ts';

type JsonObject = Record<string, unknown>;

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const SET_ORDER = '$setElementOrder/';
const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';

/** Upstream answers with a bare 500 where a patch contradicts itself. */
const malformed = (message: string): StatusError => new StatusError(500, '', message);

/** Go's print of a value, for error texts. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isObject(value)) return `map[${Object.keys(value).sort().map((key) => `${key}:${goText(value[key])}`).join(' ')}]`;
  return value === null ? '<nil>' : String(value);
}

/** Sets a member of any name, `__proto__` too. */
function set(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

const own = (object: JsonObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Go's name of a value's type, and the value as Go prints it where a text was expected. */
const numberType = (value: number): string => (Number.isInteger(value) ? 'int64' : 'float64');
function goTypeText(value: unknown): string {
  if (value === undefined || value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'number') return numberType(value);
  return isObject(value) ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : 'string';
}
function goString(value: unknown): string {
  if (typeof value === 'number') return `%!s(${numberType(value)}=${value})`;
  return typeof value === 'boolean' ? `%!s(bool=${value})` : goText(value);
}

/** What lists and objects under a field do: 'merge', 'replace' or undefined. `retainKeys` concerns clients only. */
const strategyOf = (field: Field | undefined): string | undefined => field?.patchStrategy?.find((strategy) => strategy !== 'retainKeys');

/** A patch value that stands where nothing stood: without nulls, directives and the objects these stand in. Undefined: nothing is left. */
function dropDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] !== undefined) return undefined;
  const result: JsonObject = {};
  for (const key in value) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(SET_ORDER) || key.startsWith(DELETE_FROM_LIST) || value[key] === null) continue;
    const member = dropDirectives(value[key]);
    if (member !== undefined) set(result, key, member);
  }
  return result;
}

function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return original;
  const invalid = badRequest('invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw invalid;
  for (const key in patch) {
    if (key === RETAIN_KEYS || patch[key] === null || key.startsWith(SET_ORDER) || key.startsWith(DELETE_FROM_LIST)) continue;
    if (!keys.includes(key)) throw invalid;
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => keys.includes(key)));
}

function mergeObjects(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    const { [DIRECTIVE]: _, ...rest } = patch;
    if (directive === 'replace') return rest;
    if (directive === 'delete') return {};
    throw malformed(`unknown patch type: ${goString(directive)} in map: ${goText(patch)}`);
  }
  const result: JsonObject = { ...retainKeys(original, patch) };
  for (const key in patch) {
    if (key.startsWith(SET_ORDER)) mergeOrdered(result, patch, key.slice(SET_ORDER.length), schema);
  }
  for (const key in patch) {
    if (key === RETAIN_KEYS || key.startsWith(SET_ORDER) || patch[SET_ORDER + key] !== undefined) continue;
    if (key.startsWith(DELETE_FROM_LIST)) {
      const name = key.slice(DELETE_FROM_LIST.length);
      const [list, gone] = [result[name], patch[key]];
      if (gone === null) delete result[name];
      if (!Array.isArray(list) || !Array.isArray(gone)) continue;
      result[name] = list.filter((item) => !gone.includes(item));
    } else mergeMember(result, key, patch[key], schema?.fields?.get(key), schema);
  }
  return result;
}

function mergeMember(result: JsonObject, key: string, value: unknown, field: Field | undefined, schema: Schema | undefined): void {
  const before = own(result, key);
  if (value === null) delete result[key];
  else if (isObject(value) && isObject(before)) {
    const inner = field?.schema ?? schema?.values;
    set(result, key, strategyOf(field) === 'replace' ? value : mergeObjects(before, value, inner));
  } else if (Array.isArray(value) && Array.isArray(before)) {
    result[key] = strategyOf(field) === 'merge' ? mergeLists(before, value, field as Field) : value;
  } else {
    const plain = dropDirectives(value);
    if (plain === undefined) delete result[key];
    else set(result, key, plain);
  }
}

/** A list whose order the patch gives in `$setElementOrder/<name>`. */
function mergeOrdered(result: JsonObject, patch: JsonObject, name: string, schema: Schema | undefined): void {
  const order = patch[SET_ORDER + name];
  const field = schema?.fields?.get(name);
  const [before, value] = [result[name], patch[name]];
  if (!Array.isArray(order)) throw malformed(`expected a []interface {}, but received a ${goTypeText(order)}`);
  if (!field && schema?.name && !schema.values) throw malformed(`unable to find api field in struct ${schema.name.split('.').at(-1)} for the json field ${JSON.stringify(name)}`);
  if (value === null) { delete result[name]; return; }
  if ((value !== undefined && !Array.isArray(value)) || (before !== undefined && before !== null && !Array.isArray(before))) throw malformed(`expected a []interface {}, but received a ${goTypeText(Array.isArray(value) || value === undefined ? before : value)}`);
  const key = field?.patchMergeKey;
  checkOrder((value ?? []) as unknown[], order, key);
  const original = (before ?? []) as unknown[];
  if (value === undefined && before === undefined) return;
  let merged = original;
  if (value !== undefined) merged = before === undefined ? (dropDirectives(value) as unknown[]) : strategyOf(field) === 'merge' ? mergeLists(original, value as unknown[], field as Field) : (value as unknown[]);
  result[name] = normalizeOrder(merged, order, original, key);
}

const keyOf = (item: unknown, key: string | undefined): unknown => (key === undefined ? item : isObject(item) ? item[key] : undefined);

/** The patch's items must come in the order that the patch gives. */
function checkOrder(items: unknown[], order: unknown[], key: string | undefined): void {
  const present = items.filter((item) => !isObject(item) || item[DIRECTIVE] === undefined);
  let at = 0;
  for (const item of order) if (at < present.length && keyOf(present[at], key) === keyOf(item, key)) at++;
  if (at < present.length) throw malformed(`The order in patch list:\n${goText(present)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`);
}

/** Items of both lists are of one type. */
function checkItems(original: unknown[], patch: unknown[]): void {
  const kinds = new Set([...original, ...patch].map(goKind));
  if (kinds.size > 1) throw malformed(`list element types are not identical: [${goText(original)} ${goText(patch)}]`);
  if (kinds.has('null')) throw malformed('no elements in any of the given slices');
}

function mergeLists(original: unknown[], patch: unknown[], field: Field): unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  checkItems(original, patch);
  if (![...original, ...patch].some(isObject)) {
    return normalizeOrder([...new Set([...original, ...patch])], patch, original, undefined);
  }
  const key = field.patchMergeKey;
  if (key === undefined) throw malformed(`cannot merge lists without merge key for ${field.name}`);
  const { kept, items } = special(original, patch as JsonObject[], key);
  const merged = [...kept];
  for (const item of items) {
    const value = item[key];
    if (value === undefined) throw malformed(`map: ${goText(item)} does not contain declared merge key: ${key}`);
    const at = merged.findIndex((candidate) => keyOf(candidate, key) === value);
    if (at >= 0) merged[at] = mergeObjects(merged[at] as JsonObject, item, field.schema.items);
    else merged.push(dropDirectives(item));
  }
  return normalizeOrder(merged, patch, original, key);
}

/** Acts on list items that are directives: `$patch: replace` drops the original, `$patch: delete` one item. */
function special(original: unknown[], patch: JsonObject[], key: string): { kept: unknown[]; items: JsonObject[] } {
  let kept = original;
  let replace = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) items.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'delete') {
      const value = item[key];
      if (value === undefined) throw malformed(`map: ${goText(item)} does not contain declared merge key: ${key}`);
      kept = kept.filter((candidate) => keyOf(candidate, key) !== value);
    } else throw malformed(`unknown patch type: ${goString(directive)} in map: ${goText(item)}`);
  }
  return replace ? { kept: items, items: [] } : { kept, items };
}

/** Items the patch names in the patch's order, the server's own between them where they stood. */
function normalizeOrder(merged: unknown[], patchOrder: unknown[], serverOrder: unknown[], key: string | undefined): unknown[] {
  const place = (list: unknown[], item: unknown): number => list.findIndex((candidate) => (key === undefined ? jsonEqual(candidate, item) : keyOf(candidate, key) === keyOf(item, key)));
  const named: [number, unknown][] = [];
  const others: [number, unknown][] = [];
  for (const item of merged) {
    const inPatch = place(patchOrder, item);
    if (inPatch >= 0) named.push([inPatch, item]);
    else others.push([place(serverOrder, item), item]);
  }
  named.sort((left, right) => left[0] - right[0]);
  others.sort((left, right) => left[0] - right[0]);
  const result: unknown[] = [];
  let at = 0;
  for (const [, item] of named) {
    const mine = place(serverOrder, item);
    while (at < others.length && mine >= 0 && (others[at] as [number, unknown])[0] >= 0 && (others[at] as [number, unknown])[0] < mine) result.push((others[at++] as [number, unknown])[1]);
    result.push(item);
  }
  while (at < others.length) result.push((others[at++] as [number, unknown])[1]);
  return result;
}

/** `schema` of the object's kind. Throws StatusError for a patch that is malformed. */
export function applyStrategicMergePatch(document: JsonObject, patch: unknown, schema: Schema): JsonObject {
  if (patch === null) return document;
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);
  return mergeObjects(document, patch, schema);
}
