import type { KubernetesObject } from '../../api/object.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import type { WriteParameters } from '../request/options.ts';
import { sameFields } from '../metadata/equal.ts';

/** Notes in managedFields which fields this writer now owns. Answers with the object that carries them. */
export function trackFields(
  context: ServerContext, call: Call, object: KubernetesObject, old: KubernetesObject | undefined, parameters: WriteParameters, subresource: string,
): KubernetesObject {
  return context.managedFields?.track({
    info: call.resource, object, old, manager: parameters.fieldManager, subresource, now: context.clock.now(),
  }) ?? object;
}

/** A write that changes nothing but the times in managedFields keeps the old times, so that it is no write. In place. */
export function keepFieldTimes(object: KubernetesObject, old: KubernetesObject): void {
  const entries = object.metadata?.managedFields;
  const before = old.metadata?.managedFields;
  if (!entries || !before || entries.length !== before.length) return;
  const apart = entries.every((entry, index) => sameFields(entry as Record<string, unknown>, before[index] as Record<string, unknown>, ['time']));
  if (!apart || !sameFields(object, old, ['metadata'])) return;
  if (!sameFields(object.metadata as Record<string, unknown>, old.metadata as Record<string, unknown>, ['managedFields', 'resourceVersion'])) return;
  object.metadata = { ...object.metadata, managedFields: before };
}
