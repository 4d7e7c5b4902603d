import { formatTime, parseTime } from '../../base/clock.ts';
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import { StatusError, conflict, internalError, notFound, qualifiedResource } from '../../api/status.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { sameJson } from '../metadata/equal.ts';
import { detached, forWriting, storedAs } from '../registry/object-store.ts';
import { upstreamPrefix } from '../registry/stored-form.ts';
import type { Answer, Call } from '../request/call.ts';
import { deleteParameters, type DeleteParameters } from '../request/options.ts';
import { readDeleteOptions } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from './admission.ts';
import { answerWith, deletedStatus } from './answer.ts';
import { checkMarkPreconditions, firstMark, marksFirst, waitsForOthers } from './first-mark.ts';
import { rulesOf } from './prepare.ts';

/** Kinds whose delete answers with the deleted object instead of a Status. */
const RETURNS_OBJECT = new Set([
  'pods', 'services', 'podtemplates', 'serviceaccounts', 'persistentvolumes', 'persistentvolumeclaims', 'resourcequotas',
  'resourceclaims.resource.k8s.io', 'resourceclaimtemplates.resource.k8s.io', 'resourceslices.resource.k8s.io', 'deviceclasses.resource.k8s.io',
  'csidrivers.storage.k8s.io', 'csinodes.storage.k8s.io', 'storageclasses.storage.k8s.io', 'volumeattachments.storage.k8s.io',
]);
/** Kinds the garbage collector leaves alone, so that its finalizers make no sense on them. */
const NO_GARBAGE_COLLECTION = new Set(['events']);
/** Whose dependents stay when nothing else is said, as they did before there was a garbage collector. */
const ORPHANS_BY_DEFAULT = new Set(['v1/replicationcontrollers', 'batch/v1/jobs']);
/** Of them, those whose users are told. */
const ORPHAN_WARNINGS: Partial<Record<string, string>> = {
  'batch/v1/jobs': 'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
};
const DELETE_ATTEMPTS = 100;

/** Dependents may stay behind without anybody having asked for it. */
export function warnOfOrphans(call: Call, parameters: DeleteParameters): void {
  if (parameters.propagationPolicy !== undefined || parameters.orphanDependents !== undefined) return;
  const { group, version, resource } = call.resource;
  const warning = ORPHAN_WARNINGS[`${group}/${version}/${resource}`];
  if (warning) call.warnings.push(warning);
}

export async function deleteVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = deleteParameters(call.info.query, await readDeleteOptions(context, call));
  if (parameters.unreadable) return deleteUnreadable(context, call);
  warnOfOrphans(call, parameters);
  const outcome = await deleteObject(context, call, call.info.name, parameters);
  const returnsObject = RETURNS_OBJECT.has(qualifiedResource(call.resource.group, call.resource.resource));
  if (outcome.gone && !returnsObject) return { type: 'object', code: 200, object: deletedStatus(call, outcome.cached.object) as unknown as KubernetesObject };
  return answerWith(context, call, outcome.cached, 200);
}

/** Kinds of which upstream cannot delete an unreadable object. */
const ALWAYS_READ = new Set(['namespaces', ...['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'].map((resource) => `${resource}.rbac.authorization.k8s.io`)]);

