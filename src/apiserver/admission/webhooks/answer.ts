import { decodeJson, decodeObject, DecodeError, parseJson } from '../../../api/codec/json.ts';
import { goKind } from '../../../api/patch/merge-patch.ts';
import type { Schema } from '../../../api/schema.ts';
import type { JsonAnswer } from '../../transport/post-json.ts';
import { REVIEWS, STATUS } from './review-schema.ts';
import { WebhookFailure, type ReviewAnswer } from './review.ts';

const LAST_READABLE_CODE = 206;
const SHOWN_BYTES = 2048;
const TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const META_KINDS = new Set(['Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList', 'WatchEvent', 'ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions']);

/** The review in an answer to one of `reviewVersion`. Throws WebhookFailure, worded as upstream words it. */
export async function readReview(answer: JsonAnswer, reviewVersion: string): Promise<ReviewAnswer> {
  const { code, text, contentType } = answer;
  if (code < 200 || code > LAST_READABLE_CODE) throw failed(await statusMessage(answer) ?? codeMessage(answer));
  if (text === '') throw failed(`0-length response with status code: ${code} and content type: ${contentType || 'application/json'}`);
  const value = await parsed(text);
  const { apiVersion, kind } = typeOf(value);
  checkType(apiVersion || `admission.k8s.io/${reviewVersion}`, kind || 'AdmissionReview', reviewVersion);
  return { apiVersion, kind, ...decoded<ReviewAnswer>(value, text, REVIEWS[reviewVersion] as Schema) };
}

const failed = (why: string): WebhookFailure => new WebhookFailure(`failed to call webhook: ${why}`);
const looksLikeJson = (text: string): boolean => text.trimStart().startsWith('{');

/** What does not begin as a JSON object is read as YAML. */
async function parsed(text: string): Promise<unknown> {
  try {
    if (looksLikeJson(text)) return parseJson(text);
  } catch (error) {
    throw failed(`couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
  const { parse } = await import('yaml');
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw failed(`error converting YAML to JSON: ${(error as Error).message.split('\n')[0]}`);
  }
}

function decoded<T>(value: unknown, text: string, schema: Schema): T {
  try {
    return (looksLikeJson(text) ? decodeJson<T>(text, schema) : decodeObject<T>(value, schema)).object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw failed(error.message);
  }
}

function typeOf(value: unknown): { apiVersion: string; kind: string } {
  const unread = (why: string): WebhookFailure => failed(`couldn't get version/kind; json parse error: json: cannot unmarshal ${why}`);
  if (value !== null && (typeof value !== 'object' || Array.isArray(value))) throw unread(`${goKind(value)} into Go value of type ${TYPE_META}`);
  const found = { apiVersion: '', kind: '' };
  for (const key of ['apiVersion', 'kind'] as const) {
    const given = (value as Record<string, unknown> | null)?.[key] ?? '';
    if (typeof given !== 'string') throw unread(`${goKind(given)} into Go struct field .${key} of type string`);
    found[key] = given;
  }
  return found;
}

function checkType(apiVersion: string, kind: string, reviewVersion: string): void {
  const [version = '', group = '', ...more] = apiVersion.split('/').reverse();
  if (more.length > 0) throw failed(`unexpected GroupVersion string: ${apiVersion}`);
  const isReview = group === 'admission.k8s.io' && kind === 'AdmissionReview' && REVIEWS[version] !== undefined;
  if (isReview && version === reviewVersion) return;
  if (isReview || (apiVersion === 'v1' && META_KINDS.has(kind))) throw failed(`converting (${version}.${kind}) to (${reviewVersion}.AdmissionReview): unknown conversion`);
  throw failed(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`);
}

/** What a Status in the place of an answer says. */
async function statusMessage({ text }: JsonAnswer): Promise<string | undefined> {
  try {
    const value = await parsed(text);
    const { apiVersion, kind } = typeOf(value);
    if (kind !== 'Status' || (apiVersion || 'v1') !== 'v1') return undefined;
    const { status, message = '' } = decoded<{ status?: string; message?: string }>(value, text, STATUS);
    return status === 'Failure' ? message : undefined;
  } catch {
    return undefined;
  }
}

const MESSAGES: Record<number, string> = {
  400: 'the server rejected our request for an unknown reason', 401: 'the server has asked for the client to provide credentials', 404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource', 409: 'the server reported a conflict', 422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later', 503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

/** What a code says, with the words of an answer that is plain text. */
function codeMessage({ code, text, contentType }: JsonAnswer): string {
  const words = contentType === '' || contentType.startsWith('text/') ? Buffer.from(text).subarray(0, SHOWN_BYTES).toString().trim() : 'unknown';
  if (code === 403 || code === 415) return words;
  if (code === 406) return words === '' || words === 'unknown' ? 'the server was unable to respond with a content type that the client supports' : words;
  return MESSAGES[code] ?? (code >= 500 ? `an error on the server (${JSON.stringify(words)}) has prevented the request from succeeding`
    : `the server responded with the status code ${code} but did not return more information`);
}
