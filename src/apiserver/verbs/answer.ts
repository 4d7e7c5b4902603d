import type { KubernetesObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { shown } from '../registry/versions.ts';
import type { Answer, Call } from '../request/call.ts';

/** An answer that is one object of the store, in the version of the request. */
export async function answerWith(context: ServerContext, call: Call, cached: CachedObject, code = 200): Promise<Answer> {
  const object = await shown(context, call.resource, cached);
  return { type: 'object', code, object, ...(object === cached.object ? { stored: cached } : {}) };
}

export function answerPlain(object: KubernetesObject, code = 200): Answer {
  return { type: 'object', code, object };
}

/** What a delete answers when the object is gone at once. */
export function deletedStatus(call: Call, object: KubernetesObject): Status {
  return {
    kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success',
    details: {
      name: object.metadata?.name, ...(call.resource.group ? { group: call.resource.group } : {}), kind: call.resource.resource, uid: object.metadata?.uid,
    },
  };
}
