import { convertBuiltIn } from '../../api/conversion.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { storedAs } from './object-store.ts';

export function groupVersion(info: { group: string; version: string }): string {
  return info.group ? `${info.group}/${info.version}` : info.version;
}

/**
 * The resource in the version (and group) that rules see: the stored one, and for custom resources that of the request, which are
 * converted only when they are written (`persisted`).
 */
export function storageInfo(context: Pick<ServerContext, 'scheme'>, info: ResourceInfo): ResourceInfo {
  if (!info.builtIn) return info;
  const place = storedAs(info.group, info.resource);
  if (place.group === info.group && info.version === info.storageVersion) return info;
  const version = place.group === info.group ? info.storageVersion : 'v1';
  return context.scheme.resource(place.group, version, place.resource) ?? info;
}

/** An object of the request's version in the stored one. */
export async function toStorage(context: ServerContext, info: ResourceInfo, object: KubernetesObject): Promise<KubernetesObject> {
  const target = storageInfo(context, info);
  return target === info ? object : convert(context, object, target);
}

/** A stored object in the version of the request. */
export function shown(context: ServerContext, info: ResourceInfo, cached: CachedObject): KubernetesObject | Promise<KubernetesObject> {
  return inVersion(context, info, cached.object);
}

export function inVersion(context: ServerContext, info: ResourceInfo, object: KubernetesObject): KubernetesObject | Promise<KubernetesObject> {
  return info.builtIn && object.apiVersion === groupVersion(info) ? object : convert(context, object, info);
}

function convert(context: ServerContext, object: KubernetesObject, target: ResourceInfo): KubernetesObject | Promise<KubernetesObject> {
  if (!target.builtIn && context.convertCustom) return context.convertCustom(object, target);
  return target.builtIn ? convertBuiltIn(object, groupVersion(target)) : { ...object, apiVersion: groupVersion(target) };
}

/** An object that went through the rules, in the form that is stored. */
export function persisted(context: ServerContext, info: ResourceInfo, object: KubernetesObject): KubernetesObject | Promise<KubernetesObject> {
  return !info.builtIn && context.persistCustom ? context.persistCustom(object, info) : object;
}
