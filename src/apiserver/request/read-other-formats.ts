import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { decodeObject, type DecodeResult } from '../../api/codec/json.ts';
import { decodeProtobuf } from '../../api/codec/protobuf.ts';
import { badRequest } from '../../api/status.ts';

/** A YAML body; the library is loaded when the first one comes. */
export async function decodeYamlBody(text: string, schema: Schema, strict: boolean): Promise<DecodeResult<KubernetesObject>> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text, { schema: 'yaml-1.1' });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
  return decodeObject<KubernetesObject>(value, schema, { strict });
}

/** A protobuf body; it carries its kind, and unknown fields of it are nobody's mistake. */
export function decodeProtobufBody(bytes: Uint8Array, schema: Schema): DecodeResult<KubernetesObject> {
  const object = decodeProtobuf(bytes, () => schema);
  return { object, unknownFields: [], duplicateFields: [], strictErrors: [] };
}
