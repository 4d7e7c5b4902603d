import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from '../../../schema/v1.37/types/apiextensions-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Schema } from '../../api/schema.ts';
import type { AdditionalColumn } from '../tables/custom.ts';

export type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps };

export const DEFINITIONS = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** A resource of a CRD as it stands in the scheme, with what only custom resources have. */
export interface CustomResourceInfo extends ResourceInfo {
  builtIn: false;
  additionalPrinterColumns: AdditionalColumn[];
  /** Field selectors of this version: name of the field -> its value in an object of the version. */
  selectableFields?(object: KubernetesObject): Record<string, string>;
  /** The names of those fields, for the published schema. */
  selectablePaths?: string[];
  /** Fields can be told only after a webhook has converted the object. */
  convertsByWebhook: boolean;
  /** For the Warning header of every request to a deprecated version. */
  deprecationWarning?: string;
}

/** One version of a CRD, served or not. */
export interface VersionEntry {
  name: string;
  schema: Schema;
  /** undefined: this version is not served. */
  info: CustomResourceInfo | undefined;
}

/** JSON schema nodes below `schema` that hold a structural part, by the way they are reached. */
export function itemsOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return typeof schema.items === 'object' && schema.items !== null && !Array.isArray(schema.items) ? schema.items as JSONSchemaProps : undefined;
}

/** The schema of free keys; `true` when anything goes. */
export function additionalOf(schema: JSONSchemaProps): JSONSchemaProps | true | undefined {
  const additional = schema.additionalProperties as unknown;
  if (additional === true) return true;
  return typeof additional === 'object' && additional !== null ? additional as JSONSchemaProps : undefined;
}
