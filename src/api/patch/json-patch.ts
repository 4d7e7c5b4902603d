/**
 * JSON Patch (RFC 6902) with upstream's leniencies: `replace` and `copy` of a member that is missing pass, an absent value
 * is null, negative indexes count from the end. Inputs stay unchanged; what no operation touches is shared with the result.
 */
import { copyJson } from '../codec/json.ts';
import { goKind } from './merge-patch.ts';
import { badRequest, invalid, StatusError } from '../status.ts';

const MAX_OPERATIONS = 10_000;
/** Of all that one patch copies: what copies copies doubles every time. */
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

interface Operation { op?: unknown; path?: unknown; from?: unknown; value?: unknown }
type Container = Record<string, unknown> | unknown[];

/** An operation that does not fit the document. Clients of the API are told no more than that; `why` is for those who own the patch. */
export class OperationFailure extends StatusError {
  readonly why: string;
  constructor(why: string) {
    super(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    this.why = why;
  }
}

/** There is no container where the path leads. */
class NoContainer extends Error {}
/** The container has no such place. */
class NoPlace extends Error {}

/** Throws NoContainer for what has no slash; the part before the first one does not count. */
function pointer(path: string): string[] {
  const parts = path.split('/').slice(1);
  if (parts.length === 0) throw new NoContainer();
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** The document as operations change it: containers are copied once, before their first change. */
class Draft {
  root: unknown;
  private readonly owned = new Set<Container>();
  private copiedBytes = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  private own(container: Container): Container {
    if (this.owned.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.owned.add(copy);
    return copy;
  }

  /** The container that holds the last segment, made changeable with all containers above it. */
  private parent(segments: string[]): Container {
    if (!isContainer(this.root)) throw new NoContainer();
    let container = (this.root = this.own(this.root));
    for (const segment of segments.slice(0, -1)) {
      const child = itemAt(container, segment);
      if (!isContainer(child)) throw new NoContainer();
      const owned = this.own(child);
      (container as Record<string | number, unknown>)[Array.isArray(container) ? indexOf(container, segment, false) : segment] = owned;
      container = owned;
    }
    return container;
  }

  countCopied(value: unknown): void {
    this.copiedBytes += Buffer.byteLength(JSON.stringify(value));
    if (this.copiedBytes > MAX_COPIED_BYTES) throw new OperationFailure(`Unable to complete the copy, the accumulated size increase of copy is ${this.copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`);
  }

  get(segments: string[]): unknown {
    let container: unknown = this.root;
    for (const segment of segments.slice(0, -1)) container = isContainer(container) ? itemAt(container, segment) : undefined;
    if (!isContainer(container)) throw new NoContainer();
    const last = segments.at(-1) as string;
    return Array.isArray(container) ? container[indexOf(container, last, false)] : Object.hasOwn(container, last) ? container[last] : undefined;
  }

  add(segments: string[], value: unknown, replace: boolean): void {
    const container = this.parent(segments);
    const last = segments.at(-1) as string;
    if (Array.isArray(container)) {
      const index = indexOf(container, last, !replace);
      container.splice(index, replace ? 1 : 0, value);
    } else Object.defineProperty(container, last, { value, writable: true, enumerable: true, configurable: true });
  }

  remove(segments: string[]): void {
    const container = this.parent(segments);
    const last = segments.at(-1) as string;
    if (Array.isArray(container)) container.splice(indexOf(container, last, false), 1);
    else if (!Object.hasOwn(container, last)) throw new NoPlace(`Unable to remove nonexistent key: ${last}: missing value`);
    else delete container[last];
  }
}

/** What stands there on the way to another place; undefined where nothing does. */
function itemAt(container: Container, segment: string): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, segment) ? container[segment] : undefined;
  try {
    return container[indexOf(container, segment, false)];
  } catch {
    return undefined;
  }
}

function indexOf(list: unknown[], segment: string, inserting: boolean): number {
  if (inserting && segment === '-') return list.length;
  if (!/^-?(0|[1-9]\d*)$/.test(segment)) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(segment)}: invalid syntax`;
    throw new NoPlace(inserting ? `value was not a proper array index: '${segment}': ${why}` : why);
  }
  const given = Number(segment);
  const index = given < 0 ? given + list.length + (inserting ? 1 : 0) : given;
  if (index < 0 || index > (inserting ? list.length : list.length - 1)) throw new NoPlace(`Unable to access invalid index: ${given}: invalid index referenced`);
  return index;
}

/** Equality of JSON values. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, index) => jsonEqual(item, right[index]));
  if (Array.isArray(right)) return false;
  let count = 0;
  for (const key in left) {
    if (!Object.hasOwn(right, key) || !jsonEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key])) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}

/** Does one part of an operation: `missing` is said where the path leads nowhere, `inside` before what its container lacks. */
function part<T>(missing: string, inside: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof NoContainer) throw new OperationFailure(`${missing}: missing value`);
    if (error instanceof NoPlace) throw new OperationFailure(inside.endsWith('missing value') ? inside : `${inside}: ${error.message}`);
    throw error;
  }
}

function fieldOf(operation: Operation, field: 'path' | 'from'): string {
  const { [field]: value, op } = operation;
  if (typeof value === 'string') return value;
  const why = op === 'add' || op === 'remove' || (op === 'copy' && field === 'path') ? '' : field === 'path' ? 'operation missing path field: ' : 'operation, missing from field: ';
  throw new OperationFailure(`${op as string} operation failed to decode ${field}: ${why}missing value`);
}

function replaceWhole(draft: Draft, value: unknown): void {
  if (!isContainer(value)) throw new OperationFailure('replace operation value must be object or array: %!w(<nil>)');
  draft.root = value;
}

function test(draft: Draft, path: string, value: unknown): void {
  const found = path === '' ? draft.root : part(`test operation does not apply: is missing path: ${path}`, `error in test for path: '${path}'`, () => draft.get(pointer(path)));
  if (!jsonEqual(found ?? null, value)) throw new OperationFailure(`testing value ${path} failed: test failed`);
}

function move(draft: Draft, operation: Operation): void {
  const from = fieldOf(operation, 'from');
  const moved = part(`move operation does not apply: doc is missing from path: ${from}`, `error in move for path: '${from.split('/').at(-1)}'`, () => {
    const found = draft.get(pointer(from));
    draft.remove(pointer(from));
    return found;
  });
  const path = fieldOf(operation, 'path');
  part(`move operation does not apply: doc is missing destination path: ${path}`, `error in move for path: '${path}'`, () => draft.add(pointer(path), moved, false));
}

function copy(draft: Draft, operation: Operation): void {
  const from = fieldOf(operation, 'from');
  const copied = part(`copy operation does not apply: doc is missing from path: ${from}`, `error in copy for from: '${from}'`, () => draft.get(pointer(from)) ?? null);
  const path = fieldOf(operation, 'path');
  draft.countCopied(copied);
  part(`copy operation does not apply: doc is missing destination path: ${path}`, 'error while adding value during copy', () => draft.add(pointer(path), copyJson(copied), false));
}

function apply(draft: Draft, operation: Operation): void {
  const { op, value = null } = operation;
  switch (op) {
    case 'move': return move(draft, operation);
    case 'copy': return copy(draft, operation);
    case 'add': case 'remove': case 'replace': case 'test': break;
    default: throw new OperationFailure(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`);
  }
  const path = fieldOf(operation, 'path');
  switch (op) {
    case 'add': return part(`add operation does not apply: doc is missing path: "${path}"`, `error in add for path: '${path}'`, () => draft.add(pointer(path), value, false));
    case 'remove': return part(`remove operation does not apply: doc is missing path: "${path}"`, `error in remove for path: '${path}'`, () => draft.remove(pointer(path)));
    case 'test': return test(draft, path, value);
    case 'replace': return path === '' ? replaceWhole(draft, value)
      : part(`replace operation does not apply: doc is missing path: ${path}`, `replace operation does not apply: doc is missing key: ${path}: missing value`, () => draft.add(pointer(path), value, true));
  }
}

