import { TABLE } from './base-rules.ts';
import { emptyFragment, ENDPOINT_MAP, spreadChains, type Fragment } from './ruleset.ts';

/**
 * What the kernel's table holds, by Service, and the way from there to what it should hold: a list of nft commands that
 * grows with the change and not with the table.
 */
export class TableContents {
  private readonly fragments = new Map<string, Fragment>();
  /** Element -> who wants it and with which verdict; the first one's stands in the kernel. */
  private readonly claims = new Map<string, Map<string, string>>();
  /**
   * Endpoints nobody uses any more, deleted with the next change: a packet that is in the old rule at this moment looks
   * its endpoint up in the new map.
   */
  private unused: string[] = [];
  /** For which numbers of endpoints there are shared chains; they stay. */
  private readonly spreads = new Set<number>();

  get size(): number {
    return this.fragments.size;
  }

  clear(): void {
    this.fragments.clear();
    this.claims.clear();
    this.unused = [];
    this.spreads.clear();
  }

  /** Takes the new fragments (undefined: the Service is gone) as the truth and returns the commands that make them so. */
  change(updates: Map<string, Fragment | undefined>): string[] {
    const script = new Script();
    const touched = new Map<string, string | undefined>();
    for (const [owner, fragment] of updates) {
      const old = this.fragments.get(owner) ?? emptyFragment();
      const next = fragment ?? emptyFragment();
      for (const count of next.spreads) if (!this.spreads.has(count)) script.shared(spreadChains(count));
      for (const count of next.spreads) this.spreads.add(count);
      script.objects(old, next);
      this.claim(owner, old, next, touched);
      if (fragment) this.fragments.set(owner, fragment);
      else this.fragments.delete(owner);
    }
    for (const [element, before] of touched) script.element(element, before, this.verdict(element));
    const lines = script.lines(this.unused);
    if (lines.length > 0) this.unused = script.unused;
    return lines;
  }

  /** The choices that a Service has now: what a change of it may give up. */
  choicesOf(owner: string): Iterable<string> {
    return this.fragments.get(owner)?.choices ?? [];
  }

  private verdict(element: string): string | undefined {
    return this.claims.get(element)?.values().next().value;
  }

  private claim(owner: string, old: Fragment, next: Fragment, touched: Map<string, string | undefined>): void {
    for (const element of new Set([...old.elements.keys(), ...next.elements.keys()])) {
      const verdict = next.elements.get(element);
      if (old.elements.get(element) === verdict) continue;
      if (!touched.has(element)) touched.set(element, this.verdict(element));
      const claims = this.claims.get(element) ?? new Map<string, string>();
      if (verdict === undefined) claims.delete(owner);
      else claims.set(owner, verdict);
      if (claims.size > 0) this.claims.set(element, claims);
      else this.claims.delete(element);
    }
  }
}

/** Commands in the order in which nothing refers to what is not there. */
class Script {
  private readonly creations: string[] = [];
  private readonly rules: string[] = [];
  /** By map, so that each is named once however much changes. */
  private readonly elementDeletions = new Map<string, string[]>();
  private readonly elementAdditions = new Map<string, string[]>();
  readonly unused: string[] = [];
  private readonly emptied: string[] = [];
  private readonly deletions: string[] = [];

  shared(chains: [name: string, rules: string[]][]): void {
    for (const [name, rules] of chains) {
      this.creations.push(`add chain ${TABLE} ${name}`);
      for (const rule of rules) this.rules.push(`add rule ${TABLE} ${name} ${rule}`);
    }
  }

  objects(old: Fragment, next: Fragment): void {
    for (const [name, definition] of next.sets) if (!old.sets.has(name)) this.creations.push(`add set ${TABLE} ${name} ${definition}`);
    for (const [name, rules] of next.chains) {
      const before = old.chains.get(name);
      if (!before) this.creations.push(`add chain ${TABLE} ${name}`);
      else if (isSame(before, rules)) continue;
      else this.rules.push(`flush chain ${TABLE} ${name}`);
      for (const rule of rules) this.rules.push(`add rule ${TABLE} ${name} ${rule}`);
    }
    for (const name of old.chains.keys()) {
      if (next.chains.has(name)) continue;
      this.emptied.push(`flush chain ${TABLE} ${name}`);
      this.deletions.push(`delete chain ${TABLE} ${name}`);
    }
    for (const name of old.sets.keys()) if (!next.sets.has(name)) this.deletions.push(`delete set ${TABLE} ${name}`);
  }

  element(element: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    const space = element.indexOf(' ');
    const map = element.slice(0, space);
    const key = element.slice(space + 1);
    const entry = (verdict: string): string => verdict ? `${key} : ${verdict}` : key;
    if (before !== undefined && after === undefined && map === ENDPOINT_MAP) this.unused.push(entry(before));
    else if (before !== undefined) append(this.elementDeletions, map, entry(before));
    if (after !== undefined) append(this.elementAdditions, map, entry(after));
  }

  /** `unused` are endpoints that an earlier change left; they go with this one, if it is one. */
  lines(unused: string[]): string[] {
    const own = [...this.creations, ...this.rules, ...elementCommands('delete', this.elementDeletions)];
    const rest = [...elementCommands('add', this.elementAdditions), ...this.emptied, ...this.deletions];
    if (own.length + rest.length === 0) return [];
    return [...(unused.length > 0 ? elementCommands('delete', new Map([[ENDPOINT_MAP, unused]])) : []), ...own, ...rest];
  }
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function elementCommands(verb: string, byMap: Map<string, string[]>): string[] {
  return [...byMap].map(([map, entries]) => `${verb} element ${TABLE} ${map} { ${entries.join(', ')} }`);
}

function isSame(left: string[], right: string[]): boolean {
  return left.length === right.length && left.every((line, index) => line === right[index]);
}
