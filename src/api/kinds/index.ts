import type { KindRules } from '../kind-rules.ts';
import { rules as apps } from './apps/rules.ts';
import { rules as batch } from './batch/rules.ts';
import { rules as core } from './core/rules.ts';

/** Looked up by group, then kind; a group's rules are made when first asked for. */
const GROUPS: Record<string, () => Record<string, KindRules>> = {
  '': core, apps, batch,
};
const made = new Map<string, Record<string, KindRules>>();

/** What `kind` adds to the generic verbs; undefined for kinds without rules of their own (and custom resources). */
export function kindRules(group: string, kind: string): KindRules | undefined {
  let rules = made.get(group);
  if (!rules) {
    const make = GROUPS[group];
    if (!make) return undefined;
    made.set(group, (rules = make()));
  }
  return Object.hasOwn(rules, kind) ? rules[kind] : undefined;
}
