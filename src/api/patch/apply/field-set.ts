import { sortedKeys } from '../../sorted-keys.ts';

/**
 * Sets of field paths, in the very form of `fieldsV1`, so that nothing is converted on the hot path. A key is one path
 * element (`f:spec`, `k:{"name":"x"}`, `v:1`, `i:0`); a child `{}` is a member, `{".": {}, ...}` a member with members
 * below it, any other child only leads to members. The root `{}` is the empty set. Sets are never changed in place.
 */
export interface FieldSet { [element: string]: FieldSet }

export const EMPTY_SET: FieldSet = Object.freeze({});
const MEMBER: FieldSet = EMPTY_SET;

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

const elements = new Map<string, string>();
const ELEMENTS_LIMIT = 10_000;

/** The path element of a field; kept, as making and hashing the text costs more than finding it. */
export function fieldElement(name: string): string {
  const known = elements.get(name);
  if (known !== undefined) return known;
  if (elements.size >= ELEMENTS_LIMIT) elements.clear();
  const element = `f:${name}`;
  elements.set(name, element);
  return element;
}

/** True when the child is a member itself, not only a way to others. */
export const isMember = (child: FieldSet | undefined): boolean => child !== undefined && ('.' in child || isEmpty(child));

/** The child with the membership given; undefined when nothing is left. */
function child(member: boolean, below: FieldSet | undefined): FieldSet | undefined {
  if (!below || isEmpty(below)) return member ? MEMBER : undefined;
  return member ? { '.': MEMBER, ...below } : below;
}

function below(node: FieldSet): FieldSet {
  if (!('.' in node)) return node;
  const { '.': _, ...rest } = node;
  return rest;
}

/** What stands under an element, as a set of its own. */
export function under(set: FieldSet, element: string): FieldSet {
  const node = set[element];
  return node ? below(node) : EMPTY_SET;
}

/** A node under construction: undefined while it holds nothing. Only nodes made by the functions below may be passed in. */
export type Node = FieldSet | undefined;

/** The node as a member itself. Changes a node that has children in place. */
export function asMember(node: Node): FieldSet {
  if (!node || node === MEMBER) return MEMBER;
  node['.'] = MEMBER;
  return node;
}

/** Puts a child into a node in place, making the node when it is the first. */
export function withChild(node: Node, element: string, child: Node): Node {
  if (!child) return node;
  const into = node ?? {};
  into[element] = child;
  return into;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmpty(right)) return left;
  if (isEmpty(left)) return right;
  const result: FieldSet = { ...left };
  for (const element in right) {
    if (element === '.') continue;
    const [a, b] = [left[element], right[element] as FieldSet];
    result[element] = a ? (child(isMember(a) || isMember(b), union(below(a), below(b))) as FieldSet) : b;
  }
  return result;
}

/** Members of the left that are no members of the right. */
export function difference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return left;
  const result: FieldSet = {};
  for (const element in left) {
    if (element === '.') continue;
    const [a, b] = [left[element] as FieldSet, right[element]];
    const rest = b ? child(isMember(a) && !isMember(b), difference(below(a), below(b))) : a;
    if (rest) result[element] = rest;
  }
  return result;
}

/** As `difference`, but a member of the right also takes away all below it. */
export function recursiveDifference(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmpty(left) || isEmpty(right)) return left;
  const result: FieldSet = {};
  for (const element in left) {
    if (element === '.') continue;
    const [a, b] = [left[element] as FieldSet, right[element]];
    if (isMember(b)) continue;
    const rest = b ? child(isMember(a), recursiveDifference(below(a), below(b))) : a;
    if (rest) result[element] = rest;
  }
  return result;
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const element in left) {
    const b = right[element];
    if (element === '.' || !b) continue;
    const a = left[element] as FieldSet;
    const both = child(isMember(a) && isMember(b), intersection(below(a), below(b)));
    if (both) result[element] = both;
  }
  return result;
}

export function setEqual(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  for (const element in left) {
    const b = right[element];
    if (!b || !setEqual(left[element] as FieldSet, b)) return false;
  }
  for (const element in right) if (!(element in left)) return false;
  return true;
}

/** Sorted as upstream sorts, at all depths. */
export function sorted(set: FieldSet): FieldSet {
  const keys = sortedKeys(set);
  if (keys.length === 0) return EMPTY_SET;
  const result: FieldSet = {};
  for (const key of keys) result[key] = sorted(set[key] as FieldSet);
  return result;
}

/** Kinds of elements in upstream's order: fields, keys, values, indexes. */
const KINDS = 'fkvi';

function elementOrder(one: string, other: string): number {
  return KINDS.indexOf(one.charAt(0)) - KINDS.indexOf(other.charAt(0)) || (one < other ? -1 : 1);
}

/** Every member as a path of elements, in upstream's order: those of a level come before what is below any of them. */
export function* members(set: FieldSet, prefix: string[] = []): Generator<string[]> {
  const elements = Object.keys(set).filter((element) => element !== '.').sort(elementOrder);
  for (const element of elements) if (isMember(set[element])) yield [...prefix, element];
  for (const element of elements) yield* members(below(set[element] as FieldSet), [...prefix, element]);
}

/** As in messages: `.spec.containers[name="x"].image`, `.metadata.finalizers[="a"]`. */
export function pathText(path: readonly string[]): string {
  return path.map((element) => {
    const content = element.slice(2);
    switch (element[0]) {
      case 'f': return `.${content}`;
      case 'k': return `[${Object.entries(JSON.parse(content) as Record<string, unknown>).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
      case 'v': return `[=${content}]`;
      default: return `[${content}]`;
    }
  }).join('');
}

/** True when the sets have a member in common. */
export function overlaps(left: FieldSet, right: FieldSet): boolean {
  for (const element in left) {
    const b = right[element];
    if (element === '.' || !b) continue;
    const a = left[element] as FieldSet;
    if ((isMember(a) && isMember(b)) || overlaps(a, b)) return true;
  }
  return false;
}
