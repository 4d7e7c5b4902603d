import type { KubernetesObject } from '../../api/object.ts';

type Fields = Record<string, unknown>;

/**
 * A CustomResourceDefinition of the first form, in which upstream's API server still stores them: what all versions have in common
 * stands beside the list of versions.
 */
export function definitionFromV1beta1(object: KubernetesObject): KubernetesObject {
  const { version, validation, subresources, additionalPrinterColumns, selectableFields, preserveUnknownFields, conversion, versions, ...spec } = object['spec'] as Fields;
  const common = { schema: validation, subresources, additionalPrinterColumns, selectableFields };
  const list = Array.isArray(versions) && versions.length > 0 ? versions as Fields[] : [{ name: version, served: true, storage: true }];
  return {
    ...object, apiVersion: 'apiextensions.k8s.io/v1',
    spec: {
      ...spec, versions: list.map((each) => versionFrom(each, common)),
      ...(conversion ? { conversion: conversionFrom(conversion as Fields) } : {}), ...(preserveUnknownFields ? { preserveUnknownFields } : {}),
    },
  };
}

function versionFrom(version: Fields, common: Fields): Fields {
  const merged: Fields = { ...version };
  for (const [field, value] of Object.entries(common)) if (merged[field] === undefined && value !== undefined) merged[field] = value;
  const columns = merged['additionalPrinterColumns'] as Fields[] | undefined;
  if (columns) merged['additionalPrinterColumns'] = columns.map(({ JSONPath, ...column }) => ({ ...column, jsonPath: JSONPath }));
  return merged;
}

function conversionFrom({ strategy, webhookClientConfig, conversionReviewVersions }: Fields): Fields {
  if (!webhookClientConfig) return { strategy };
  return { strategy, webhook: { clientConfig: webhookClientConfig, conversionReviewVersions } };
}
