/** Decoding of custom resources: prunes what the CRD's schema does not know and keeps everything else as it was given. */
import type { Schema } from '../schema.ts';
import { sortedText } from '../sorted-text.ts';
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
    if (embedded && key === 'metadata' && typeof given === 'object' && given !== null) decoded = metadataOf(given, context);
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

/** Metadata is read apart from its object: a wrong type is told by its place in there, and ends the decoding. */
function metadataOf(given: object, context: DecodeContext): unknown {
  const { path } = context;
  const own: DecodeContext = { ...context, path: [...path, 'metadata'], typeError: undefined };
  const decoded = decodeCustom(given, definitionSchema(OBJECT_META) as Schema, own, false);
  if (own.empty) context.empty = own.empty;
  if (own.typeError === undefined) return decoded;
  const place = `.${strictNames([...path, 'metadata'])}.`;
  const plain = own.typeError.replace(place, '.');
  context.typeError ??= path.length === 0 ? plain : `${strictPath([...path, 'metadata'])}: Invalid value: ${sortedText(given)}: ${plain}`;
  return decoded;
}

function strictNames(path: (string | number)[]): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

function member(value: unknown, schema: Schema, key: string | number, context: DecodeContext): unknown {
  context.path.push(key);
  const decoded = decodeCustom(value, schema, context, false);
  context.path.pop();
  return decoded;
}