function checkOperation(operation: unknown): void {
  if (operation === null) return;
  const kind = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);
  if (!isContainer(operation) || Array.isArray(operation)) throw badRequest(`error decoding patch: json: cannot unmarshal ${kind(operation)} into Go value of type handlers.jsonPatchOp`);
  for (const field of ['op', 'path', 'from']) {
    const value = (operation as unknown as Record<string, unknown>)[field];
    if (value !== undefined && value !== null && typeof value !== 'string') throw badRequest(`error decoding patch: json: cannot unmarshal ${kind(value)} into Go struct field jsonPatchOp.${field} of type string`);
  }
}

/** A list is a document for the patch, but has no place for a kind. */
function notAnObject(value: unknown[]): StatusError {
  const type = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const why = `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`;
  return invalid('', '', '', [{ type: 'FieldValueInvalid', field: 'patch', detail: `Invalid value: ${JSON.stringify(JSON.stringify(value))}: ${why}` }]);
}

/** Throws StatusError: 400 for what is no patch, 413 above the limit, OperationFailure (422) when an operation does not fit. */
export function applyJsonPatch(document: unknown, given: unknown): unknown {
  const operations = given ?? [];
  if (!Array.isArray(operations)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${isContainer(operations) ? 'object' : typeof operations} into Go value of type []handlers.jsonPatchOp`);
  }
  if (operations.length > MAX_OPERATIONS) {
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`);
  }
  const draft = new Draft(document);
  for (const operation of operations as unknown[]) checkOperation(operation);
  for (const operation of operations as (Operation | null)[]) apply(draft, operation ?? ({} as Operation));
  if (Array.isArray(draft.root)) throw notAnObject(draft.root);
  return draft.root;
}
