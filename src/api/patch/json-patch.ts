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

function rejected(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && !path.startsWith('/'))) throw rejected();
  return path === '' ? [] : path.slice(1).split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
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
    if (!isContainer(this.root)) throw rejected();
    let container = (this.root = this.own(this.root));
    for (const segment of segments.slice(0, -1)) {
      const key = Array.isArray(container) ? indexOf(container, segment, false) : segment;
      const child = (container as Record<string | number, unknown>)[key];
      if (!isContainer(child) || !Object.hasOwn(container, key)) throw rejected();
      const owned = this.own(child);
      (container as Record<string | number, unknown>)[key] = owned;
      container = owned;
    }
    return container;
  }

  countCopied(value: unknown): void {
    this.copiedBytes += Buffer.byteLength(JSON.stringify(value));
    if (this.copiedBytes > MAX_COPIED_BYTES) throw rejected();
  }

  get(segments: string[]): unknown {
    let value = this.root;
    for (const segment of segments) {
      if (!isContainer(value)) throw rejected();
      if (Array.isArray(value)) value = value[indexOf(value, segment, false)];
      else value = Object.hasOwn(value, segment) ? value[segment] : undefined;
    }
    return value;
  }

  /** Checks that the container above exists, as every operation needs it. */
  needParent(segments: string[]): void {
    if (!isContainer(this.get(segments.slice(0, -1)))) throw rejected();
  }

  add(segments: string[], value: unknown, replace: boolean): void {
    if (segments.length === 0) { this.root = value; return; }
    const container = this.parent(segments);
    const last = segments.at(-1) as string;
    if (Array.isArray(container)) {
      const index = indexOf(container, last, !replace);
      container.splice(index, replace ? 1 : 0, value);
    } else Object.defineProperty(container, last, { value, writable: true, enumerable: true, configurable: true });
  }

  remove(segments: string[]): void {
    if (segments.length === 0) throw rejected();
    const container = this.parent(segments);
    const last = segments.at(-1) as string;
    if (Array.isArray(container)) container.splice(indexOf(container, last, false), 1);
    else if (!Object.hasOwn(container, last)) throw rejected();
    else delete container[last];
  }
}

function indexOf(list: unknown[], segment: string, inserting: boolean): number {
  if (inserting && segment === '-') return list.length;
  if (!/^-?(0|[1-9]\d*)$/.test(segment)) throw rejected();
  const given = Number(segment);
  const index = given < 0 ? given + list.length + (inserting ? 1 : 0) : given;
  if (index < 0 || index > (inserting ? list.length : list.length - 1)) throw rejected();
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

function apply(draft: Draft, { op, path, from, value = null }: Operation): void {
  const segments = pointer(path);
  switch (op) {
    case 'add': return draft.add(segments, value, false);
    case 'remove': return draft.remove(segments);
    case 'replace': return draft.add(segments, value, true);
    case 'test':
      if (!jsonEqual(draft.get(segments) ?? null, value)) throw rejected();
      return;
    case 'move': {
      const source = pointer(from);
      const moved = draft.get(source);
      draft.remove(source);
      return draft.add(segments, moved, false);
    }
    case 'copy': {
      const source = pointer(from);
      draft.needParent(source);
      const copied = draft.get(source) ?? null;
      draft.countCopied(copied);
      return draft.add(segments, copyJson(copied), false);
    }
    default: throw rejected();
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

/** Throws StatusError: 400 for what is no patch, 413 above the limit, 422 when an operation does not fit. */
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
  if (!isContainer(draft.root)) throw rejected();
  if (Array.isArray(draft.root)) throw notAnObject(draft.root);
  return draft.root;
}
