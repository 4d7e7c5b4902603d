import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { RUNTIME_CLASSES } from '../../client/resources.ts';

const HANDLERS = new Set(['', 'runc']);

/** Throws when the pod's runtime class is not there or asks for a handler that this node does not have. */
export async function checkRuntimeClass(client: Client, pod: Pod): Promise<void> {
  const name = pod.spec?.runtimeClassName;
  if (!name) return;
  const runtimeClass = await client.get(RUNTIME_CLASSES, undefined, name);
  if (!HANDLERS.has(runtimeClass.handler)) throw new Error(`failed to get sandbox runtime: no runtime for "${runtimeClass.handler}" is configured`);
}
