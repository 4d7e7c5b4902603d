import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Pod, Secret } from '../../../schema/v1.37/types/core-v1.ts';
import { fieldValue, resourceValue, type PodFacts } from '../container/field-reference.ts';
import { podContainers } from '../pod/specs.ts';
import type { Payload } from './atomic-writer.ts';

const DEFAULT_MODE = 0o644;

/** Files of a ConfigMap or Secret: all keys, or the listed items at their paths. Throws when a listed key is missing. */
export function keyedPayload(data: Map<string, Uint8Array>, items: KeyToPath[] | undefined, defaultMode: number | undefined, optional: boolean, kind: 'config' | 'secret'): Payload {
  const mode = defaultMode ?? DEFAULT_MODE;
  const payload: Payload = new Map();
  if (!items?.length) {
    for (const [key, value] of data) payload.set(key, { data: value, mode });
    return payload;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value) payload.set(item.path, { data: value, mode: item.mode ?? mode, ...(item.user !== undefined ? { user: item.user } : {}) });
    else if (!optional) throw new Error(`references non-existent ${kind} key: ${item.key}`);
  }
  return payload;
}

export function configMapData(map: ConfigMap | undefined): Map<string, Uint8Array> {
  const data = new Map<string, Uint8Array>();
  for (const [key, value] of Object.entries(map?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(map?.binaryData ?? {})) data.set(key, Buffer.from(String(value), 'base64'));
  return data;
}

export function secretData(secret: Secret | undefined): Map<string, Uint8Array> {
  return new Map(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(String(value), 'base64')]));
}

/** Files that tell a pod of itself. */
export function downwardPayload(pod: Pod, items: DownwardAPIVolumeFile[] | undefined, defaultMode: number | undefined, facts: PodFacts, allocatable: Record<string, string | number>): Payload {
  const payload: Payload = new Map();
  for (const item of items ?? []) {
    let text: string | undefined;
    if (item.fieldRef) text = fieldValue(pod, item.fieldRef.fieldPath, facts);
    else if (item.resourceFieldRef) {
      const container = podContainers(pod).find((entry) => entry.spec.name === item.resourceFieldRef?.containerName);
      if (!container) throw new Error(`container ${item.resourceFieldRef.containerName} not found`);
      text = resourceValue(container.spec, item.resourceFieldRef, allocatable);
    }
    if (text === undefined) throw new Error(`unsupported field of downward API file ${item.path}`);
    payload.set(item.path, { data: Buffer.from(text), mode: item.mode ?? defaultMode ?? DEFAULT_MODE, ...(item.user !== undefined ? { user: item.user } : {}) });
  }
  return payload;
}
