import { formatTime } from '../../base/clock.ts';
import type { KindRules } from '../../api/kind-rules.ts';
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { conflict } from '../../api/status.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { Call } from '../request/call.ts';
import type { DeleteParameters } from '../request/options.ts';

/** Whether the first deletion of a kind only marks, without grace or a new generation, so that a controller can empty what it contains. */
export function marksFirst({ group, resource }: ResourceInfo): boolean {
  return (resource === 'namespaces' && group === '') || (resource === 'customresourcedefinitions' && group === 'apiextensions.k8s.io');
}

/** A namespace that is going already and whose own finalizers still hold it. */
export function waitsForOthers({ metadata, spec }: KubernetesObject & { spec?: unknown }): boolean {
  return metadata?.deletionTimestamp !== undefined && ((spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0) > 0;
}

/** The object marked by its first deletion; the finalizers are what the request makes of those it has. Pure. */
export function firstMark(rules: KindRules | undefined, object: KubernetesObject, finalizers: string[], now: number): KubernetesObject {
  if (rules?.beforeDelete) {
    const next = rules.beforeDelete(object, now);
    return { ...next, metadata: { ...next.metadata, deletionTimestamp: formatTime(now) } };
  }
  const metadata: ObjectMeta = { ...object.metadata, deletionTimestamp: formatTime(now) };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  return { ...object, metadata, status: { ...(object['status'] as object | undefined), phase: 'Terminating' } };
}

/** These kinds tell broken preconditions in their own words. */
export function checkMarkPreconditions({ resource: { group, resource } }: Call, { object: { metadata }, modRevision }: CachedObject, { preconditions: { uid, resourceVersion } }: DeleteParameters): void {
  const opening = group === '' ? 'Precondition failed' : 'precondition failed';
  const refuse = (what: string, wanted: string, found: string | undefined): never => {
    throw conflict(group, resource, metadata?.name ?? '', `${opening}: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`);
  };
  if (uid !== undefined && uid !== metadata?.uid) refuse('UID', uid, metadata?.uid);
  if (resourceVersion !== undefined && resourceVersion !== String(modRevision)) refuse('ResourceVersion', resourceVersion, String(modRevision));
}
