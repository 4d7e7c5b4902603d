import type { KubernetesObject } from '../../api/object.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isNothing = (value: unknown): boolean => value === undefined || value === null || (isObject(value) && Object.values(value).every((item) => item === undefined));

/** Whether two values say the same: a collection that is empty says no more than one that is absent. */
export function sameMeaning(one: unknown, other: unknown): boolean {
  if (one === other || (isNothing(one) && isNothing(other))) return true;
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) return one.length === (other as unknown as unknown[]).length && one.every((item, index) => sameMeaning(item, (other as unknown as unknown[])[index]));
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => sameMeaning(one[key], other[key]));
}

/** What one plugin that calls others has done about a request. */
export class Calls {
  /** Those of the first pass that want to see later changes. */
  private readonly earlier = new Set<string>();
  private readonly again = new Set<string>();
  /** The object as the plugin left it. */
  output: KubernetesObject | undefined;

  /** All that were called until now must be called again. */
  requireAgain(): void {
    for (const key of this.earlier) this.again.add(key);
    this.earlier.clear();
  }

  note(key: string): void {
    this.earlier.add(key);
  }

  mustCallAgain(key: string): boolean {
    return this.again.has(key);
  }
}

/** The mutating pass runs a second time when a webhook or policy has changed the object, for those that want to see later changes. */
export class Reinvocation {
  isSecondPass = false;
  /** Whether there will be a second pass. */
  isWanted = false;
  private readonly plugins = new Map<string, Calls>();

  callsOf(plugin: string): Calls {
    let calls = this.plugins.get(plugin);
    if (!calls) this.plugins.set(plugin, (calls = new Calls()));
    return calls;
  }
}
