import type { KubernetesObject } from '../api/object.ts';

/** Objects by namespace and name, with further indexes by computed keys. Costs of a change do not grow with the content. */
export class ObjectIndex<T> {
  private readonly namespaces = new Map<string, Map<string, T>>();
  private readonly indexes = new Map<string, { keysOf: (object: T) => string[]; entries: Map<string, Map<string, T>> }>();
  size = 0;

  get(namespace: string | undefined, name: string): T | undefined {
    return this.namespaces.get(namespace ?? '')?.get(name);
  }

  /** All, or one namespace's. */
  *list(namespace?: string): Iterable<T> {
    if (namespace !== undefined) {
      yield* this.namespaces.get(namespace)?.values() ?? [];
      return;
    }
    for (const objects of this.namespaces.values()) yield* objects.values();
  }

  set(object: T): T | undefined {
    const { namespace = '', name = '' } = (object as KubernetesObject).metadata ?? {};
    let objects = this.namespaces.get(namespace);
    if (!objects) this.namespaces.set(namespace, (objects = new Map()));
    const old = objects.get(name);
    objects.set(name, object);
    if (old === undefined) this.size++;
    for (const index of this.indexes.values()) this.reindex(index, `${namespace}/${name}`, old, object);
    return old;
  }

  delete(namespace: string | undefined, name: string): T | undefined {
    const objects = this.namespaces.get(namespace ?? '');
    const old = objects?.get(name);
    if (!objects || old === undefined) return undefined;
    objects.delete(name);
    if (objects.size === 0) this.namespaces.delete(namespace ?? '');
    this.size--;
    for (const index of this.indexes.values()) this.reindex(index, `${namespace ?? ''}/${name}`, old, undefined);
    return old;
  }

  addIndex(name: string, keysOf: (object: T) => string[]): void {
    if (this.indexes.has(name)) return;
    const index = { keysOf, entries: new Map<string, Map<string, T>>() };
    this.indexes.set(name, index);
    for (const object of this.list()) {
      const metadata = (object as KubernetesObject).metadata;
      this.reindex(index, `${metadata?.namespace ?? ''}/${metadata?.name}`, undefined, object);
    }
  }

  *byIndex(name: string, key: string): Iterable<T> {
    yield* this.indexes.get(name)?.entries.get(key)?.values() ?? [];
  }

  private reindex(index: { keysOf: (object: T) => string[]; entries: Map<string, Map<string, T>> }, id: string, old: T | undefined, object: T | undefined): void {
    if (old !== undefined) {
      for (const key of index.keysOf(old)) {
        const entry = index.entries.get(key);
        entry?.delete(id);
        if (entry?.size === 0) index.entries.delete(key);
      }
    }
    if (object === undefined) return;
    for (const key of index.keysOf(object)) {
      const entry = index.entries.get(key);
      if (entry) entry.set(id, object);
      else index.entries.set(key, new Map([[id, object]]));
    }
  }
}
