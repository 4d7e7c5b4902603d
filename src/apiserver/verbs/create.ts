import { nameSuffix } from '../../base/random.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { StatusError, alreadyExists } from '../../api/status.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { detached } from '../registry/object-store.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters, type WriteParameters } from '../request/options.ts';
import { decodeObject } from '../../api/codec/json.ts';
import { readObject } from '../request/read-object.ts';
import { persisted, toStorage } from '../registry/versions.ts';
import { copyJson } from '../../api/codec/json.ts';
import { admissionAttributes, admit, validateAdmission } from './admission.ts';
import { answerWith } from './answer.ts';
import { oneOwnerEach, prepareNew, rulesOf, settleNamespace, validateNew } from './prepare.ts';
import { trackFields } from './managed-fields.ts';

/** What clients may say of a new object and the server does not hear. */
export const SERVERS_OWN = ['resourceVersion', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'uid', 'creationTimestamp'] as const;
const GENERATE_ATTEMPTS = 8;
/** A generated name keeps this much of its prefix, so that it stays a label with the suffix. */
const GENERATE_PREFIX_LENGTH = 58;

export async function createVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const object = await readObject(context, call, call.resource, parameters.fieldValidation);
  return answerWith(context, call, await createObject(context, call, object, parameters), 201);
}

/** Creates from an object in the request's version, which becomes the server's to change. */
export async function createObject(context: ServerContext, call: Call, body: KubernetesObject, parameters: WriteParameters): Promise<CachedObject> {
  const info = call.resource;
  const metadata = settleNamespace(body, call.info.namespace, info.namespaced);
  if (metadata.resourceVersion && !parameters.dryRun) throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  for (const key of SERVERS_OWN) delete metadata[key];
  oneOwnerEach(call, metadata);
  const rules = rulesOf(context, info);
  const object = await toStorage(context, info, body);
  rules?.default?.(object);
  return admitNew(context, call, await trackFields(context, call, object, undefined, parameters, ''), parameters);
}

/** Creates what a server-side apply found nothing for; its managedFields are made already. */
export async function persistApplied(context: ServerContext, call: Call, applied: KubernetesObject, parameters: WriteParameters): Promise<CachedObject> {
  const object = decodeObject<KubernetesObject>(applied, call.resource.schema).object;
  const stored = await toStorage(context, call.resource, object);
  rulesOf(context, call.resource)?.default?.(stored);
  return admitNew(context, call, stored, parameters);
}

async function admitNew(context: ServerContext, call: Call, tracked: KubernetesObject, parameters: WriteParameters): Promise<CachedObject> {
  const rules = rulesOf(context, call.resource);
  let object = tracked;
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun, fieldManager: parameters.fieldManager });
  if (await admit(context, attributes)) {
    object = attributes.object as KubernetesObject;
    settleNamespace(object, call.info.namespace, call.resource.namespaced);
    rules?.default?.(object);
  }
  const generate = !object.metadata?.name && object.metadata?.generateName;
  if (!generate) return persistNew(context, call, object, parameters);
  for (let attempt = 1; ; attempt++) {
    const copy = copyJson(object);
    (copy.metadata as { name?: string }).name = rules?.plainGeneratedNames ? generate : generate.slice(0, GENERATE_PREFIX_LENGTH) + nameSuffix(5, context.random);
    try {
      return await persistNew(context, call, copy, parameters);
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists' || attempt === GENERATE_ATTEMPTS) throw error;
    }
  }
}

/** From prepared-by-admission to stored. */
export async function persistNew(context: ServerContext, call: Call, object: KubernetesObject, parameters: WriteParameters): Promise<CachedObject> {
  const info = call.resource;
  prepareNew(context, call, object);
  const release = await context.allocators.creating(info, object, parameters.dryRun);
  try {
    validateNew(context, call, object);
    await validateAdmission(context, admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun, fieldManager: parameters.fieldManager }));
    return await insert(context, call, object, parameters);
  } catch (error) {
    release();
    throw error;
  }
}

async function insert(context: ServerContext, call: Call, object: KubernetesObject, parameters: WriteParameters): Promise<CachedObject> {
  const info = call.resource;
  const name = object.metadata?.name as string;
  if (parameters.dryRun) {
    const existing = await context.store.get(info, object.metadata?.namespace ?? '', name);
    if (existing) throw alreadyExists(info.group, info.resource, name);
    return detached('', object, 0);
  }
  try {
    return await context.store.insert(info, await persisted(context, info, object), leaseOf(context, call));
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
    const existing = await context.store.get(info, object.metadata?.namespace ?? '', name);
    if (!existing?.object.metadata?.deletionTimestamp) throw error;
    throw new StatusError(409, 'AlreadyExists', `object is being deleted: ${error.message}`, error.details);
  }
}

/** Events are forgotten after a while; everything else stays. */
export function leaseOf(context: ServerContext, call: Call): number | undefined {
  const isEvent = call.resource.resource === 'events' && (call.resource.group === '' || call.resource.group === 'events.k8s.io');
  return isEvent ? context.flags.eventTtlSeconds * 1000 : undefined;
}
