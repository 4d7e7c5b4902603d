import { StatusError, notFound } from '../../api/status.ts';
import type { WatchHub } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { checkResourceVersion } from '../request/options.ts';
import { answerWith } from './answer.ts';

export async function getVerb(context: ServerContext, call: Call): Promise<Answer> {
  const { resource: info, info: { namespace, name, query } } = call;
  const hub = await (query.get('resourceVersion') ? context.store.loaded(info) : context.store.fresh(info));
  const revision = query.get('resourceVersion') ?? '';
  // Upstream looks for events where it looks for lists: in the store itself.
  checkResourceVersion(revision, info.resource !== 'events');
  await waitFor(hub, revision);
  const cached = hub.get(hub.key(info.namespaced ? namespace : undefined, name));
  if (!cached) throw notFound(info.group, info.resource, name);
  return answerWith(context, call, cached);
}

/** Waits until memory is as new as the client has already seen. */
export async function waitFor(hub: WatchHub, resourceVersion: string): Promise<void> {
  const revision = Number(resourceVersion || 0);
  if (revision <= hub.revision()) return;
  if (!await hub.waitForRevision(revision)) throw tooLarge(revision, hub.revision());
}

export function tooLarge(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1,
  });
}
