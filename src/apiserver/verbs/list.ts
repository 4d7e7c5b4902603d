import type { KubernetesObject, ListMeta } from '../../api/object.ts';
import { StatusError, qualifiedResource, type Status } from '../../api/status.ts';
import { CompactedError, FutureRevisionError, UnreadableError } from '../../storage/storage.ts';
import type { CachedObject, HubFilter, HubList, HubListOptions, WatchHub } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { corruptObject } from '../http/respond.ts';
import type { Answer, Call } from '../request/call.ts';
import { listParameters, type ListParameters } from '../request/options.ts';
import { inVersion } from '../registry/versions.ts';
import { selection } from '../request/selection.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { tooLarge, waitFor } from './get.ts';

const CONVERTED_AT_ONCE = 500;
const EXPIRED_LIST = 'The resourceVersion for the provided list is too old.';
const EXPIRED_CONTINUE = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** A page's revision is gone; the Status carries a token to go on from what is newest. */
class ContinueExpiredError extends StatusError {
  private readonly token: string;
  constructor(token: string) {
    super(410, 'Expired', EXPIRED_CONTINUE);
    this.token = token;
  }
  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.token } };
  }
}

export async function listVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = listParameters(call.info.query, false);
  const { scope, filter, afterConversion } = selection(context, call, parameters);
  const hub = await (parameters.resourceVersion || parameters.continue ? context.store.loaded(call.resource) : context.store.fresh(call.resource));
  if (afterConversion) return listConverted(context, call, hub, { ...scope, ...(filter ? { filter } : {}) }, afterConversion, parameters);
  const page = await planPage(hub, parameters);
  const list = await readPage(call, hub, { ...scope, ...page, ...(filter ? { filter } : {}) }, parameters);
  return { type: 'list', items: list.objects, metadata: listMetadata(hub, list, page.revision, filter !== undefined) };
}

/** Those objects that a filter takes in the version of the request. */
export async function matchingConverted(context: ServerContext, call: Call, objects: CachedObject[], afterConversion: HubFilter): Promise<CachedObject[]> {
  const converted = await Promise.all(objects.map(({ object }) => inVersion(context, call.resource, object)));
  return objects.filter((_cached, index) => afterConversion(converted[index] as KubernetesObject));
}

/** What a page holds shows only when objects are converted, which goes on until one more than the page takes is found. */
async function listConverted(context: ServerContext, call: Call, hub: WatchHub, options: HubListOptions, afterConversion: HubFilter, parameters: ListParameters): Promise<Answer> {
  const { limit = Infinity, ...page } = await planPage(hub, parameters);
  const list = await readPage(call, hub, { ...options, ...page }, parameters);
  const found: CachedObject[] = [];
  for (let start = 0; start < list.objects.length && found.length <= limit; start += CONVERTED_AT_ONCE) {
    found.push(...await matchingConverted(context, call, list.objects.slice(start, start + CONVERTED_AT_ONCE), afterConversion));
  }
  const items = found.slice(0, limit);
  return { type: 'list', items, metadata: listMetadata(hub, { ...list, objects: items, more: found.length > limit }, page.revision, true) };
}

/** Which revision to show and from which key on. */
async function planPage(hub: WatchHub, parameters: ListParameters): Promise<Pick<HubListOptions, 'startAfter' | 'limit' | 'revision'>> {
  const limit = parameters.limit > 0 && parameters.resourceVersion !== '0' ? { limit: parameters.limit } : {};
  if (parameters.continue) {
    const token = decodeContinue(parameters.continue);
    if (parameters.resourceVersion && parameters.resourceVersion !== '0') throw new StatusError(400, 'BadRequest', 'specifying resource version is not allowed when using continue');
    const startAfter = hub.prefix + token.lastKey;
    return token.revision < 0 ? { startAfter, ...limit } : { startAfter, revision: token.revision, ...limit };
  }
  const revision = Number(parameters.resourceVersion || 0);
  const exact = parameters.resourceVersionMatch === 'Exact' || (!parameters.resourceVersionMatch && parameters.limit > 0 && revision > 0);
  if (exact) return { revision, ...limit };
  await waitFor(hub, parameters.resourceVersion);
  return limit;
}

async function readPage(call: Call, hub: WatchHub, options: HubListOptions, parameters: ListParameters): Promise<HubList> {
  try {
    const list = await hub.list(options);
    for (const { unreadable } of list.objects) if (unreadable) throw unreadable;
    return list;
  } catch (error) {
    if (error instanceof UnreadableError) {
      throw new StatusError(500, 'StorageReadError', `failed to read one or more ${qualifiedResource(call.resource.group, call.resource.resource)} from the storage: ${corruptObject(error)}`);
    }
    if (error instanceof FutureRevisionError) throw tooLarge(options.revision ?? 0, hub.revision());
    if (!(error instanceof CompactedError)) throw error;
    if (!parameters.continue) throw new StatusError(410, 'Expired', EXPIRED_LIST);
    throw new ContinueExpiredError(encodeContinue({ revision: -1, lastKey: decodeContinue(parameters.continue).lastKey }));
  }
}

function listMetadata(hub: WatchHub, list: HubList, revision: number | undefined, filtered: boolean): ListMeta {
  const shown = revision ?? list.revision;
  const metadata: ListMeta = { resourceVersion: String(shown) };
  const last = list.objects.at(-1);
  if (!list.more || !last) return metadata;
  metadata.continue = encodeContinue({ revision: shown, lastKey: last.key.slice(hub.prefix.length) });
  if (!filtered && list.remaining !== undefined) metadata.remainingItemCount = list.remaining;
  return metadata;
}
