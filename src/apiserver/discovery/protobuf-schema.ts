import type { Field, Schema } from '../../api/schema.ts';
import { definitionSchema } from '../../api/schema-tables.ts';

/** The shape of aggregated discovery, which is no kind that can be stored, for its protobuf form. */
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const TEXT: Schema = { type: 'string' };
const list = (items: Schema): Schema => ({ type: 'array', items });

function message(...members: [name: string, schema: Schema, pointer?: 'pointer'][]): Schema {
  const field = ([name, schema, pointer]: [string, Schema, string?], index: number): [string, Field] =>
    [name, { name, schema, required: false, protobufNumber: index + 1, pointer: pointer !== undefined }];
  return { type: 'object', fields: new Map(members.map(field)) };
}

let schema: Schema | undefined;

/** Of APIGroupDiscoveryList; fields stand in the order of their numbers. */
export function discoverySchema(): Schema {
  if (schema) return schema;
  const kind = message(['group', TEXT], ['version', TEXT], ['kind', TEXT]);
  const subresource = message(['subresource', TEXT], ['responseKind', kind, 'pointer'], ['acceptedTypes', list(kind)], ['verbs', list(TEXT)]);
  const resource = message(
    ['resource', TEXT], ['responseKind', kind, 'pointer'], ['scope', TEXT], ['singularResource', TEXT], ['verbs', list(TEXT)], ['shortNames', list(TEXT)],
    ['categories', list(TEXT)], ['subresources', list(subresource)],
  );
  const version = message(['version', TEXT], ['resources', list(resource)], ['freshness', TEXT]);
  const group = message(['metadata', definitionSchema(`${META}.ObjectMeta`) as Schema], ['versions', list(version)]);
  return (schema = message(['metadata', definitionSchema(`${META}.ListMeta`) as Schema], ['items', list(group)]));
}
