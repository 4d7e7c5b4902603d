import { formatTime, sleep } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { decodeObject } from '../../api/codec/json.ts';
import { StatusError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { copyJson } from '../../api/codec/json.ts';
import { sameJson } from '../metadata/equal.ts';
import type { Call } from '../request/call.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { ownWrite } from '../subresources/related-call.ts';
import { createObject } from '../verbs/create.ts';
import { deleteObject, isGone } from '../verbs/delete.ts';
import { dispatch, makeCall } from '../verbs/dispatch.ts';
import { trackFields } from '../verbs/managed-fields.ts';
import { PATCH_TYPES } from '../verbs/patch-types.ts';
import { changeObject, rewriteObject } from '../verbs/update.ts';

/** Writes of the server on its own account: past admission, by the verbs of everybody else. */
const SERVER = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

const APPEARS_ATTEMPTS = 20;
const APPEARS_MILLISECONDS = 50;

export interface EnsureOptions {
  /** Fields that are made what they should be when the object is there already. */
  owned?: string[];
  manager?: string;
  /** Set once, when the object has no status conditions. Conditions without a time get one. */
  status?: { conditions: Record<string, unknown>[] };
}

/** Admission and the kinds' validation are for what other people write. */
function trusting(context: ServerContext): ServerContext {
  const kindRules: ServerContext['kindRules'] = (group, kind) => {
    const rules = context.kindRules(group, kind);
    return rules && { ...rules, validate: undefined, validateUpdate: undefined, warnings: undefined };
  };
  return { ...context, admission: [], kindRules };
}

/** Creates the object unless it is there; then mends the owned fields. */
export async function ensureAsServer(outside: ServerContext, collection: string, object: KubernetesObject, options: EnsureOptions = {}): Promise<void> {
  const context = trusting(outside);
  const { owned = [], manager = 'kube-apiserver' } = options;
  const call = serverCall(context, 'POST', collection);
  const decoded = decodeObject<KubernetesObject>(object, call.resource.schema).object;
  const name = object.metadata?.name ?? '';
  const existing = await context.store.get(call.resource, object.metadata?.namespace ?? '', name);
  if (!existing) await createUnlessThere(context, call, decoded, manager);
  else if (owned.some((field) => !sameJson(existing.object[field], decoded[field]))) {
    await changeObject(context, serverCall(context, 'PUT', `${collection}/${name}`), ownWrite(false, manager), (old) => {
      const next = copyJson(old);
      for (const field of owned) next[field] = decoded[field];
      return next;
    });
  }
  if (options.status) await leavingGone(setConditions(context, `${collection}/${name}`, options.status.conditions, false));
}

async function createUnlessThere(context: ServerContext, call: Call, object: KubernetesObject, manager: string): Promise<void> {
  try {
    await createObject(context, call, object, ownWrite(false, manager));
  } catch (error) {
    // Another server of the cluster was first, or is about to be: it holds the address of a Service before the Service is there.
    if (error instanceof StatusError && (error.reason === 'AlreadyExists' || await appears(context, call, object))) return;
    throw error;
  }
}

async function appears(context: ServerContext, call: Call, { metadata }: KubernetesObject): Promise<boolean> {
  for (let attempt = 0; attempt < APPEARS_ATTEMPTS; attempt++) {
    if (await context.store.get(call.resource, metadata?.namespace ?? '', metadata?.name ?? '')) return true;
    await sleep(APPEARS_MILLISECONDS);
  }
  return false;
}

/** Writes status.conditions as kube-apiserver; with `replace` also where there are conditions already. */
export async function setConditions(context: ServerContext, path: string, conditions: Record<string, unknown>[], replace: boolean): Promise<void> {
  const now = formatTime(context.clock.now());
  const call = serverCall(context, 'PUT', path);
  const parameters = ownWrite(false, 'kube-apiserver');
  await rewriteObject(context, call, false, (old) => {
    const before = (old['status'] as { conditions?: Record<string, unknown>[] } | undefined)?.conditions ?? [];
    const next = before.length && !replace ? before : withConditions(before, conditions.map((condition) => ({ lastTransitionTime: now, ...condition })));
    if (sameJson(next, before)) return old;
    return trackFields(context, call, { ...copyJson(old), status: { ...(old['status'] as object | undefined), conditions: next } }, old, parameters, 'status');
  });
}

/** Each condition at its type's place, with its time where it says nothing new; those of others stay. */
function withConditions(before: Record<string, unknown>[], conditions: Record<string, unknown>[]): Record<string, unknown>[] {
  const result = [...before];
  for (const condition of conditions) {
    const at = result.findIndex(({ type }) => type === condition['type']);
    const old = result[at];
    if (!old) result.push(condition);
    else if (!sameJson({ ...old, lastTransitionTime: '' }, { ...condition, lastTransitionTime: '' })) result[at] = old['status'] === condition['status'] ? { ...condition, lastTransitionTime: old['lastTransitionTime'] } : condition;
  }
  return result;
}

/** Changes an object as its manager; gone ones are left gone. */
export async function updateAsServer(outside: ServerContext, path: string, manager: string, change: (old: KubernetesObject) => KubernetesObject): Promise<void> {
  const context = trusting(outside);
  const call = serverCall(context, 'PUT', path);
  const parameters = ownWrite(false, manager);
  await leavingGone(changeObject(context, call, parameters, (old) => trackFields(context, call, copyJson(change(old)), old, parameters, '')));
}

/** Applies a status as its manager, over whatever others say; gone ones are left gone. */
export async function applyStatusAsServer(outside: ServerContext, path: string, manager: string, status: object): Promise<void> {
  const context = trusting(outside);
  const call = serverCall(context, 'PATCH', `${path}/status?fieldManager=${manager}&force=true`);
  const { group, version, kind } = call.resource;
  call.body = { ...call.body, contentType: PATCH_TYPES.apply, object: { apiVersion: group ? `${group}/${version}` : version, kind, metadata: { name: call.info.name }, status } };
  await leavingGone(dispatch(context, call));
}

async function leavingGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

export async function deleteAsServer(outside: ServerContext, path: string): Promise<void> {
  const context = trusting(outside);
  const call = serverCall(context, 'DELETE', path);
  await leavingGone(deleteObject(context, call, call.info.name, { dryRun: false, gracePeriodSeconds: undefined, orphanDependents: undefined, propagationPolicy: undefined, preconditions: {} }));
}

export function serverCall(context: ServerContext, method: string, path: string): Call {
  return makeCall(context, parseRequestInfo(method, path), {
    user: SERVER, userAgent: 'kube-apiserver', signal: new AbortController().signal, body: { contentType: '', bytes: () => Promise.resolve(new Uint8Array()) },
  });
}
