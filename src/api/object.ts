/** The shape that all objects of the API share. Typed kinds are in `schema/v1.37/types`. */
export interface OwnerReference {
  apiVersion: string; kind: string; name: string; uid: string; controller?: boolean; blockOwnerDeletion?: boolean;
}
export interface ManagedFieldsEntry {
  manager?: string; operation?: string; apiVersion?: string; time?: string; fieldsType?: string; fieldsV1?: Record<string, unknown>; subresource?: string;
}
export interface ObjectMeta {
  name?: string; generateName?: string; namespace?: string; uid?: string; resourceVersion?: string; generation?: number;
  creationTimestamp?: string | null; deletionTimestamp?: string; deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>; annotations?: Record<string, string>; ownerReferences?: OwnerReference[];
  finalizers?: string[]; managedFields?: ManagedFieldsEntry[]; selfLink?: string;
}
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  [field: string]: unknown;
}
export interface ListMeta { resourceVersion?: string; continue?: string; remainingItemCount?: number; selfLink?: string }
export interface KubernetesList<T> { apiVersion?: string; kind?: string; metadata?: ListMeta; items: T[] }
