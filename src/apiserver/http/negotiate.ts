import { StatusError } from '../../api/status.ts';

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
export const SERVED_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

/** What shape an answer takes: the object itself, or what meta.k8s.io makes of any object. */
export type Transform = 'none' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

const TRANSFORMS: readonly Transform[] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];

/** How an answer is written. */
export interface OutputForm {
  mediaType: typeof JSON_TYPE | typeof YAML_TYPE | typeof PROTOBUF_TYPE;
  transform: Transform;
  /** Version of meta.k8s.io asked for with the transform. */
  transformVersion: string;
  pretty: boolean;
  /** Of a Table: only the first of a watch tells what its columns are. */
  withoutColumns?: boolean;
}

export const PLAIN_JSON: OutputForm = { mediaType: JSON_TYPE, transform: 'none', transformVersion: 'v1', pretty: false };

interface Clause { type: string; parameters: Record<string, string>; quality: number }

export function parseAccept(header: string): Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(',')) {
    const [type, ...rest] = part.split(';');
    if (!type?.trim()) continue;
    const clause: Clause = { type: type.trim(), parameters: {}, quality: 1 };
    for (const piece of rest) {
      const equals = piece.indexOf('=');
      if (equals < 0) continue;
      const key = piece.slice(0, equals).trim();
      const value = piece.slice(equals + 1).trim();
      if (key === 'q') clause.quality = Number(value) || 0;
      else clause.parameters[key] = value;
    }
    clauses.push(clause);
  }
  return clauses.some((clause) => clause.quality !== 1) ? clauses.sort((a, b) => b.quality - a.quality) : clauses;
}

function matchType(type: string): OutputForm['mediaType'] | undefined {
  if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return JSON_TYPE;
  if (type === YAML_TYPE) return YAML_TYPE;
  return type === PROTOBUF_TYPE ? PROTOBUF_TYPE : undefined;
}

/** The transform that a clause asks for; undefined when it asks for one that this endpoint has not. */
function matchTransform(parameters: Record<string, string>, allowed: readonly Transform[]): Transform | undefined {
  const wanted = parameters['as'];
  if (wanted === undefined) return 'none';
  if (parameters['g'] !== 'meta.k8s.io' || (parameters['v'] !== 'v1' && parameters['v'] !== 'v1beta1')) return undefined;
  // Of what is no list there is no list of metadata: that shows once there is an answer.
  if (wanted === 'Table' && !allowed.includes('Table')) return undefined;
  return allowed.length > 0 && TRANSFORMS.includes(wanted as Transform) ? (wanted as Transform) : undefined;
}

export function notAcceptable(): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${SERVED_TYPES.join(', ')}`);
}

const cache = new Map<string, OutputForm>();
const CACHE_LIMIT = 200;

/** What the path's router has asked of the client's types before: nothing, or to name one of the object's or the list's. */
export type Routing = 'none' | 'object' | 'list';

const STREAMED_TYPES = [JSON_TYPE, PROTOBUF_TYPE].map((type) => `${type};stream=watch`);

/** Picks the form of the answer out of an Accept header. Throws StatusError 406 when nothing fits. */
export function negotiate(accept: string | undefined, allowed: readonly Transform[], pretty: boolean, routing: Routing = 'object'): OutputForm {
  if (!accept && !pretty) return PLAIN_JSON;
  const cacheKey = `${accept ?? ''}|${allowed.join()}|${pretty}|${routing}`;
  const known = cache.get(cacheKey);
  if (known) return known;
  const form = pick(accept || '*/*', allowed, pretty, routing);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(cacheKey, form);
  return form;
}

function pick(accept: string, allowed: readonly Transform[], pretty: boolean, routing: Routing): OutputForm {
  const clauses = parseAccept(accept);
  if (routing !== 'none' && !clauses.some(({ type }) => type === '*/*' || SERVED_TYPES.includes(type))) throw unrouted(routing === 'list' ? [...SERVED_TYPES, ...STREAMED_TYPES] : SERVED_TYPES);
  for (const { type, parameters } of clauses) {
    const mediaType = matchType(type);
    const transform = matchTransform(parameters, allowed);
    // A table has no protobuf form.
    if (!mediaType || transform === undefined || (transform === 'Table' && mediaType === PROTOBUF_TYPE)) continue;
    return { mediaType, transform, transformVersion: parameters['v'] ?? 'v1', pretty };
  }
  throw notAcceptable();
}

/** As the router of upstream's server words it. */
function unrouted(types: readonly string[]): StatusError {
  return new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`, {});
}

/** For documents that have one form, whatever parameters are asked for. Throws StatusError 406. */
export function checkAccepts(accept: string | undefined, type: string): void {
  if (accept && !parseAccept(accept).some((clause) => clause.type === type || clause.type === '*/*')) throw unrouted([type]);
}

/** Watches are streams of JSON or protobuf; there is no stream of YAML. */
export function notStreamable(): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${STREAMED_TYPES.join(', ')}`);
}

/** `; charset=utf-8`, any number of them. */
const PARAMETERS = /^(\s*;\s*[^\s;="]+\s*=\s*("[^"]*"|[^\s;"]+))*\s*;?\s*$/;

/** Media type of a body without its parameters; JSON when the client says nothing. What cannot be read is no type. */
export function mediaTypeOf(contentType: string | undefined): string {
  const mark = contentType?.indexOf(';') ?? -1;
  if (contentType && mark >= 0 && (mark === 0 || !PARAMETERS.test(contentType.slice(mark)))) return 'unreadable';
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() || JSON_TYPE;
}
