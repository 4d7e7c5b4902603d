/** Which encoding a client sends and wants: media types, Accept, the 406 and 415 answers. */
import type { KubernetesObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { StatusError } from '../status.ts';
import { decodeObject, duplicatesOf, withinDepth, type DecodeResult } from './json.ts';
import { countKeys, countKeysInText, parseJson } from './json-text.ts';
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts';
import { duplicateText, parseYaml, stringifyYaml } from './yaml.ts';

export type Encoding = 'json' | 'yaml' | 'protobuf';
export const MEDIA_TYPES: Record<Encoding, string> = { json: 'application/json', yaml: 'application/yaml', protobuf: 'application/vnd.kubernetes.protobuf' };
const BY_MEDIA_TYPE = new Map<string, Encoding>(Object.entries(MEDIA_TYPES).map(([encoding, type]) => [type, encoding as Encoding]));

export interface MediaType { type: string; parameters: Record<string, string>; quality: number }

/** One `type/subtype;name=value` entry. */
export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text.split(';');
  const parameters: Record<string, string> = {};
  let quality = 1;
  for (const part of rest) {
    const at = part.indexOf('=');
    if (at < 0) continue;
    const name = part.slice(0, at).trim().toLowerCase();
    const value = part.slice(at + 1).trim().replace(/^"(.*)"$/, '$1');
    if (name === 'q') quality = Number.isNaN(Number(value)) ? 1 : Number(value);
    else parameters[name] = value;
  }
  return { type: type.trim().toLowerCase(), parameters, quality };
}

export interface Accepted {
  encoding: Encoding;
  /** The body as another kind of meta.k8s.io: its name and version. */
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  version?: string;
  /** `pretty=1` in the media type. */
  pretty: boolean;
  /** For the Content-Type header. */
  contentType: string;
}
export interface AcceptOptions {
  /** What the endpoint can give; custom resources have no protobuf. */
  encodings?: Encoding[];
  /** Watches are not given as YAML. */
  watch?: boolean;
  /** Kinds that `as=` may name; Table and the partial ones by default. */
  as?: readonly string[];
}

const ALL: Encoding[] = ['json', 'yaml', 'protobuf'];
const AS = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;
const cache = new Map<string, Accepted>();
const CACHE_LIMIT = 256;

/** Chooses from an Accept header; throws StatusError 406. Answers are shared: do not change them. */
export function negotiate(accept: string | undefined, options: AcceptOptions = {}): Accepted {
  const key = `${accept ?? ''}|${options.encodings?.join() ?? ''}|${options.watch === true}|${options.as?.join() ?? '*'}`;
  const cached = cache.get(key);
  if (cached) return cached;
  const chosen = choose(accept, options);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(key, chosen);
  return chosen;
}

function choose(accept: string | undefined, options: AcceptOptions): Accepted {
  const encodings = options.encodings ?? ALL;
  const entries = (accept?.trim() || '*/*').split(',').map(parseMediaType).filter(({ quality }) => quality > 0);
  entries.sort((left, right) => right.quality - left.quality);
  for (const entry of entries) {
    const encoding = encodingOf(entry.type, encodings);
    if (!encoding || (options.watch && encoding === 'yaml')) continue;
    const { as, v: version, g: group } = entry.parameters;
    if (as !== undefined && (!(options.as ?? AS).includes(as) || group !== 'meta.k8s.io' || !/^v1(beta1)?$/.test(version ?? '') || (as === 'Table' && encoding === 'protobuf'))) continue;
    const stream = options.watch ? ';stream=watch' : '';
    // Upstream names the stream only for protobuf; JSON frames need no name.
    const contentType = MEDIA_TYPES[encoding] + (encoding === 'protobuf' ? stream : '');
    const pretty = entry.parameters['pretty'] === '1' || entry.parameters['pretty'] === 'true';
    return { encoding, contentType, pretty, ...(as === undefined ? {} : { as: as as (typeof AS)[number], version: version as string }) };
  }
  throw notAcceptable(encodings, options.watch === true);
}

