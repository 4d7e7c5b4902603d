import type { KubernetesObject } from '../../api/object.ts';
import type { ObjectReader } from '../contracts.ts';

/** An ObjectReader over a plain list, for unit tests of authn, authz and admission. */
export class TestReader implements ObjectReader {
  private readonly objects = new Map<string, KubernetesObject>();
  private counter = 0;

  put(group: string, resource: string, object: unknown): this {
    const { metadata = {} } = object as KubernetesObject;
    this.objects.set(`${group}|${resource}|${metadata.namespace ?? ''}|${metadata.name}`, object as KubernetesObject);
    this.counter++;
    return this;
  }

  remove(group: string, resource: string, namespace: string, name: string): void {
    this.objects.delete(`${group}|${resource}|${namespace}|${name}`);
    this.counter++;
  }

  get(group: string, resource: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.objects.get(`${group}|${resource}|${namespace}|${name}`);
  }

  * list(group: string, resource: string, namespace?: string): Iterable<KubernetesObject> {
    const prefix = `${group}|${resource}|${namespace ? `${namespace}|` : ''}`;
    for (const [key, object] of this.objects) if (key.startsWith(prefix)) yield object;
  }

  revision(): number {
    return this.counter;
  }
}
