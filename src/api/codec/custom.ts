/** Decoding of custom resources: prunes what the CRD's schema does not know and keeps everything else as it was given. */
import type { Schema } from '../schema.ts';
import { definitionSchema } from '../schema-tables.ts';
import { copyJson, decoderOf, strictPath, type DecodeContext } from './json.ts';

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const ALWAYS_KNOWN = new Set(['apiVersion', 'kind', 'metadata']);

/** Values of wrong types pass: the CRD's validation names them, not the decoder. */
export function decodeCustom(value: unknown, schema: Schema, context: DecodeContext, isRoot = context.path.length === 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (schema.name) return decoderOf(schema)(value, context);
  if (Array.isArray(value)) {
    if (!schema.items) return copyJson(value);
    return value.map((item, index) => member(item, schema.items as Schema, index, context));
  }
  const source = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  const embedded = isRoot || schema.embeddedResource === true;
  for (const key in source) {
    const given = source[key];
    const field = schema.fields?.get(key)?.schema;
    let decoded: unknown;
    if (embedded && key === 'metadata' && typeof given === 'object' && given !== null) decoded = member(given, definitionSchema(OBJECT_META) as Schema, key, context);
    else if (embedded && ALWAYS_KNOWN.has(key)) decoded = copyJson(given);
    else if (field) decoded = member(given, field, key, context);
    else if (schema.values) decoded = member(given, schema.values, key, context);
    else if (schema.preserveUnknownFields || schema.type === 'any') decoded = copyJson(given);
    else {
      if (context.collectUnknown) context.unknown.push(strictPath([...context.path, key]));
      continue;
    }
    if (key === '__proto__') Object.defineProperty(result, key, { value: decoded, writable: true, enumerable: true, configurable: true });
    else result[key] = decoded;
  }
  return result;
}

function member(value: unknown, schema: Schema, key: string | number, context: DecodeContext): unknown {
  context.path.push(key);
  const decoded = decodeCustom(value, schema, context, false);
  context.path.pop();
  return decoded;
}
