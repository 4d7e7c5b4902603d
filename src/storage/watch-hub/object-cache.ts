import type { CachedRevision } from './cached-revision.ts';
import type { HubScope } from './types.ts';

/** Index of the first key in `items` that is not before `key` (or, with `after`, that is behind it). */
function position(items: CachedRevision[], key: string, after: boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const each = (items[middle] as CachedRevision).key;
    if (each < key || (after && each === key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `default/` of `default/web-1`; '' for a cluster-scoped object. */
export function bucketOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** All objects of a hub in key order, in one ordered array a namespace. */
export class ObjectCache {
  private readonly prefix: string;
  private readonly byKey = new Map<string, CachedRevision>();
  private readonly buckets = new Map<string, CachedRevision[]>();
  private bucketNames: string[] = [];

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get size(): number { return this.byKey.size; }

  get(key: string): CachedRevision | undefined { return this.byKey.get(key); }

  set(cached: CachedRevision): void {
    const bucket = this.bucket(cached.key);
    const index = position(bucket, cached.key, false);
    if (this.byKey.has(cached.key)) bucket[index] = cached;
    else bucket.splice(index, 0, cached);
    this.byKey.set(cached.key, cached);
  }

  delete(key: string): void {
    if (!this.byKey.delete(key)) return;
    const bucket = this.bucket(key);
    bucket.splice(position(bucket, key, false), 1);
    if (bucket.length > 0) return;
    const name = bucketOf(key.slice(this.prefix.length));
    this.buckets.delete(name);
    this.bucketNames = this.bucketNames.filter((each) => each !== name);
  }

  clear(): void {
    this.byKey.clear();
    this.buckets.clear();
    this.bucketNames = [];
  }

  /** How many objects of the scope have a key after `startAfter`. */
  count(scope: HubScope, startAfter = ''): number {
    if (scope.name !== undefined) return (this.named(scope)?.key ?? '') > startAfter ? 1 : 0;
    let count = 0;
    for (const name of scope.namespace === undefined ? this.bucketNames : [`${scope.namespace}/`]) {
      const bucket = this.buckets.get(name) ?? [];
      count += bucket.length - (startAfter ? position(bucket, startAfter, true) : 0);
    }
    return count;
  }

  *values(scope: HubScope, startAfter = ''): Iterable<CachedRevision> {
    if (scope.name !== undefined) {
      const found = this.named(scope);
      if (found && found.key > startAfter) yield found;
      return;
    }
    const names = scope.namespace === undefined ? this.bucketNames : [`${scope.namespace}/`];
    for (const name of names) {
      const bucket = this.buckets.get(name);
      if (!bucket || (bucket.at(-1) as CachedRevision).key <= startAfter) continue;
      for (let index = startAfter ? position(bucket, startAfter, true) : 0; index < bucket.length; index++) yield bucket[index] as CachedRevision;
    }
  }

  private named(scope: HubScope): CachedRevision | undefined {
    return this.byKey.get(this.prefix + (scope.namespace === undefined ? '' : `${scope.namespace}/`) + scope.name);
  }

  private bucket(key: string): CachedRevision[] {
    const name = bucketOf(key.slice(this.prefix.length));
    let bucket = this.buckets.get(name);
    if (!bucket) {
      bucket = [];
      this.buckets.set(name, bucket);
      const index = this.bucketNames.findIndex((each) => each > name);
      this.bucketNames.splice(index < 0 ? this.bucketNames.length : index, 0, name);
    }
    return bucket;
  }
}
