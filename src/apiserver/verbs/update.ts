import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import { StatusError, badRequest, conflict, invalid, notFound } from '../../api/status.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { keepGivenEmpty } from '../../api/codec/given-empty.ts';
import { copyJson } from '../../api/codec/json.ts';
import { sameFields } from '../metadata/equal.ts';
import { detached, forWriting } from '../registry/object-store.ts';
import { upstreamPrefix } from '../registry/stored-form.ts';
import { inVersion, persisted, toStorage } from '../registry/versions.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters, type WriteParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from './admission.ts';
import { answerWith } from './answer.ts';
import { createObject, leaseOf } from './create.ts';
import { keepFieldTimes, trackFields } from './managed-fields.ts';
import { oneOwnerEach, prepareChanged, rulesOf, settleNamespace, validateChanged } from './prepare.ts';

export const LOCK_MESSAGE = 'the object has been modified; please apply your changes to the latest version and try again';
/** How often a write without a resourceVersion of its own is tried against concurrent writers. */
const WRITE_ATTEMPTS = 100;

export async function updateVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = writeParameters(call.info.query, 'UpdateOptions', call.userAgent);
  const body = await readObject(context, call, call.resource, parameters.fieldValidation);
  checkName(call, body);
  oneOwnerEach(call, body.metadata as ObjectMeta);
  const rules = rulesOf(context, call.resource);
  const mayCreate = rules?.allowCreateOnUpdate === true && call.info.subresource === '';
  const existing = await context.store.get(call.resource, call.info.namespace, call.info.name);
  if (!existing && mayCreate) {
    checkUid(call, body, { metadata: { uid: '' } });
    delete body.metadata?.resourceVersion;
    delete body.metadata?.uid;
    return answerWith(context, call, await createObject(context, call, body, parameters), 201);
  }
  const stored = await toStorage(context, call.resource, body);
  rules?.default?.(stored);
  const changed = await changeObject(context, call, parameters, (old) => {
    checkUid(call, stored, old);
    return trackFields(context, call, keepGivenEmpty(stored, copyJson(stored)), old, parameters, call.info.subresource);
  });
  return answerWith(context, call, changed);
}

/** A PUT names its object twice; both must agree. */
export function checkName(call: Call, body: KubernetesObject): void {
  const { name, namespace } = call.info;
  const metadata = settleNamespace(body, namespace, call.resource.namespaced);
  if (!metadata.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== name) throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
}

/** Makes the next object from the stored one; both are in the version that rules see, the result is the caller's own. May throw StatusError. */
export type Change = (old: KubernetesObject) => KubernetesObject | Promise<KubernetesObject>;

/** How admission sees an object of which a subresource shows something else: a Scale for a Deployment. */
export interface AdmissionForm {
  /** `isMutable`: before the pass that may change it. */
  shown(object: KubernetesObject, isMutable: boolean): KubernetesObject;
  /** The object with what admission has changed in the form. */
  taken(object: KubernetesObject, shown: KubernetesObject): KubernetesObject;
}

/**
 * Reads, changes, checks and writes one object, again and again until no other writer came between. When the change
 * carries a resourceVersion that is not the stored one, that is a conflict.
 */
export async function changeObject(context: ServerContext, call: Call, parameters: WriteParameters, change: Change, form?: AdmissionForm): Promise<CachedObject> {
  const { resource: info, info: { namespace, name } } = call;
  const warningsBefore = call.warnings.length;
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const old = await context.store.get(info, namespace, name);
    if (!old) throw notFound(info.group, info.resource, name);
    call.warnings.length = warningsBefore;
    const written = await attemptChange(context, call, parameters, old, change, form);
    if (written) return written;
  }
  throw conflict(info.group, info.resource, name, LOCK_MESSAGE);
}

/** A write of the server itself that no kind's rules look at: binding a pod, spending a disruption budget. */
export async function rewriteObject(context: ServerContext, call: Call, dryRun: boolean, change: (old: KubernetesObject) => KubernetesObject | Promise<KubernetesObject>): Promise<CachedObject> {
  const { resource: info, info: { namespace, name } } = call;
  for (let attempt = 0; attempt < WRITE_ATTEMPTS; attempt++) {
    const old = await context.store.get(info, namespace, name);
    if (!old) throw notFound(info.group, info.resource, name);
    const changed = change(old.object);
    const object = forWriting(changed instanceof Promise ? await changed : changed);
    if (sameExceptVersion(object, old.object)) return old;
    if (dryRun) return detached(old.key, object, old.modRevision);
    const written = await context.store.replace(info, object, old.modRevision);
    if (written) return written;
  }
  throw conflict(info.group, info.resource, name, LOCK_MESSAGE);
}

