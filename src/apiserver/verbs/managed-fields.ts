import { applyConfiguration, checkConfiguration, resetFields, trackUpdate, type ApplyContext, type KindVersions } from '../../api/patch/apply/index.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { ServerContext } from '../context.ts';
import { splitVersion } from '../http/encode-protobuf.ts';
import type { Call } from '../request/call.ts';
import type { WriteParameters } from '../request/options.ts';
import { groupVersion, inVersion, storageInfo } from '../registry/versions.ts';
import { sameFields } from '../metadata/equal.ts';

function applyContext(context: ServerContext, info: ResourceInfo, parameters: WriteParameters, subresource: string): ApplyContext {
  const fields = resetFields(info, subresource);
  return {
    apiVersion: groupVersion(info), kind: info.kind, schema: info.schema, subresource, manager: parameters.fieldManager, time: context.clock.now(),
    ...(fields ? { resetFields: fields } : {}), ...(info.builtIn ? {} : { versions: customVersions(context) }),
  };
}

/** Versions of a custom kind differ in their schema; conversion proper is the webhook's and too slow for this. */
function customVersions(context: ServerContext): KindVersions {
  return {
    schema: (apiVersion, kind) => context.scheme.kind(...splitVersion(apiVersion), kind)?.schema,
    convert: (object, apiVersion) => (object.apiVersion === apiVersion ? object : { ...object, apiVersion }),
  };
}

/**
 * Notes in managedFields which fields this writer now owns, as seen in the version of the request. Sets it on `object`, which is
 * of the storage version and the caller's own.
 */
export async function trackFields(
  context: ServerContext, call: Call, object: KubernetesObject, old: KubernetesObject | undefined, parameters: WriteParameters, subresource: string,
): Promise<KubernetesObject> {
  // Subresources that are other kinds are written in the stored version.
  const info = subresource === '' || subresource === 'status' ? call.resource : storageInfo(context, call.resource);
  const seen = await inVersion(context, info, object);
  const live = old && await inVersion(context, info, old);
  const entries = trackedEntries(live, seen, applyContext(context, info, parameters, subresource));
  const metadata = (object.metadata ??= {});
  if (entries) metadata.managedFields = entries;
  else delete metadata.managedFields;
  return object;
}

/** A list whose items lack their keys says nothing about owners; what is wrong with it is for validation to tell. */
function trackedEntries(live: KubernetesObject | undefined, seen: KubernetesObject, apply: ApplyContext): ReturnType<typeof trackUpdate> {
  try {
    return trackUpdate(live, seen, apply);
  } catch (error) {
    if ((error as Error).name !== 'ListKeyError') throw error;
    return live?.metadata?.managedFields;
  }
}

/** Throws StatusError for what cannot be applied at the request's place, whatever is there. */
export function checkApplied(context: ServerContext, call: Call, configuration: KubernetesObject, parameters: WriteParameters): void {
  checkConfiguration(configuration, applyContext(context, call.resource, parameters, call.info.subresource));
}

/** Server-side apply: the configuration merged into the live object, in the version of the request. */
export async function applyFields(
  context: ServerContext, call: Call, old: KubernetesObject | undefined, configuration: KubernetesObject, parameters: WriteParameters,
): Promise<KubernetesObject> {
  const live = old && await inVersion(context, call.resource, old);
  return applyConfiguration(live, configuration, parameters.force === true, applyContext(context, call.resource, parameters, call.info.subresource)).object;
}

/** A write that changes nothing but the times in managedFields keeps the old times, so that it is no write. In place. */
export function keepFieldTimes(object: KubernetesObject, old: KubernetesObject): void {
  const entries = object.metadata?.managedFields;
  const before = old.metadata?.managedFields;
  if (!entries || !before || entries.length !== before.length) return;
  const same = entries.every((entry, index) => sameFields(entry as Record<string, unknown>, before[index] as Record<string, unknown>, ['time']));
  if (!same || !sameFields(object, old, ['metadata'])) return;
  if (!sameFields(object.metadata as Record<string, unknown>, old.metadata as Record<string, unknown>, ['managedFields', 'resourceVersion'])) return;
  object.metadata = { ...object.metadata, managedFields: before };
}

