/** The apply operation: a configuration merged into the live object, what the applier no longer names removed. */
import { decodeObject } from '../../codec/json.ts';
import type { KubernetesObject } from '../../object.ts';
import { sortedText } from '../../sorted-text.ts';
import { badRequest, StatusError } from '../../status.ts';
import { jsonEqual } from '../json-patch.ts';
import { checkConfig, findingsText } from './check-config.ts';
import { difference, EMPTY_SET, intersection, isEmpty, members, pathText, recursiveDifference, union, type FieldSet } from './field-set.ts';
import { formatTime, managerKey, readManagers, setFields, writeManagers, type Manager, type Managers } from './managers.ts';
import { compareForManagers, SERVER_SET, typeOfContext, withoutManagedFields, type ApplyContext } from './ownership.ts';
import { blankObject, recordUpdate } from './track.ts';
import { builtInVersions, inVersion } from './versions.ts';
import { compare, fieldSetOf, ListKeyError, merge, removeFields, withNamedFields } from './walk.ts';
import type { MergeType } from './merge-type.ts';

export interface ApplyResult {
  /** Decoded, not yet defaulted; carries the new managedFields. */
  object: KubernetesObject;
  /** False when neither fields nor owners changed. */
  changed: boolean;
}

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const BEFORE_FIRST_APPLY = 'before-first-apply';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function kindText(object: KubernetesObject): string {
  const apiVersion = textOf(object.apiVersion);
  return `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${textOf(object.kind)}`;
}

/** `default/web; apps/v1, Kind=Deployment`: as upstream names a configuration in errors. */
function configText(config: KubernetesObject): string {
  return `${textOf(config.metadata?.namespace)}/${textOf(config.metadata?.name)}; ${kindText(config)}`;
}

/** The failure of a configuration that has a field's kind of value, but not one of its type. */
export function conversionError(config: KubernetesObject, message: string): StatusError {
  const fraction = /^json: cannot unmarshal number \S+ into Go .* of type (\w+)$/.exec(message);
  const why = fraction ? `cannot convert float64 to ${fraction[1]}` : message.startsWith('illegal base64') ? `error decoding from json: ${message}` : message.replace(/Go struct field \S+ of type string$/, 'Go value of type string');
  return new StatusError(500, '', `failed to convert new object (${configText(config)}) to proper version: unable to convert unstructured object to ${kindText(config)}: ${why}`);
}

/** Throws StatusError for a configuration, as parsed, that is not of the kind or does not fit its schema. */
export function checkConfiguration(config: KubernetesObject, context: ApplyContext, type = typeOfContext(context)): void {
  if (config.apiVersion !== context.apiVersion || config.kind !== context.kind) throw badRequest(`invalid object type: ${kindText(config)}`);
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  const errors = checkConfig(config, type);
  if (errors.length > 0) throw untypable('patch', config, errors);
}

function untypable(which: 'patch' | 'live', object: KubernetesObject, errors: string[]): StatusError {
  return new StatusError(500, '', `failed to create typed ${which} object (${configText(object)}): ${findingsText(errors)}`);
}

/**
 * Applies a configuration (as parsed, not decoded: what it does not name must stay unnamed). `live` is undefined when the
 * object does not exist. Throws StatusError: 409 with a cause a conflict, 400, 500 for what does not fit the schema.
 */
export function applyConfiguration(live: KubernetesObject | undefined, config: KubernetesObject, force: boolean, context: ApplyContext): ApplyResult {
  try {
    return applyTyped(live, config, force, context);
  } catch (error) {
    // The configuration was checked: it is the live object that has items without keys, which other writes let pass.
    if (!(error instanceof ListKeyError) || !live) throw error;
    const errors = checkConfig(withoutManagedFields(live), typeOfContext(context));
    throw untypable('live', live, errors.length > 0 ? errors : [error.message]);
  }
}

function applyTyped(live: KubernetesObject | undefined, config: KubernetesObject, force: boolean, context: ApplyContext): ApplyResult {
  const type = typeOfContext(context);
  const before = live ?? blankObject(context);
  const managers = readManagers(before.metadata?.managedFields);
  if (!managers) throw new StatusError(500, '', 'failed to decode managed fields: operation must be `Apply` or `Update`');
  checkConfiguration(config, context, type);
  const bare = withoutManagedFields(before);
  if (managers.size === 0 && live) recordUpdate(blankObject(context), bare, managers, { ...context, manager: BEFORE_FIRST_APPLY });

  const key = managerKey(context.manager, 'Apply', context.apiVersion, context.subresource);
  const last = managers.get(key);
  let set = fieldSetOf(config, type);
  if (context.resetFields) set = recursiveDifference(set, context.resetFields);
  managers.set(key, { manager: context.manager, operation: 'Apply', apiVersion: context.apiVersion, subresource: context.subresource, set, time: last?.time, entry: undefined });
  const merged = merge(bare, config, type) as KubernetesObject;
  const after = last ? prune(merged, last, managers, context, type) : merged;

  const change = compareForManagers(bare, after, managers, key, context);
  if (!force) refuseConflicts(change.conflicts, managers, bare, context, type);
  change.settle();
  setFields(managers, key, difference(set, SERVER_SET));
  const same = jsonEqual(bare, after);
  const owner = managers.get(key);
  if (owner) {
    if (!same) owner.time = formatTime(context.time);
    else if (last && jsonEqual(last.set, owner.set) && last.apiVersion === owner.apiVersion) managers.set(key, last);
  }
  return finish(live, after, same, managers, config, context);
}

