/**
 * Lists and maps that a request gave with nothing in them. Objects do not tell them from absent ones, and neither does storage; upstream does
 * while it works on the request, where it says who owns a field and where a refusal quotes a value. They are kept beside the decoded object.
 */
type Json = Record<string | number, unknown>;
export interface GivenEmpty { path: readonly (string | number)[]; value: unknown }

const known = new WeakMap<object, readonly GivenEmpty[]>();

export function noteGivenEmpty(root: unknown, entries: readonly GivenEmpty[]): void {
  if (typeof root === 'object' && root !== null) known.set(root, entries);
}

/** A copy of the object was given with the same. */
export function keepGivenEmpty<Root extends object>(from: object, copy: Root): Root {
  const entries = known.get(from);
  if (entries) known.set(copy, entries);
  return copy;
}

const copied = (value: unknown): Json => (Array.isArray(value) ? [...value] as unknown as Json : { ...value as Json });

function placed(root: Json, { path, value }: GivenEmpty, isShown: boolean): void {
  let holder = root;
  for (const step of path.slice(0, -1)) {
    const inner = holder[step];
    if (typeof inner !== 'object' || inner === null) return;
    holder = holder[step] = copied(inner);
  }
  const last = path.at(-1) as string | number;
  if (isShown ? holder[last] === null : holder[last] == null) holder[last] = value;
}

/** The object as it was given; the same one when that makes no difference. `isShown`: only where clients are shown the field when it is absent. */
export function asGiven<Root extends object>(root: Root, isShown = false): Root {
  const entries = known.get(root);
  if (!entries) return root;
  const copy = copied(root);
  for (const entry of entries) placed(copy, entry, isShown);
  return copy as Root;
}
