import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { StatusError, alreadyExists } from '../../api/status.ts';
import type { Storage } from '../../storage/storage.ts';
import { createWatchHub, type CachedObject, type WatchHub } from '../../storage/watch-hub/watch-hub.ts';
import { assert } from '../../base/assert.ts';

/** Resources that share one place in the store with another's: the same objects under two API groups. */
const STORED_ELSEWHERE: Record<string, { group: string; resource: string }> = {
  'events.events.k8s.io': { group: '', resource: 'events' },
};

export function storedAs(group: string, resource: string): { group: string; resource: string } {
  return STORED_ELSEWHERE[`${resource}.${group}`] ?? { group, resource };
}

export function storagePrefix(group: string, resource: string): string {
  const place = storedAs(group, resource);
  return `/registry/${place.group || 'core'}/${place.resource}/`;
}

type Place = Pick<ResourceInfo, 'group' | 'resource'>;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Objects of the API in the store: reads from the hubs' memory, writes with compare-and-swap. Objects are kept as JSON
 * without resourceVersion, which is the revision of their last write.
 */
export class ObjectStore {
  private readonly storage: Storage;
  private readonly hubs = new Map<string, WatchHub>();
  private readonly bookmarkMilliseconds: number;

  constructor(storage: Storage, bookmarkMilliseconds = 60_000) {
    this.storage = storage;
    this.bookmarkMilliseconds = bookmarkMilliseconds;
  }

  /** The hub of a resource, loading or loaded. */
  hub(place: Place): WatchHub {
    const prefix = storagePrefix(place.group, place.resource);
    let hub = this.hubs.get(prefix);
    if (!hub) {
      hub = createWatchHub(this.storage, prefix, {
        decode: (value) => JSON.parse(decoder.decode(value)) as KubernetesObject,
        bookmarkMilliseconds: this.bookmarkMilliseconds,
        ...(prefix === '/registry/core/pods/' ? { index: { field: 'spec.nodeName', value: nodeNameOf } } : {}),
      });
      this.hubs.set(prefix, hub);
    }
    return hub;
  }

  async loaded(place: Place): Promise<WatchHub> {
    const hub = this.hub(place);
    await hub.ready();
    return hub;
  }

  /** Ends the watches of resources that are no longer served. */
  dropExcept(isServed: (group: string, resource: string) => boolean): void {
    for (const [prefix, hub] of this.hubs) {
      const [group, resource] = prefix.slice('/registry/'.length).split('/') as [string, string];
      if (isServed(group === 'core' ? '' : group, resource)) continue;
      hub.close();
      this.hubs.delete(prefix);
    }
  }

  async get(place: Place, namespace: string, name: string): Promise<CachedObject | undefined> {
    const hub = await this.loaded(place);
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
    const value = encoder.encode(JSON.stringify(object));
    if (value.length > MAX_OBJECT_BYTES) throw new StatusError(413, 'RequestEntityTooLarge', `etcdserver: request is too large`);
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
    for (const hub of this.hubs.values()) hub.close();
    this.hubs.clear();
  }
}

const MAX_OBJECT_BYTES = 2 * 1024 * 1024;

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