function finish(live: KubernetesObject | undefined, after: KubernetesObject, same: boolean, managers: Managers, config: KubernetesObject, context: ApplyContext): ApplyResult {
  const object = same && live ? { ...live } : decodeObject<KubernetesObject>(after, context.schema).object;
  const managedFields = writeManagers(managers);
  const ownersSame = jsonEqual(managedFields, live?.metadata?.managedFields);
  object.metadata = { ...object.metadata };
  if (managedFields) object.metadata.managedFields = ownersSame ? live?.metadata?.managedFields : managedFields;
  else delete object.metadata.managedFields;
  if (context.manager === 'kubectl' && object.metadata.annotations?.[LAST_APPLIED]) {
    object.metadata.annotations = { ...object.metadata.annotations, [LAST_APPLIED]: lastAppliedText(config) };
  }
  return { object, changed: !(same && ownersSame && live !== undefined) };
}

function lastAppliedText(config: KubernetesObject): string {
  const { [LAST_APPLIED]: _, ...annotations } = config.metadata?.annotations ?? {};
  const metadata = { ...config.metadata, ...(config.metadata?.annotations ? { annotations } : {}) };
  return `${sortedText({ ...config, metadata })}\n`;
}

/** Removes what the applier owned, no longer names and nobody else owns. */
function prune(merged: KubernetesObject, last: Manager, managers: Managers, context: ApplyContext, type: MergeType): KubernetesObject {
  const own = { apiVersion: context.apiVersion, kind: context.kind, type };
  const versions = context.versions ?? builtInVersions;
  const seen = inVersion(merged, last.apiVersion, own, versions);
  if (!seen || isEmpty(last.set)) return merged;
  const lastSet = withNamedFields(last.set, seen.type);
  let pruned = (removeFields(seen.value, seen.type, lastSet) ?? {}) as KubernetesObject;
  const owned = new Map<string, FieldSet>();
  for (const manager of managers.values()) owned.set(manager.apiVersion, union(owned.get(manager.apiVersion) ?? EMPTY_SET, manager.set));
  const order = [...owned.keys()].sort((left, right) => Number(right === last.apiVersion) - Number(left === last.apiVersion));
  const named = (object: unknown, kind: MergeType): FieldSet => withNamedFields(fieldSetOf(object, kind), kind);
  for (const apiVersion of order) {
    const whole = inVersion(merged, apiVersion, own, versions);
    const part = inVersion({ apiVersion: last.apiVersion, kind: context.kind, ...pruned }, apiVersion, { ...own, apiVersion: last.apiVersion, type: seen.type }, versions);
    if (!whole || !part) continue;
    const keep = union(named(part.value, part.type), withNamedFields(owned.get(apiVersion) as FieldSet, whole.type));
    const kept = (removeFields(whole.value, whole.type, difference(named(whole.value, whole.type), keep)) ?? {}) as KubernetesObject;
    pruned = apiVersion === last.apiVersion ? kept : versions.convert(kept, last.apiVersion);
  }
  const gone = intersection(difference(named(seen.value, seen.type), named(pruned, seen.type)), lastSet);
  const result = (removeFields(seen.value, seen.type, gone) ?? {}) as KubernetesObject;
  return last.apiVersion === context.apiVersion ? result : versions.convert(result, context.apiVersion);
}

function managerText({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = `${JSON.stringify(manager)}${subresource ? ` with subresource ${JSON.stringify(subresource)}` : ''}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** By which managers are ordered in messages. */
function identity({ manager, operation, apiVersion, subresource }: Manager): string {
  return JSON.stringify({ manager, operation, ...(operation === 'Update' ? { apiVersion } : {}), ...(subresource ? { subresource } : {}) });
}

function refuseConflicts(conflicts: Map<string, FieldSet>, managers: Managers, live: KubernetesObject, context: ApplyContext, type: MergeType): void {
  if (conflicts.size === 0) return;
  const allowed = context.manager === 'kubectl' ? lastAppliedSet(live, context, type) : EMPTY_SET;
  const found: { owner: string; path: string }[] = [];
  const inOrder = [...conflicts].map(([key, set]) => ({ manager: managers.get(key) as Manager, set })).sort((left, right) => (identity(left.manager) < identity(right.manager) ? -1 : 1));
  for (const { manager, set } of inOrder) {
    const owner = managerText(manager);
    for (const path of members(difference(set, allowed))) found.push({ owner, path: pathText(path) });
  }
  if (found.length === 0) return;
  const causes = found.map(({ owner, path }) => ({ reason: 'FieldManagerConflict', message: `conflict with ${owner}`, field: path }));
  throw new StatusError(409, 'Conflict', conflictText(found), { causes });
}

function conflictText(found: { owner: string; path: string }[]): string {
  const [first] = found as [{ owner: string; path: string }];
  if (found.length === 1) return `Apply failed with 1 conflict: conflict with ${first.owner}: ${first.path}`;
  const lines: string[] = [];
  for (const owner of new Set(found.map((conflict) => conflict.owner))) {
    lines.push(`conflicts with ${owner}:`, ...found.filter((conflict) => conflict.owner === owner).map(({ path }) => `- ${path}`));
  }
  return `Apply failed with ${found.length} conflicts: ${lines.join('\n')}`;
}

/** What `kubectl apply` without server-side apply set and nobody changed since: kubectl may take it over. */
function lastAppliedSet(live: KubernetesObject, context: ApplyContext, type: MergeType): FieldSet {
  const text = live.metadata?.annotations?.[LAST_APPLIED];
  if (!text) return EMPTY_SET;
  try {
    const applied = JSON.parse(text) as KubernetesObject;
    if (applied.apiVersion !== context.apiVersion) return EMPTY_SET;
    const { modified, added, removed } = compare(applied, live, type);
    return difference(difference(difference(fieldSetOf(applied, type), modified), added), removed);
  } catch {
    return EMPTY_SET;
  }
}

