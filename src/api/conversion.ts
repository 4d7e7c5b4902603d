/** Built-in kinds that are served in more than one form, and where each is stored. Conversion keeps the object it is given unchanged. */
import { convertAutoscaler } from './conversion/autoscaling.ts';
import { convertEvent } from './conversion/events.ts';
import type { KubernetesObject } from './object.ts';
import type { ResourceInfo } from './schema.ts';

export interface StoragePlace { group: string; version: string; resource: string; apiVersion: string }

/** Where objects of a resource are kept: `events.k8s.io` events are core events. */
export function storagePlace(info: ResourceInfo): StoragePlace {
  const group = info.builtIn && info.group === 'events.k8s.io' ? '' : info.group;
  return { group, version: info.storageVersion, resource: info.resource, apiVersion: group ? `${group}/${info.storageVersion}` : info.storageVersion };
}

const CONVERTED: Record<string, (object: KubernetesObject, apiVersion: string) => KubernetesObject> = {
  'v1/Event': convertEvent, 'events.k8s.io/v1/Event': convertEvent,
  'autoscaling/v1/HorizontalPodAutoscaler': convertAutoscaler, 'autoscaling/v2/HorizontalPodAutoscaler': convertAutoscaler,
};

/** The object in another version of its built-in kind; the same object when it is in that version already. */
export function convertBuiltIn(object: KubernetesObject, apiVersion: string): KubernetesObject {
  if (object.apiVersion === apiVersion) return object;
  const convert = CONVERTED[`${object.apiVersion}/${object.kind}`];
  return convert ? convert(object, apiVersion) : { ...object, apiVersion };
}

/** True when objects of the resource are stored in another form than it is served in. */
export function needsConversion(info: ResourceInfo): boolean {
  const place = storagePlace(info);
  return info.builtIn && (place.group !== info.group || place.version !== info.version);
}
