import type { KubernetesObject } from '../../api/object.ts';

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
