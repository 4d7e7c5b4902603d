import type { KubernetesObject } from '../../api/object.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import type { Place } from './stored-form.ts';

export interface Follower {
  changed(object: KubernetesObject): void;
  gone(object: KubernetesObject): void;
}

const AGAIN_MILLISECONDS = 100;

/**
 * Tells a part of the server of every change to a resource's objects, first of all there are but those in `known`. When the watch ends (the store was
 * cut off for long), it begins anew and tells only what became different meanwhile. Returns what ends it.
 */
export async function follow({ store, clock, log }: Pick<ServerContext, 'store' | 'clock' | 'log'>, place: Place, follower: Follower, known: Iterable<CachedObject> = []): Promise<() => void> {
  const told = new Map([...known].map((cached) => [cached.key, cached]));
  let stopped = false;
  let stopWatch: (() => void) | undefined;
  const tell = (type: string, cached: CachedObject): void => {
    if (type === 'DELETED') {
      told.delete(cached.key);
      return follower.gone(cached.object);
    }
    if (told.get(cached.key)?.modRevision === cached.modRevision) return;
    told.set(cached.key, cached);
    follower.changed(cached.object);
  };
  const begin = async (): Promise<void> => {
    const hub = await store.loaded(place);
    if (stopped) return;
    for (const cached of [...told.values()]) if (!hub.get(cached.key)) tell('DELETED', cached);
    const watcher = hub.watch({
      start: 'state',
      sink: {
        events(events) {
          for (const { type, cached } of events) tell(type, cached);
          return true;
        },
        ended(error) {
          if (stopped) return;
          log.debug('a watch of the server ended', { resource: place.resource, error });
          again();
        },
      },
    });
    stopWatch = () => watcher.stop();
  };
  const again = (): void => {
    clock.after(AGAIN_MILLISECONDS, () => { if (!stopped) begin().catch(again); });
  };
  await begin();
  return () => {
    stopped = true;
    stopWatch?.();
  };
}
