import type { KubernetesObject } from '../api/object.ts';
import { StatusError, type Status } from '../api/status.ts';
import { sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { jitter } from '../base/random.ts';
import type { Client, ListOptions, ResourceType } from './client.ts';
import { ObjectIndex } from './object-index.ts';
import type { WatchEvent } from './transport.ts';

export interface InformerHandler<T> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  delete?(object: T): void;
}

/** A live copy of a resource (or of what a selector leaves of it). Its objects are shared: never change them. */
export interface Informer<T> {
  readonly type: ResourceType<T>;
  readonly hasSynced: boolean;
  readonly size: number;
  get(namespace: string | undefined, name: string): T | undefined;
  list(namespace?: string): Iterable<T>;
  addIndex(name: string, keysOf: (object: T) => string[]): void;
  byIndex(name: string, key: string): Iterable<T>;
  /** Hears of every object there is now (`add`), then of every change. Returns the function that ends it. */
  onEvent(handler: InformerHandler<T>): () => void;
  /** Resolves once the first list is in. */
  synced(): Promise<void>;
  stop(): void;
}

const FIRST_RETRY_MILLISECONDS = 100;
const LAST_RETRY_MILLISECONDS = 10_000;
const PAGE = 500;

class WatchingInformer<T> implements Informer<T> {
  readonly type: ResourceType<T>;
  hasSynced = false;
  private readonly client: Client;
  private readonly options: ListOptions;
  private readonly logger: Logger;
  private readonly objects = new ObjectIndex<T>();
  private readonly handlers = new Set<InformerHandler<T>>();
  private readonly abort = new AbortController();
  private readonly firstList = Promise.withResolvers<void>();
  private resourceVersion: string | undefined;

  constructor(client: Client, type: ResourceType<T>, options: ListOptions, logger: Logger) {
    this.client = client;
    this.type = type;
    this.options = options;
    this.logger = logger;
    void this.run();
  }

  get size(): number { return this.objects.size; }
  get(namespace: string | undefined, name: string): T | undefined { return this.objects.get(namespace, name); }
  list(namespace?: string): Iterable<T> { return this.objects.list(namespace); }
  addIndex(name: string, keysOf: (object: T) => string[]): void { this.objects.addIndex(name, keysOf); }
  byIndex(name: string, key: string): Iterable<T> { return this.objects.byIndex(name, key); }
  synced(): Promise<void> { return this.firstList.promise; }
  stop(): void { this.abort.abort(new Error('the informer was stopped')); }

  onEvent(handler: InformerHandler<T>): () => void {
    this.handlers.add(handler);
    for (const object of this.objects.list()) handler.add?.(object);
    return () => this.handlers.delete(handler);
  }

  private async run(): Promise<void> {
    let delay = FIRST_RETRY_MILLISECONDS;
    while (!this.abort.signal.aborted) {
      const before = this.resourceVersion;
      try {
        if (this.resourceVersion === undefined) await this.relist();
        await this.client.watch(this.type, { ...this.options, resourceVersion: this.resourceVersion, allowBookmarks: true, signal: this.abort.signal }, (event) => this.take(event));
      } catch (error) {
        if (this.abort.signal.aborted) return;
        if (error instanceof StatusError && error.code === 410) this.resourceVersion = undefined;
        else this.logger.debug('watch ended', { resource: this.type.resource, error: (error as Error).message });
      }
      if (this.resourceVersion !== undefined && this.resourceVersion !== before) delay = FIRST_RETRY_MILLISECONDS;
      await sleep(jitter(delay, 0.5), this.abort.signal).catch(() => undefined);
      delay = Math.min(delay * 2, LAST_RETRY_MILLISECONDS);
    }
  }

  /** Reads everything and tells handlers the differences to what was known. */
  private async relist(): Promise<void> {
    const found = new Set<string>();
    let next: string | undefined;
    let revision: string | undefined;
    do {
      const page = await this.client.list(this.type, { ...this.options, limit: PAGE, continue: next });
      for (const object of page.items) {
        const metadata = (object as KubernetesObject).metadata;
        found.add(`${metadata?.namespace ?? ''}/${metadata?.name}`);
        this.put(object);
      }
      next = page.metadata?.continue;
      revision ??= page.metadata?.resourceVersion;
    } while (next);
    for (const object of [...this.objects.list()]) {
      const metadata = (object as KubernetesObject).metadata;
      if (!found.has(`${metadata?.namespace ?? ''}/${metadata?.name}`)) this.remove(object);
    }
    this.resourceVersion = revision;
    this.hasSynced = true;
    this.firstList.resolve();
  }

  private take(event: WatchEvent): void {
    const object = event.object as T & KubernetesObject;
    if (event.type === 'ERROR') {
      const status = event.object as Status;
      throw new StatusError(status.code ?? 500, status.reason ?? '', status.message ?? '');
    }
    if (event.type === 'ADDED' || event.type === 'MODIFIED') this.put(object);
    else if (event.type === 'DELETED') this.remove(object);
    this.resourceVersion = object.metadata?.resourceVersion ?? this.resourceVersion;
  }

  private put(object: T): void {
    const old = this.objects.set(object);
    if (old !== undefined && (old as KubernetesObject).metadata?.resourceVersion === (object as KubernetesObject).metadata?.resourceVersion) return;
    // Another object of the same name: the old one went while nobody was looking.
    const isAnother = old !== undefined && (old as KubernetesObject).metadata?.uid !== (object as KubernetesObject).metadata?.uid;
    for (const handler of this.handlers) {
      if (isAnother) this.guard(() => handler.delete?.(old));
      this.guard(() => old === undefined || isAnother ? handler.add?.(object) : handler.update?.(object, old));
    }
  }

  private remove(object: T): void {
    const metadata = (object as KubernetesObject).metadata;
    if (this.objects.delete(metadata?.namespace, metadata?.name ?? '') === undefined) return;
    for (const handler of this.handlers) this.guard(() => handler.delete?.(object));
  }

  /** One handler's mistake must not cost the others their event. */
  private guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.logger.error('an informer handler failed', { resource: this.type.resource, error });
    }
  }
}

function keyOf({ group, version, resource }: ResourceType<unknown>, { namespace, labelSelector, fieldSelector }: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>): string {
  return JSON.stringify([group, version, resource, namespace, labelSelector, fieldSelector]);
}

/** Informers that are shared: one watch a resource and selector. */
export class InformerSet {
  private readonly client: Client;
  private readonly logger: Logger;
  private readonly informers = new Map<string, Informer<unknown>>();

  constructor(client: Client, logger: Logger) {
    this.client = client;
    this.logger = logger;
  }

  /** Starts on first use. */
  for<T>(type: ResourceType<T>, options: Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'> = {}): Informer<T> {
    const key = keyOf(type, options);
    let informer = this.informers.get(key) as Informer<T> | undefined;
    if (!informer) {
      informer = new WatchingInformer(this.client, type, options, this.logger);
      this.informers.set(key, informer as Informer<unknown>);
    }
    return informer;
  }

  /** Ends the informer of a resource that is served no longer, which would ask for it for ever. */
  drop(type: ResourceType<unknown>): void {
    const key = keyOf(type, {});
    this.informers.get(key)?.stop();
    this.informers.delete(key);
  }

  async synced(): Promise<void> {
    await Promise.all([...this.informers.values()].map((informer) => informer.synced()));
  }

  stop(): void {
    for (const informer of this.informers.values()) informer.stop();
    this.informers.clear();
  }
}
