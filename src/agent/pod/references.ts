import type { ConfigMap, PersistentVolume, PersistentVolumeClaim, Pod, Secret } from '../../../schema/v1.37/types/core-v1.ts';
import type { ResourceType } from '../../client/client.ts';
import { CONFIG_MAPS, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, SECRETS } from '../../client/resources.ts';
import type { ObjectCache, ObjectHold } from '../object-cache.ts';

/** The objects a pod refers to, held (and so watched) from first use to the pod's end. */
export class PodReferences {
  private readonly cache: ObjectCache;
  private readonly namespace: string;
  private readonly onChange: () => void;
  private readonly holds = new Map<string, ObjectHold<unknown>>();

  constructor(cache: ObjectCache, namespace: string, onChange: () => void) {
    this.cache = cache;
    this.namespace = namespace;
    this.onChange = onChange;
  }

  configMap(name: string): Promise<ConfigMap | undefined> { return this.get(CONFIG_MAPS, this.namespace, name); }
  secret(name: string): Promise<Secret | undefined> { return this.get(SECRETS, this.namespace, name); }
  // Nodes may read single claims and volumes, not watch them.
  claim(name: string): Promise<PersistentVolumeClaim | undefined> { return this.cache.fetch(PERSISTENT_VOLUME_CLAIMS, this.namespace, name); }
  volume(name: string): Promise<PersistentVolume | undefined> { return this.cache.fetch(PERSISTENT_VOLUMES, undefined, name); }

  /** The pull secrets that exist; a missing one is no error. */
  async pullSecrets(pod: Pod): Promise<Secret[]> {
    const names = (pod.spec?.imagePullSecrets ?? []).map((reference) => reference.name).filter((name) => name !== undefined);
    const secrets = await Promise.all(names.map((name) => this.secret(name).catch(() => undefined)));
    return secrets.filter((secret) => secret !== undefined);
  }

  release(): void {
    for (const hold of this.holds.values()) hold.release();
    this.holds.clear();
  }

  private get<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T | undefined> {
    const key = `${type.resource}/${name}`;
    let hold = this.holds.get(key) as ObjectHold<T> | undefined;
    if (!hold) {
      hold = this.cache.hold(type, namespace, name, this.onChange);
      this.holds.set(key, hold);
    }
    return hold.get();
  }
}
