import type { KubernetesObject } from '../../api/object.ts';
import { StatusError, alreadyExists } from '../../api/status.ts';
import { StorageUnavailableError, type Storage } from '../../storage/storage.ts';
import { createWatchHub, type CachedObject, type WatchHub } from '../../storage/watch-hub/watch-hub.ts';
import { assert } from '../../base/assert.ts';
import { JSON_FORM, type Place, type StoredForm } from './stored-form.ts';

/** Resources that share one place in the store with another's: the same objects under two API groups. */
const STORED_ELSEWHERE: Record<string, { group: string; resource: string }> = {
  'events.events.k8s.io': { group: '', resource: 'events' },
};

export function storedAs(group: string, resource: string): { group: string; resource: string } {
  return STORED_ELSEWHERE[`${resource}.${group}`] ?? { group, resource };
}

/**
 * Objects of the API in the store: reads from the hubs' memory, writes with compare-and-swap. Objects are kept without
 * resourceVersion, which is the revision of their last write.
 */
export class ObjectStore {
  private readonly storage: Storage;
  private readonly form: StoredForm;
  private readonly hubs = new Map<string, { place: Place; hub: WatchHub }>();
  /** The same hubs by group, then resource as asked for: found many times a request, without making a text. */
  private readonly byPlace = new Map<string, Map<string, WatchHub>>();
  private readonly bookmarkMilliseconds: number;

  constructor(storage: Storage, form: StoredForm = JSON_FORM, bookmarkMilliseconds = 60_000) {
    this.storage = storage;
    this.form = form;
    this.bookmarkMilliseconds = bookmarkMilliseconds;
  }

  /** The hub of a resource, loading or loaded. */
  hub({ group, resource }: Place): WatchHub {
    let found = this.byPlace.get(group);
    if (!found) this.byPlace.set(group, (found = new Map()));
    let hub = found.get(resource);
    if (!hub) found.set(resource, (hub = this.hubOf(group, resource)));
    return hub;
  }

  private hubOf(group: string, resource: string): WatchHub {
    const place = storedAs(group, resource);
    const name = `${place.group}/${place.resource}`;
    let known = this.hubs.get(name);
    if (!known) {
      const hub = createWatchHub(this.storage, this.form.prefix(place), {
        decode: (value) => this.form.decode(value),
        bookmarkMilliseconds: this.bookmarkMilliseconds,
        ...(name === '/pods' ? { index: { field: 'spec.nodeName', value: nodeNameOf } } : {}),
      });
      known = { place, hub };
      this.hubs.set(name, known);
    }
    return known.hub;
  }

  async loaded(place: Place): Promise<WatchHub> {
    const hub = this.hub(place);
    await hub.ready();
    return hub;
  }

  /** The hub, with all that anybody had written when this was called. */
  async fresh(place: Place): Promise<WatchHub> {
    const hub = await this.loaded(place);
    const latest = await this.storage.latestRevision?.();
    if (latest !== undefined && !await hub.waitForRevision(latest)) throw new StorageUnavailableError(`the store's events are behind: revision ${hub.revision()} of ${latest}`);
    return hub;
  }

  /** How many objects there are in each place. */
  counts(): { group: string; resource: string; count: number }[] {
    return [...this.hubs.values()].map(({ place, hub }) => ({ group: place.group, resource: place.resource, count: hub.size() }));
  }

  /** Ends the watches of resources that are no longer served. */
  dropExcept(isServed: (group: string, resource: string) => boolean): void {
    for (const [name, { place, hub }] of this.hubs) {
      if (isServed(place.group, place.resource)) continue;
      hub.close();
      this.hubs.delete(name);
      this.byPlace.clear();
    }
  }

  async get(place: Place, namespace: string, name: string): Promise<CachedObject | undefined> {
    const hub = await this.fresh(place);
    return hub.get(hub.key(namespace || undefined, name));
  }

  /** Writes a new object; throws AlreadyExists. `object.metadata.resourceVersion` must be absent. */
  async insert(place: Place, object: KubernetesObject, leaseMilliseconds?: number): Promise<CachedObject> {
    const result = await this.write(place, object, 0, leaseMilliseconds);
    if (!result) throw alreadyExists(place.group, place.resource, object.metadata?.name ?? '');
    return result;
  }

  /** Writes over the revision `expected`; undefined when that is no longer the last one. */
  replace(place: Place, object: KubernetesObject, expected: number, leaseMilliseconds?: number): Promise<CachedObject | undefined> {
    return this.write(place, object, expected, leaseMilliseconds);
  }

  private async write(place: Place, object: KubernetesObject, expected: number, leaseMilliseconds?: number): Promise<CachedObject | undefined> {
    const hub = await this.loaded(place);
    const metadata = object.metadata;
    assert(metadata?.name && metadata.resourceVersion === undefined, 'an object to write has a name and no resourceVersion');
    const key = hub.key(metadata.namespace, metadata.name);
    const value = this.form.encode(object);
    if (value.length > MAX_OBJECT_BYTES) throw tooLarge(value.length);
    hub.remember(value, object);
    const result = await this.storage.put(key, value, { modRevision: expected }, leaseMilliseconds);
    if (!result.ok) return undefined;
    const cached = hub.get(key);
    return cached?.modRevision === result.revision ? cached : detached(key, object, result.revision);
  }

  /** Deletes the revision `expected`; undefined when that is no longer the last one. Answers with the object as it was. */
  async remove(place: Place, last: CachedObject): Promise<CachedObject | undefined> {
    const result = await this.storage.delete(last.key, { modRevision: last.modRevision });
    return result.ok ? detached(last.key, last.object, result.revision) : undefined;
  }

  close(): void {
    for (const { hub } of this.hubs.values()) hub.close();
    this.hubs.clear();
    this.byPlace.clear();
  }
}

/** What upstream's server can send to its store; an etcd refuses less, 1.5 MiB by default. */
const MAX_OBJECT_BYTES = 2 * 1024 * 1024;

function tooLarge(bytes: number): StatusError {
  return new StatusError(500, '', `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${bytes} vs. ${MAX_OBJECT_BYTES})`);
}

function nodeNameOf(object: KubernetesObject): string {
  return (object['spec'] as { nodeName?: string } | undefined)?.nodeName ?? '';
}

/** An object outside the cache, in the cache's form: a dry run's outcome, a deleted object. */
export function detached(key: string, object: KubernetesObject, revision: number): CachedObject {
  const shown = { ...object, metadata: { ...object.metadata, resourceVersion: revision ? String(revision) : undefined } };
  return { key, object: shown, modRevision: revision, encode: (_format, make) => make(shown) };
}

/** A copy of a stored object whose top level and metadata may be changed, without its resourceVersion. */
export function forWriting(object: KubernetesObject): KubernetesObject {
  const metadata = { ...object.metadata };
  delete metadata.resourceVersion;
  return { ...object, metadata };
}