/** All that is in the memory of this server could be read, so this is always refused. Throws. */
async function deleteUnreadable(context: ServerContext, call: Call): Promise<never> {
  const { resource: info, info: { namespace, name } } = call;
  if (ALWAYS_READ.has(qualifiedResource(info.group, info.resource))) {
    throw internalError('no unsafe deleter provided, can not honor ignoreStoreReadErrorWithClusterBreakingPotential');
  }
  if (!await context.store.get(info, namespace, name)) throw notFound(info.group, info.resource, name);
  const key = `${upstreamPrefix({ ...info, ...storedAs(info.group, info.resource) })}${namespace ? `${namespace}/` : ''}${name}`;
  throw conflict(info.group, info.resource, name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: unsafe deletion is not allowed because the object is decodable from storage`);
}

export interface DeleteOutcome { gone: boolean; cached: CachedObject }

/** Deletes at once, or marks as being deleted while a grace period or finalizers hold it. `isAdmitted`: admission is not asked about it again. */
export async function deleteObject(context: ServerContext, call: Call, name: string, parameters: DeleteParameters, isAdmitted = false): Promise<DeleteOutcome> {
  const info = call.resource;
  for (let attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
    const cached = await context.store.get(info, call.info.namespace, name);
    if (!cached) throw notFound(info.group, info.resource, name);
    const outcome = await attemptDelete(context, call, cached, parameters, isAdmitted);
    if (outcome) return outcome;
  }
  throw conflict(info.group, info.resource, name, 'too many concurrent writers');
}

async function attemptDelete(context: ServerContext, call: Call, cached: CachedObject, parameters: DeleteParameters, isAdmitted: boolean): Promise<DeleteOutcome | undefined> {
  const info = call.resource;
  const marks = marksFirst(info);
  if (marks && call.info.verb !== 'deletecollection') checkMarkPreconditions(call, cached, parameters);
  else checkPreconditions(call, cached, parameters);
  if (marks && waitsForOthers(cached.object)) return { gone: false, cached };
  if (!isAdmitted) await admitDelete(context, call, cached.object, parameters);
  const grace = gracefully(context, call, cached.object, parameters);
  const marked = marks && !cached.object.metadata?.deletionTimestamp;
  const next = marked ? firstMark(rulesOf(context, info), cached.object, deletionFinalizers(cached.object.metadata ?? {}, parameters, false), context.clock.now()) : afterDelete(cached.object, parameters, {
    now: context.clock.now(), collects: !NO_GARBAGE_COLLECTION.has(info.resource),
    orphans: ORPHANS_BY_DEFAULT.has(`${info.group ? `${info.group}/` : ''}${info.version}/${info.resource}`),
    graceSeconds: grace,
  });
  if (next === 'pending') return { gone: false, cached };
  if (next === 'gone') {
    const last = (): KubernetesObject => (grace === undefined ? cached.object : ended(cached.object, context.clock.now()));
    if (parameters.dryRun) return { gone: true, cached: detached(cached.key, last(), cached.modRevision) };
    const removed = await context.store.remove(info, cached);
    if (removed) await context.allocators.deleted(info, cached.object);
    return removed && { gone: true, cached: grace === undefined ? removed : detached(removed.key, last(), removed.modRevision) };
  }
  if (sameJson(next, cached.object)) return { gone: false, cached };
  const waiting = forWriting(next);
  if (parameters.dryRun) return { gone: false, cached: detached(cached.key, waiting, cached.modRevision) };
  const written = await context.store.replace(info, waiting, cached.modRevision);
  return written && { gone: false, cached: written };
}

/** The last that is seen of an object whose kind is deleted gracefully. */
function ended(object: KubernetesObject, now: number): KubernetesObject {
  const deletionTimestamp = object.metadata?.deletionTimestamp ?? formatTime(now);
  const { generation = 0, deletionTimestamp: marked } = object.metadata ?? {};
  return { ...object, metadata: { ...object.metadata, ...(generation > 0 && !marked ? { generation: generation + 1 } : {}), deletionTimestamp, deletionGracePeriodSeconds: 0 } };
}

/** As they were given; those of a namespace name the one that was found. */
function preconditionsOf({ resource }: Call, old: KubernetesObject, { preconditions }: DeleteParameters): { preconditions?: object } {
  const given = resource.group === '' && resource.resource === 'namespaces' ? { uid: old.metadata?.uid, ...preconditions } : preconditions;
  return Object.values(given).some((value) => value !== undefined) ? { preconditions: given } : {};
}

async function admitDelete(context: ServerContext, call: Call, old: KubernetesObject, parameters: DeleteParameters): Promise<void> {
  const attributes = admissionAttributes(call, 'DELETE', undefined, old, {
    kind: 'DeleteOptions', dryRun: parameters.dryRun, gracePeriodSeconds: parameters.gracePeriodSeconds, propagationPolicy: parameters.propagationPolicy, ...preconditionsOf(call, old, parameters),
  });
  // A request for all of a collection names none.
  if (call.info.verb === 'deletecollection') attributes.name = '';
  await admit(context, attributes);
  await validateAdmission(context, attributes);
}

function checkPreconditions(call: Call, cached: CachedObject, parameters: DeleteParameters): void {
  const { uid, resourceVersion } = parameters.preconditions;
  const { kind } = call.resource;
  const { group } = storedAs(call.resource.group, call.resource.resource);
  const name = cached.object.metadata?.name ?? '';
  const found = cached.object.metadata?.uid;
  if (uid !== undefined && uid !== found) {
    throw conflict(group, kind, name, `the UID in the precondition (${uid}) does not match the UID in record (${found}). The object might have been deleted and then recreated`);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(cached.modRevision)) {
    throw conflict(group, kind, name, `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${cached.modRevision}). The object might have been modified`);
  }
}

/** Seconds to grant a kind that is deleted gracefully; undefined for the others. */
function gracefully(context: ServerContext, call: Call, object: KubernetesObject, parameters: DeleteParameters): number | undefined {
  const requested = parameters.gracePeriodSeconds !== undefined && parameters.gracePeriodSeconds < 0 ? 1 : parameters.gracePeriodSeconds;
  const rules = rulesOf(context, call.resource);
  return rules?.graceSeconds ? rules.graceSeconds(object, requested) : undefined;
}

export interface DeleteSituation {
  now: number;
  /** undefined: the kind knows no grace. */
  graceSeconds: number | undefined;
  collects: boolean;
  /** What becomes of dependents when neither the request nor a finalizer says. */
  orphans: boolean;
}

/** The object after a delete request: changed, gone, or as it was because it is being deleted already. Pure. */
export function afterDelete(object: KubernetesObject, parameters: DeleteParameters, situation: DeleteSituation): KubernetesObject | 'gone' | 'pending' {
  const old = object.metadata as ObjectMeta;
  const finalizers = situation.collects ? deletionFinalizers(old, parameters, situation.orphans) : old.finalizers ?? [];
  const metadata: ObjectMeta = { ...old };
  if (finalizers.length) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const graceful = situation.graceSeconds === undefined ? 'no' : startGrace(metadata, old, parameters, situation.graceSeconds, situation.now);
  if (graceful === 'pending') return sameJson(old.finalizers ?? [], finalizers) ? 'pending' : { ...object, metadata };
  if (graceful === 'yes') return { ...object, metadata };
  if (!finalizers.length) return 'gone';
  if (!old.deletionTimestamp && (old.generation ?? 0) > 0) metadata.generation = (old.generation as number) + 1;
  if (!old.deletionTimestamp || parseTime(old.deletionTimestamp) > situation.now) metadata.deletionTimestamp = formatTime(situation.now);
  metadata.deletionGracePeriodSeconds = 0;
  return { ...object, metadata };
}

function deletionFinalizers(metadata: ObjectMeta, parameters: DeleteParameters, orphans: boolean): string[] {
  const kept = (metadata.finalizers ?? []).filter((name) => name !== 'orphan' && name !== 'foregroundDeletion');
  const standing = metadata.finalizers?.find((name) => name === 'orphan' || name === 'foregroundDeletion');
  const { orphanDependents, propagationPolicy } = parameters;
  if (orphanDependents !== undefined) return orphanDependents ? [...kept, 'orphan'] : kept;
  if (propagationPolicy === 'Orphan') return [...kept, 'orphan'];
  if (propagationPolicy === 'Foreground') return [...kept, 'foregroundDeletion'];
  if (propagationPolicy === 'Background') return kept;
  if (standing) return [...kept, standing];
  return orphans ? [...kept, 'orphan'] : kept;
}

/** Starts or shortens the grace period, in place. `pending`: a grace period runs and stays as it is; `no`: without grace. */
function startGrace(metadata: ObjectMeta, old: ObjectMeta, parameters: DeleteParameters, seconds: number, now: number): 'yes' | 'no' | 'pending' {
  if (old.deletionTimestamp) {
    const running = old.deletionGracePeriodSeconds ?? 0;
    if (running === 0) return 'no';
    if (parameters.gracePeriodSeconds === undefined) return 'pending';
    let period = Math.max(parameters.gracePeriodSeconds < 0 ? 1 : parameters.gracePeriodSeconds, 0);
    if (period >= running) return 'pending';
    let end = parseTime(old.deletionTimestamp) - running * 1000 + period * 1000;
    if (end < now) {
      end = now;
      if (period !== 0) period = 1;
    }
    metadata.deletionTimestamp = formatTime(end);
    metadata.deletionGracePeriodSeconds = period;
    return period === 0 ? 'no' : 'yes';
  }
  if (seconds === 0) return 'no';
  metadata.deletionTimestamp = formatTime(now + seconds * 1000);
  metadata.deletionGracePeriodSeconds = seconds;
  if ((old.generation ?? 0) > 0) metadata.generation = (old.generation as number) + 1;
  return 'yes';
}

export function isGone(error: unknown): boolean {
  return error instanceof StatusError && error.reason === 'NotFound';
}