function encodingOf(type: string, encodings: Encoding[]): Encoding | undefined {
  if (type === '*/*' || type === 'application/*') return encodings[0];
  const encoding = BY_MEDIA_TYPE.get(type);
  return encoding && encodings.includes(encoding) ? encoding : undefined;
}

function listed(encodings: Encoding[], watch: boolean): string {
  const types = watch ? encodings.filter((encoding) => encoding !== 'yaml') : encodings;
  return types.map((encoding) => MEDIA_TYPES[encoding] + (watch ? ';stream=watch' : '')).join(', ');
}

export function notAcceptable(encodings: Encoding[] = ALL, watch = false): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${listed(encodings, watch)}`);
}
export function unsupportedMediaType(encodings: Encoding[] = ALL): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${listed(encodings, false)}`);
}

/** The encoding of a request's body; JSON when it does not say. Throws StatusError 415. */
export function bodyEncoding(contentType: string | undefined, encodings: Encoding[] = ALL): Encoding {
  if (!contentType) return 'json';
  const encoding = BY_MEDIA_TYPE.get(parseMediaType(contentType).type);
  if (!encoding || !encodings.includes(encoding)) throw unsupportedMediaType(encodings);
  return encoding;
}

/** A request body before its kind is known. */
export interface ParsedBody {
  encoding: Encoding;
  apiVersion: string;
  kind: string;
  /** Decodes against the schema of the kind; throws DecodeError. Bodies without kind get the caller's schema too. */
  decode(schema: Schema, options?: { strict?: boolean }): DecodeResult<KubernetesObject>;
}

const utf8 = new TextDecoder();

/** Throws JsonSyntaxError or DecodeError for what is no such encoding at all. */
export function parseBody(bytes: Uint8Array, encoding: Encoding): ParsedBody {
  if (encoding === 'protobuf') return parseProtobufBody(bytes);
  const text = utf8.decode(bytes);
  const yaml = encoding === 'yaml' ? parseYaml(text) : undefined;
  const value = yaml ? yaml.value : parseJson(text);
  const { apiVersion, kind } = typeOf(value);
  return {
    encoding, apiVersion, kind,
    decode(schema, options = {}) {
      const result = decodeObject<KubernetesObject>(value, schema, options);
      if (!options.strict) return result;
      if (yaml) return { ...result, duplicateFields: yaml.duplicates, strictErrors: [...duplicateText(yaml.duplicates), ...result.strictErrors] };
      return countKeysInText(text) === withinDepth(() => countKeys(value)) ? result : { ...result, ...duplicatesOf(text, result.unknownFields, result.opaque ?? []) };
    },
  };
}

function parseProtobufBody(bytes: Uint8Array): ParsedBody {
  let type = { apiVersion: '', kind: '' };
  // The envelope names the kind; the message is read when the schema is known.
  decodeProtobuf(bytes, (apiVersion, kind) => { type = { apiVersion, kind }; return EMPTY; });
  return {
    encoding: 'protobuf', ...type,
    decode: (schema) => ({ object: decodeProtobuf(bytes, () => schema), unknownFields: [], duplicateFields: [], strictErrors: [] }),
  };
}
const EMPTY: Schema = { type: 'object', fields: new Map() };

function typeOf(value: unknown): { apiVersion: string; kind: string } {
  if (typeof value !== 'object' || value === null) return { apiVersion: '', kind: '' };
  const { apiVersion, kind } = value as KubernetesObject;
  return { apiVersion: typeof apiVersion === 'string' ? apiVersion : '', kind: typeof kind === 'string' ? kind : '' };
}

/** Encodes an answer. `schema` is needed for protobuf only. */
export function encodeBody(object: unknown, encoding: Encoding, schema?: Schema, pretty = false): Uint8Array {
  if (encoding === 'protobuf') {
    if (!schema) throw notAcceptable(['json', 'yaml']);
    return encodeProtobuf(object as KubernetesObject, schema);
  }
  return Buffer.from(encoding === 'yaml' ? stringifyYaml(object) : pretty ? `${JSON.stringify(object, null, 2)}\n` : `${JSON.stringify(object)}\n`);
}

export { decodeJson, decodeObject } from './json.ts';
