import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { decodeObject, type DecodeResult } from '../../api/codec/json.ts';
import { decodeProtobuf } from '../../api/codec/protobuf.ts';

/** A YAML body; the library is loaded when the first one comes. */
export async function decodeYamlBody(text: string, schema: Schema, strict: boolean): Promise<DecodeResult<KubernetesObject>> {
  const [{ duplicateText }, { readYaml }] = await Promise.all([import('../../api/codec/yaml.ts'), import('./yaml-text.ts')]);
  const { value, duplicates } = await readYaml(text);
  const result = decodeObject<KubernetesObject>(value, schema, { strict });
  return strict && duplicates.length ? { ...result, strictErrors: [...duplicateText(duplicates), ...result.strictErrors] } : result;
}

/** A protobuf body; it carries its kind, and unknown fields of it are nobody's mistake. */
export function decodeProtobufBody(bytes: Uint8Array, schema: Schema): DecodeResult<KubernetesObject> {
  const object = decodeProtobuf(bytes, () => schema);
  return { object, unknownFields: [], duplicateFields: [], strictErrors: [] };
}
