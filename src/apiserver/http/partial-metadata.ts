import type { KubernetesObject, ListMeta, ObjectMeta } from '../../api/object.ts';

/** An object cut down to its metadata: meta.k8s.io PartialObjectMetadata. */
export function partialMetadata(object: KubernetesObject, version = 'v1'): KubernetesObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.kind === 'DaemonSet' ? withoutTemplateGeneration(object.metadata) : object.metadata };
}

/** Upstream keeps this in a field of its own and shows it as an annotation with the whole object only. */
function withoutTemplateGeneration(metadata: ObjectMeta = {}): ObjectMeta {
  const { 'deprecated.daemonset.template.generation': _, ...others } = metadata.annotations ?? {};
  const { annotations: _all, ...rest } = metadata;
  return Object.keys(others).length > 0 ? { ...rest, annotations: others } : rest;
}

export function partialList(objects: KubernetesObject[], metadata: ListMeta, version = 'v1'): KubernetesObject {
  return {
    kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}`, metadata: metadata as KubernetesObject['metadata'],
    items: objects.length > 0 ? objects.map((object) => partialMetadata(object, version)) : null,
  };
}
