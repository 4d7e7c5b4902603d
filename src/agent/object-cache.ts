import type { KubernetesObject } from '../api/object.ts';
import { StatusError } from '../api/status.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client, ResourceType } from '../client/client.ts';
import { InformerSet, type Informer } from '../client/informer.ts';

/** Held by who needs one object of the API; `release` lets go of it. */
export interface ObjectHold<T> {
  /** The newest version known; asks the server when none is. Undefined when there is no such object; other failures throw. */
  get(): Promise<T | undefined>;
  release(): void;
}

interface Entry {
  informers: InformerSet;
  informer: Informer<KubernetesObject>;
  listeners: Set<() => void>;
  holds: number;
  linger: Timer | undefined;
}

// A pod's objects are often wanted again by the next pod of the same owner.
const LINGER_MILLISECONDS = 30_000;

/** Single objects (ConfigMaps, Secrets, claims) that pods refer to, each watched only while somebody holds it. */
export class ObjectCache {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly entries = new Map<string, Entry>();

  constructor(client: Client, clock: Clock, logger: Logger) {
    this.client = client;
    this.clock = clock;
    this.logger = logger;
  }

  hold<T>(type: ResourceType<T>, namespace: string | undefined, name: string, onChange: () => void): ObjectHold<T> {
    const key = `${type.group}/${type.resource}/${namespace ?? ''}/${name}`;
    const entry = this.entries.get(key) ?? this.open(key, type as ResourceType<KubernetesObject>, namespace, name);
    entry.linger?.cancel();
    entry.linger = undefined;
    entry.holds++;
    entry.listeners.add(onChange);
    let released = false;
    return {
      get: () => this.read(entry, type as ResourceType<KubernetesObject>, namespace, name) as Promise<T | undefined>,
      release: () => {
        if (released) return;
        released = true;
        entry.listeners.delete(onChange);
        if (--entry.holds === 0) entry.linger = this.clock.after(LINGER_MILLISECONDS, () => this.close(key, entry));
      },
    };
  }

  close(key: string, entry: Entry): void {
    entry.informers.stop();
    this.entries.delete(key);
  }

  stop(): void {
    for (const entry of this.entries.values()) {
      entry.linger?.cancel();
      entry.informers.stop();
    }
    this.entries.clear();
  }

  private open(key: string, type: ResourceType<KubernetesObject>, namespace: string | undefined, name: string): Entry {
    const informers = new InformerSet(this.client, this.logger);
    const informer = informers.for(type, { ...(namespace !== undefined ? { namespace } : {}), fieldSelector: `metadata.name=${name}` });
    const entry: Entry = { informers, informer, listeners: new Set(), holds: 0, linger: undefined };
    const tell = (): void => { for (const listener of entry.listeners) listener(); };
    const seen = (object: KubernetesObject): void => {
      // What is immutable needs no watch; the copy is kept.
      if (object['immutable'] === true) informer.stop();
      tell();
    };
    informer.onEvent({ add: seen, update: seen, delete: tell });
    this.entries.set(key, entry);
    return entry;
  }

  private async read(entry: Entry, type: ResourceType<KubernetesObject>, namespace: string | undefined, name: string): Promise<KubernetesObject | undefined> {
    const known = entry.informer.get(namespace, name);
    return known ?? this.fetch(type, namespace, name);
  }

  /** Asks the server; undefined when there is no such object. */
  async fetch<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T | undefined> {
    try {
      return await this.client.get(type, namespace, name);
    } catch (error) {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    }
  }
}
