import type { KubernetesObject, ListMeta } from '../../api/object.ts';

/** An object cut down to its metadata: meta.k8s.io PartialObjectMetadata. */
export function partialMetadata(object: KubernetesObject, version = 'v1'): KubernetesObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

export function partialList(objects: KubernetesObject[], metadata: ListMeta, version = 'v1'): KubernetesObject {
  return {
    kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata: metadata as KubernetesObject['metadata'],
    items: objects.map((object) => partialMetadata(object, version)),
  };
}
