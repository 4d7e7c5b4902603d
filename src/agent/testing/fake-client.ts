import type { KubernetesList, KubernetesObject } from '../../api/object.ts';
import { notFound, StatusError } from '../../api/status.ts';
import type { Client, DeleteOptions, PatchOptions, ResourceType, WatchOptions } from '../../client/client.ts';
import type { WatchEvent } from '../../client/transport.ts';

interface Watcher { prefix: string; name: string | undefined; onEvent(event: WatchEvent): void }

/** A server in memory, as much of it as the agent's tests ask for. */
export class FakeClient implements Client {
  readonly objects = new Map<string, KubernetesObject>();
  readonly deletions: string[] = [];
  /** Answers to creations of subresources, by `resource/subresource`. */
  readonly answers = new Map<string, (body: unknown) => unknown>();
  onPatch: ((key: string, object: KubernetesObject) => void) | undefined;
  private readonly watchers = new Set<Watcher>();
  private revision = 1;

  put(type: ResourceType<unknown>, object: KubernetesObject): void {
    const key = this.key(type, object.metadata?.namespace, object.metadata?.name ?? '');
    const known = this.objects.has(key);
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.revision) } };
    this.objects.set(key, stored);
    this.tell(key, { type: known ? 'MODIFIED' : 'ADDED', object: stored });
  }
  read<T>(type: ResourceType<T>, namespace: string | undefined, name: string): T | undefined {
    return this.objects.get(this.key(type, namespace, name)) as T | undefined;
  }

  async get<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T> {
    const object = this.read(type, namespace, name);
    if (!object) throw notFound(type.group, type.resource, name);
    return object;
  }
  async list<T>(type: ResourceType<T>, options: WatchOptions = {}): Promise<KubernetesList<T>> {
    const prefix = this.key(type, options.namespace, '');
    const name = nameOf(options);
    const items = [...this.objects].filter(([key, object]) => key.startsWith(prefix) && (!name || object.metadata?.name === name)).map(([, object]) => object as T);
    return { items, metadata: { resourceVersion: String(this.revision) } };
  }
  async create<T>(type: ResourceType<T>, object: T, options: { namespace?: string; subresource?: string; name?: string } = {}): Promise<T> {
    if (options.subresource) {
      const answer = this.answers.get(`${type.resource}/${options.subresource}`);
      if (!answer) throw new StatusError(404, 'NotFound', 'no such subresource here');
      return answer(object) as T;
    }
    this.put(type, object as KubernetesObject);
    return object;
  }
  async update<T>(type: ResourceType<T>, object: T): Promise<T> {
    this.put(type, object as KubernetesObject);
    return object;
  }
  updateStatus<T>(type: ResourceType<T>, object: T): Promise<T> { return this.update(type, object); }
  async patch<T>(type: ResourceType<T>, namespace: string | undefined, name: string, body: unknown, options: PatchOptions): Promise<T> {
    const old = await this.get(type, namespace, name) as KubernetesObject;
    const merged = { ...old };
    for (const [field, value] of Object.entries(body as Record<string, unknown>)) {
      if (field !== 'metadata') merged[field] = options.type === 'strategic' ? mergeStrategic(old[field], value) : { ...(old[field] as object), ...(value as object) };
    }
    this.put(type, merged);
    this.onPatch?.(this.key(type, namespace, name), merged);
    return merged as T;
  }
  async delete<T>(type: ResourceType<T>, namespace: string | undefined, name: string, _options?: DeleteOptions): Promise<void> {
    const key = this.key(type, namespace, name);
    const object = this.objects.get(key);
    this.objects.delete(key);
    this.deletions.push(key);
    if (object) this.tell(key, { type: 'DELETED', object });
  }
  watch<T>(type: ResourceType<T>, options: WatchOptions, onEvent: (event: WatchEvent) => void): Promise<void> {
    const watcher = { prefix: this.key(type, options.namespace, ''), name: nameOf(options), onEvent };
    this.watchers.add(watcher);
    return new Promise((resolve) => options.signal?.addEventListener('abort', () => { this.watchers.delete(watcher); resolve(); }));
  }
  async raw(): Promise<unknown> { return {}; }

  private key(type: ResourceType<unknown>, namespace: string | undefined, name: string): string {
    return `${type.resource}/${namespace ? `${namespace}/` : ''}${name}`;
  }
  private tell(key: string, event: WatchEvent): void {
    const name = (event.object as KubernetesObject).metadata?.name;
    for (const watcher of this.watchers) if (key.startsWith(watcher.prefix) && (!watcher.name || watcher.name === name)) watcher.onEvent(event);
  }
}

function nameOf(options: WatchOptions): string | undefined {
  return /metadata\.name=(.*)/.exec(options.fieldSelector ?? '')?.[1];
}

/** Enough of strategic merge for a pod's status: lists of conditions and addresses are joined by key. */
function mergeStrategic(old: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...(old as object) };
  for (const [name, value] of Object.entries(patch)) {
    const key = ({ conditions: 'type', podIPs: 'ip', hostIPs: 'ip' } as Record<string, string>)[name];
    if (name.startsWith('$')) continue;
    if (value === null) delete result[name];
    else if (key) {
      const items = [...((result[name] as Record<string, unknown>[] | undefined) ?? [])];
      for (const item of value as Record<string, unknown>[]) {
        const index = items.findIndex((known) => known[key] === item[key]);
        if (item['$patch'] === 'delete') items.splice(index, index < 0 ? 0 : 1);
        else if (index < 0) items.push(item);
        else items[index] = Object.fromEntries(Object.entries({ ...items[index], ...item }).filter(([, field]) => field !== null));
      }
      result[name] = items;
    } else result[name] = value;
  }
  return result;
}
