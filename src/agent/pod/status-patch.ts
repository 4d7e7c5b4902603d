import type { PodStatus } from '../../../schema/v1.37/types/core-v1.ts';

type Fields = Record<string, unknown>;
/** Lists of a pod's status that strategic merge joins by a key, so that what is gone must be named. */
const KEYED: Record<string, string> = { conditions: 'type', podIPs: 'ip', hostIPs: 'ip' };
/** Written by controllers, never by the agent. */
const FOREIGN = new Set(['resourceClaimStatuses', 'extendedResourceClaimStatus', 'nominatedNodeName', 'nodeAllocatableResourceClaimStatuses', 'resize', 'volumeHealth']);

/** The strategic merge patch that leads from one status to another; undefined when they are the same. */
export function statusPatch(old: PodStatus, next: PodStatus, ownConditions: ReadonlySet<string>): Fields | undefined {
  const patch: Fields = {};
  const before = old as Fields;
  const after = next as Fields;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (FOREIGN.has(name) || same(before[name], after[name])) continue;
    if (after[name] === undefined) patch[name] = null;
    else if (KEYED[name]) Object.assign(patch, keyedPatch(name, KEYED[name], before[name] as Fields[] | undefined, after[name] as Fields[], ownConditions));
    else patch[name] = after[name];
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function keyedPatch(name: string, key: string, before: Fields[] = [], after: Fields[], own: ReadonlySet<string>): Fields {
  const changed: Fields[] = [];
  for (const item of after) {
    const known = before.find((candidate) => candidate[key] === item[key]);
    if (same(known, item)) continue;
    // What others say is theirs to change; only an end that we decided on is added to it.
    if (name === 'conditions' && !own.has(String(item[key])) && (known || item[key] !== 'DisruptionTarget')) continue;
    // The merge keeps fields that are not named.
    const dropped = Object.keys(known ?? {}).filter((field) => item[field] === undefined);
    changed.push({ ...item, ...Object.fromEntries(dropped.map((field) => [field, null])) });
  }
  const gone = before.filter((item) => !after.some((kept) => kept[key] === item[key]) && (name !== 'conditions' || own.has(String(item[key]))));
  const list = [...changed, ...gone.map((item) => ({ [key]: item[key], $patch: 'delete' }))];
  if (list.length === 0) return {};
  return name === 'conditions' ? { [name]: list } : { [`$setElementOrder/${name}`]: after.map((item) => ({ [key]: item[key] })), [name]: list };
}

/** Equal as JSON, whatever the order of fields; null and absent are the same. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right || (left ?? undefined) === (right ?? undefined)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  if (Array.isArray(left)) return left.length === (right as unknown[]).length && left.every((item, index) => same(item, (right as unknown[])[index]));
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const name of names) if (!same((left as Fields)[name], (right as Fields)[name])) return false;
  return true;
}
