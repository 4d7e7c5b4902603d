import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../api/object.ts';
import type { Client, ResourceType } from '../../client/client.ts';

/**
 * Writes the status when it differs and resolves with what stands then; undefined when nothing was written.
 * Throws 409 when the object changed meanwhile; the work queue tries again.
 */
export async function writeStatus<T extends KubernetesObject>(client: Client, type: ResourceType<T>, object: T, status: unknown): Promise<T | undefined> {
  if (isDeepStrictEqual(withoutUndefined(object['status'] ?? {}), withoutUndefined(status))) return undefined;
  try {
    return await client.updateStatus(type, { ...object, status });
  } catch (error) {
    if ((error as { code?: number }).code !== 404) throw error;
    return undefined;
  }
}

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
