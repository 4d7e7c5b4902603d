import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';

/** What must be reserved for an object before it is written and given back when that fails: addresses and ports of Services. */
export interface ServiceAllocators {
  /** What was given and what is left, in Prometheus' text form. */
  metricsText(): string;
  /** Fills in what a new object needs, in place. The result gives it back. Throws StatusError 422. */
  creating(info: ResourceInfo, object: KubernetesObject, dryRun: boolean): Promise<() => void>;
  updating(info: ResourceInfo, subresource: string, object: KubernetesObject, old: KubernetesObject, dryRun: boolean): Promise<() => void>;
  /** After an update is stored: gives back what the object no longer holds. */
  updated(info: ResourceInfo, object: KubernetesObject, old: KubernetesObject): Promise<void>;
  deleted(info: ResourceInfo, object: KubernetesObject): Promise<void>;
}
