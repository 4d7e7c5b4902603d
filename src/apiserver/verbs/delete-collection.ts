import type { ServerContext } from '../context.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { Answer, Call } from '../request/call.ts';
import { checkResourceVersion, deleteParameters, listParameters } from '../request/options.ts';
import { readDeleteOptions } from '../request/read-object.ts';
import { selection } from '../request/selection.ts';
import { matchingConverted } from './list.ts';
import { deleteObject, isGone, warnOfOrphans } from './delete.ts';

const PARALLEL = 16;

/** Deletes everything a list with the same selectors shows, and answers with that list. */
export async function deleteCollectionVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = deleteParameters(call.info.query, await readDeleteOptions(context, call));
  const list = listParameters(call.info.query, false, false);
  const { scope, filter, afterConversion } = selection(context, call, list);
  warnOfOrphans(call, parameters);
  checkResourceVersion(list.resourceVersion, false);
  const hub = await context.store.fresh(call.resource);
  const { objects: found, revision } = await hub.list({ ...scope, ...(filter ? { filter } : {}) });
  const objects = afterConversion ? await matchingConverted(context, call, found, afterConversion) : found;
  const waiting: CachedObject[] = [...objects].reverse();
  const worker = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { namespace = '', name = '' } = next.object.metadata ?? {};
      const own: Call = { ...call, info: { ...call.info, namespace, name } };
      try {
        await deleteObject(context, own, name, parameters);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, objects.length) }, worker));
  return { type: 'list', items: objects, metadata: { resourceVersion: String(revision) } };
}
