/** Managers may have written through other versions of a kind: how to see an object as they do. */
import { convertBuiltIn } from '../../conversion.ts';
import type { KubernetesObject } from '../../object.ts';
import type { Schema } from '../../schema.ts';
import { definitionNameOfKind, definitionSchema } from '../../schema-tables.ts';
import { mergeTypeOf, type MergeType } from './merge-type.ts';

export interface KindVersions {
  /** Undefined for a version that is served no more: its managers are forgotten. */
  schema(apiVersion: string, kind: string): Schema | undefined;
  convert(object: KubernetesObject, apiVersion: string): KubernetesObject;
}

export const builtInVersions: KindVersions = {
  schema(apiVersion, kind) {
    const slash = apiVersion.indexOf('/');
    const name = definitionNameOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
    return name ? definitionSchema(name) : undefined;
  },
  convert: convertBuiltIn,
};

/** An object in one version, with the type to walk it by. */
export interface Versioned { value: KubernetesObject; type: MergeType }

/** Undefined when the version is not known. */
export function inVersion(object: KubernetesObject, apiVersion: string, own: { apiVersion: string; type: MergeType; kind: string }, versions: KindVersions): Versioned | undefined {
  if (apiVersion === own.apiVersion) return { value: object, type: own.type };
  const schema = versions.schema(apiVersion, own.kind);
  return schema && { value: versions.convert(object, apiVersion), type: mergeTypeOf(schema) };
}
