import { bucketOf } from './object-cache.ts';
import type { HubChange } from './cached-revision.ts';
import type { HubEvent, HubWatchOptions } from './types.ts';
import type { Watcher, WatcherSource } from './watcher.ts';

type Groups = Map<string, Set<Watcher>>;

function add(groups: Groups, name: string, watcher: Watcher): void {
  const group = groups.get(name);
  if (group) group.add(watcher);
  else groups.set(name, new Set([watcher]));
}

function remove(groups: Groups, name: string, watcher: Watcher): void {
  const group = groups.get(name);
  if (group?.delete(watcher) && group.size === 0) groups.delete(name);
}

/** `default/web` for one object, `default/` for a namespace, '' for everything. */
function pathOf(options: HubWatchOptions): string {
  return (options.namespace === undefined ? '' : `${options.namespace}/`) + (options.name ?? '');
}

/** Finds the watchers a change may concern, so that a write does not cost more for watchers of other objects. */
export class WatcherIndex {
  private readonly byPath: Groups = new Map();
  private readonly byValue: Groups = new Map();
  readonly all = new Set<Watcher>();

  add(watcher: Watcher): void {
    this.all.add(watcher);
    const { indexValue } = watcher.options;
    if (indexValue !== undefined) add(this.byValue, indexValue, watcher);
    else add(this.byPath, pathOf(watcher.options), watcher);
  }

  remove(watcher: Watcher): void {
    this.all.delete(watcher);
    const { indexValue } = watcher.options;
    if (indexValue !== undefined) remove(this.byValue, indexValue, watcher);
    else remove(this.byPath, pathOf(watcher.options), watcher);
  }

  /** Hands the changes of one commit to the live watchers they concern. */
  dispatch(changes: HubChange[], source: WatcherSource): void {
    if (this.all.size === 0) return;
    const offers = new Map<Watcher, HubEvent[]>();
    for (const change of changes) {
      for (const group of this.groupsOf(change, source)) {
        for (const watcher of group) {
          const event = watcher.isLive() ? watcher.view(change) : undefined;
          if (!event) continue;
          const events = offers.get(watcher);
          if (events) events.push(event);
          else offers.set(watcher, [event]);
        }
      }
    }
    const revision = (changes.at(-1) as HubChange).revision;
    for (const [watcher, events] of offers) watcher.offer(events, revision);
  }

  private groupsOf(change: HubChange, source: WatcherSource): Set<Watcher>[] {
    const path = change.key.slice(source.prefix.length);
    const groups: (Set<Watcher> | undefined)[] = [this.byPath.get(''), this.byPath.get(path)];
    const bucket = bucketOf(path);
    if (bucket) groups.push(this.byPath.get(bucket));
    if (this.byValue.size > 0) {
      const before = change.previous && source.indexValue(change.previous.object);
      const after = change.current && source.indexValue(change.current.object);
      if (before !== undefined) groups.push(this.byValue.get(before));
      if (after !== undefined && after !== before) groups.push(this.byValue.get(after));
    }
    return groups.filter((group) => group !== undefined);
  }
}
