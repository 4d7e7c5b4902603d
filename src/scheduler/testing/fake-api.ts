import type { Binding, Event, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { StatusError } from '../../api/status.ts';
import type { Client, ResourceType, WatchOptions } from '../../client/client.ts';
import type { WatchEvent } from '../../client/transport.ts';

type Watcher = { resource: string; onEvent: (event: WatchEvent) => void };

/** As much of an API server as a scheduler sees: objects by resource, watches, bindings, status patches. */
export class FakeApi implements Client {
  readonly bindings: Binding[] = [];
  readonly events: Event[] = [];
  /** Answers the next bindings with this error. */
  refuseBindings: StatusError | undefined;
  private readonly objects = new Map<string, Map<string, KubernetesObject>>();
  private readonly watchers = new Set<Watcher>();
  private revision = 1;

  private store(resource: string): Map<string, KubernetesObject> {
    let store = this.objects.get(resource);
    if (!store) this.objects.set(resource, (store = new Map()));
    return store;
  }

  private tell(resource: string, type: WatchEvent['type'], object: KubernetesObject): void {
    for (const watcher of this.watchers) if (watcher.resource === resource) watcher.onEvent({ type, object });
  }

  /** Creates or replaces. */
  set<T>(type: ResourceType<T>, object: T): T {
    const given = object as KubernetesObject;
    const key = `${given.metadata?.namespace ?? ''}/${given.metadata?.name}`;
    const stored = { ...given, metadata: { ...given.metadata, resourceVersion: String(++this.revision) } };
    const known = this.store(type.resource).has(key);
    this.store(type.resource).set(key, stored);
    this.tell(type.resource, known ? 'MODIFIED' : 'ADDED', stored);
    return stored as T;
  }

  async get<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T> {
    const found = this.store(type.resource).get(`${namespace ?? ''}/${name}`);
    if (!found) throw new StatusError(404, 'NotFound', `${type.resource} "${name}" not found`);
    return found as T;
  }

  async list<T>(type: ResourceType<T>): Promise<{ metadata: { resourceVersion: string }; items: T[] }> {
    return { metadata: { resourceVersion: String(this.revision) }, items: [...this.store(type.resource).values()] as T[] };
  }

  async create<T>(type: ResourceType<T>, object: T, options: { namespace?: string; subresource?: string; name?: string } = {}): Promise<T> {
    if (options.subresource !== 'binding') {
      if (type.kind === 'Event') this.events.push(object as Event);
      return this.set(type, object);
    }
    if (this.refuseBindings) throw this.refuseBindings;
    const binding = object as Binding;
    this.bindings.push(binding);
    const pod = await this.get<Pod>(type as ResourceType<Pod>, options.namespace, options.name ?? '');
    this.set(type as ResourceType<Pod>, { ...pod, spec: { ...pod.spec, nodeName: binding.target.name } as Pod['spec'] });
    return object;
  }

  async patch<T>(type: ResourceType<T>, namespace: string | undefined, name: string, body: unknown): Promise<T> {
    const object = (await this.get(type, namespace, name)) as KubernetesObject;
    const patch = body as { metadata?: { annotations?: Record<string, string> }; spec?: object; status?: { conditions?: { type: string }[] } };
    const conditions = [...((object['status'] as { conditions?: { type: string }[] } | undefined)?.conditions ?? [])]
      .filter((condition) => !patch.status?.conditions?.some((each) => each.type === condition.type));
    return this.set(type, {
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ...patch.metadata?.annotations } },
      spec: { ...(object['spec'] as object), ...patch.spec },
      status: { ...(object['status'] as object), ...patch.status, conditions: [...conditions, ...(patch.status?.conditions ?? [])] },
    } as T);
  }

  async delete<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<void> {
    const key = `${namespace ?? ''}/${name}`;
    const object = this.store(type.resource).get(key);
    if (!object) throw new StatusError(404, 'NotFound', `${type.resource} "${name}" not found`);
    this.store(type.resource).delete(key);
    this.tell(type.resource, 'DELETED', object);
  }

  watch<T>(type: ResourceType<T>, options: WatchOptions, onEvent: (event: WatchEvent) => void): Promise<void> {
    const watcher = { resource: type.resource, onEvent };
    for (const object of this.store(type.resource).values()) {
      if (Number(object.metadata?.resourceVersion) > Number(options.resourceVersion ?? 0)) onEvent({ type: 'ADDED', object });
    }
    this.watchers.add(watcher);
    return new Promise((resolve) => {
      options.signal?.addEventListener('abort', () => { this.watchers.delete(watcher); resolve(); }, { once: true });
    });
  }

  async update<T>(type: ResourceType<T>, object: T): Promise<T> { return this.set(type, object); }
  async updateStatus<T>(type: ResourceType<T>, object: T): Promise<T> { return this.set(type, object); }
  async raw(): Promise<unknown> { throw new Error('the fake has no raw requests'); }
}