/** undefined: another writer was faster. */
async function attemptChange(context: ServerContext, call: Call, parameters: WriteParameters, cached: CachedObject, change: Change, form?: AdmissionForm): Promise<CachedObject | undefined> {
  const { resource: info, info: { subresource } } = call;
  const old = info.builtIn ? cached.object : await inVersion(context, info, cached.object);
  let object = await change(old);
  const options = { kind: 'UpdateOptions', dryRun: parameters.dryRun, fieldManager: parameters.fieldManager };
  object = await admitChange(context, call, options, object, old, form);
  // What admission refuses is refused whatever the version: it is asked first, as upstream asks it.
  checkIdentity(context, call, object, cached);
  object = prepareChanged(context, call, object, old, subresource);
  delete object.metadata?.resourceVersion;
  keepFieldTimes(object, old);
  const release = await context.allocators.updating(info, subresource, object, old, parameters.dryRun);
  try {
    validateChanged(context, call, object, old, subresource);
    const [seen, seenOld] = form ? [form.shown(object, false), form.shown(old, false)] : [object, old];
    await validateAdmission(context, admissionAttributes(call, 'UPDATE', withVersion(seen, cached), seenOld, options));
    const stored = await persisted(context, info, object);
    if (!cached.stale && sameExceptVersion(stored, cached.object)) return release(), cached;
    if (parameters.dryRun) return release(), detached(cached.key, object, cached.modRevision);
    if (emptied(object, old)) {
      const removed = await context.store.remove(info, cached);
      if (!removed) return release(), undefined;
      await context.allocators.deleted(info, old);
      return detached(cached.key, object, removed.modRevision);
    }
    const written = await context.store.replace(info, stored, cached.modRevision, leaseOf(context, call));
    if (written) await context.allocators.updated(info, object, old);
    else release();
    return written;
  } catch (error) {
    release();
    throw error;
  }
}

/** The mutating pass. */
async function admitChange(
  context: ServerContext, call: Call, options: { kind: string; dryRun: boolean }, object: KubernetesObject, old: KubernetesObject, form: AdmissionForm | undefined,
): Promise<KubernetesObject> {
  const shown = form ? form.shown(object, true) : object;
  const attributes = admissionAttributes(call, 'UPDATE', shown, form ? form.shown(old, true) : old, options);
  const ran = await admit(context, attributes);
  const admitted = attributes.object as KubernetesObject;
  if (!ran) return object;
  const changed = form ? form.taken(object, admitted) : admitted;
  if (!form) settleNamespace(changed, call.info.namespace, call.resource.namespaced);
  rulesOf(context, call.resource)?.default?.(changed);
  return changed;
}

const withVersion = (object: KubernetesObject, { modRevision }: CachedObject): KubernetesObject => ({ ...object, metadata: { ...object.metadata, resourceVersion: String(modRevision) } });

/** The uid of a PUT is a precondition. */
export function checkUid(call: Call, object: KubernetesObject, old: KubernetesObject): void {
  const { resource: info, info: { namespace, name } } = call;
  const uid = object.metadata?.uid;
  if (!uid || uid === old.metadata?.uid) return;
  const key = `${upstreamPrefix(info)}${namespace ? `${namespace}/` : ''}${name}`.slice('/registry'.length);
  const detail = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata?.uid}`;
  throw conflict(info.group, info.resource, name, `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${detail}`);
}

/** The resourceVersion, where given, must be that of what is stored. */
function checkIdentity(context: ServerContext, call: Call, object: KubernetesObject, cached: CachedObject): void {
  const { resource: info, info: { name } } = call;
  const metadata = object.metadata as ObjectMeta;
  if (metadata.resourceVersion && metadata.resourceVersion !== '0') {
    if (!/^\d+$/.test(metadata.resourceVersion)) throw new StatusError(500, '', `strconv.ParseUint: parsing ${JSON.stringify(metadata.resourceVersion)}: invalid syntax`);
    if (metadata.resourceVersion !== String(cached.modRevision)) throw conflict(info.group, info.resource, name, LOCK_MESSAGE);
  } else if (rulesOf(context, info)?.requireResourceVersionOnUpdate || (!info.builtIn && call.info.subresource !== 'scale')) {
    throw invalid(info.group, info.resource, name, [{ type: 'FieldValueInvalid', field: 'metadata.resourceVersion', detail: 'Invalid value: 0: must be specified for an update' }]);
  }
}

/** The last finalizer went from an object that is being deleted and has no time left: it goes now. */
function emptied(object: KubernetesObject, old: KubernetesObject): boolean {
  // A namespace is held by a list of its own as well.
  if (object.kind === 'Namespace' && (object['spec'] as { finalizers?: string[] } | undefined)?.finalizers?.length) return false;
  return !object.metadata?.finalizers?.length && old.metadata?.deletionTimestamp !== undefined && !old.metadata.deletionGracePeriodSeconds;
}

function sameExceptVersion(object: KubernetesObject, old: KubernetesObject): boolean {
  return sameFields(object, old, ['metadata'])
    && sameFields(object.metadata as Record<string, unknown>, old.metadata as Record<string, unknown>, ['resourceVersion']);
}
