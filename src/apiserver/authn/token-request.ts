import type { KubernetesObject } from '../../api/object.ts';
import { badRequest, invalid, notFound, StatusError, type FieldError } from '../../api/status.ts';
import { formatTime, type Clock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import type { TokenSigner } from '../../pki/jwt.ts';
import type { ObjectReader } from '../contracts.ts';
import type { BoundClaims, Reference } from './service-account-tokens.ts';

const MINIMUM_SECONDS = 600;
const MAXIMUM_SECONDS = 2 ** 32;
/** A projected pod token asks for this odd time; it gets a year, and is only warned about after this time. */
const EXTENDED_REQUEST_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;
export const DEFAULT_SECONDS = 3600;

export interface BoundObjectReference { kind?: string; apiVersion?: string; name?: string; uid?: string }
export interface TokenRequestSpec { audiences?: string[]; expirationSeconds?: number; boundObjectRef?: BoundObjectReference | null }

export interface TokenRequestOptions {
  reader: ObjectReader;
  signer: TokenSigner;
  issuer: string;
  apiAudiences: string[];
  clock: Clock;
  /** Longest life of a token in seconds; absent: as asked. */
  maximumSeconds?: number;
  /** Gives pod tokens of 3607 s a year, as upstream's default does. */
  extendPodTokens?: boolean;
}

interface Binding { claims: Pick<BoundClaims, 'pod' | 'node' | 'secret'>; uid: string; podBound: boolean }

const referenceTo = (object: KubernetesObject): Reference => ({ name: object.metadata?.name, uid: object.metadata?.uid });

function validate(spec: TokenRequestSpec, seconds: number): FieldError[] {
  const wrong = (detail: string): FieldError =>
    ({ type: 'FieldValueInvalid', field: 'spec.expirationSeconds', detail: `Invalid value: ${seconds}: ${detail}` });
  if (seconds < MINIMUM_SECONDS) return [wrong('may not specify a duration less than 10 minutes')];
  if (seconds > MAXIMUM_SECONDS) return [wrong('may not specify a duration larger than 2^32 seconds')];
  return [];
}

function bind(reader: ObjectReader, reference: BoundObjectReference, account: string, namespace: string): Binding {
  const { kind = '', apiVersion = '', name = '' } = reference;
  const find = (resource: string, space: string): KubernetesObject => {
    const object = reader.get('', resource, space, name);
    if (!object) throw notFound('', resource, name);
    return object;
  };
  switch (apiVersion.includes('/') ? '' : kind) {
    case 'Pod': {
      const pod = find('pods', namespace);
      const spec = pod['spec'] as { serviceAccountName?: string; nodeName?: string } | undefined;
      if (spec?.serviceAccountName !== account) {
        throw badRequest(`cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`);
      }
      const node = spec.nodeName ? reader.get('', 'nodes', '', spec.nodeName) : undefined;
      const onNode = spec.nodeName ? { node: { name: spec.nodeName, ...(node ? { uid: node.metadata?.uid } : {}) } } : {};
      return { claims: { pod: referenceTo(pod), ...onNode }, uid: pod.metadata?.uid ?? '', podBound: true };
    }
    case 'Node': {
      const node = find('nodes', '');
      return { claims: { node: referenceTo(node) }, uid: node.metadata?.uid ?? '', podBound: false };
    }
    case 'Secret': {
      const secret = find('secrets', namespace);
      return { claims: { secret: referenceTo(secret) }, uid: secret.metadata?.uid ?? '', podBound: false };
    }
    default: {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
    }
  }
}

function checkNames(object: KubernetesObject, namespace: string, name: string): void {
  const fields = [['name', object.metadata?.name, name], ['namespace', object.metadata?.namespace, namespace]] as const;
  for (const [field, given, wanted] of fields) {
    if (!given || given === wanted) continue;
    const detail = `Invalid value: ${JSON.stringify(given)}: must match the service account ${field} if specified`;
    throw invalid('authentication.k8s.io', 'TokenRequest', name, [{ type: 'FieldValueInvalid', field: `metadata.${field}`, detail }]);
  }
}

function checkUid(kind: string, group: string, name: string, asked: string | undefined, found: string, what: string): void {
  if (!asked || asked === found) return;
  const qualified = group ? `${kind}.${group}` : kind;
  throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified} ${JSON.stringify(name)}: ${what}`, { name, ...(group ? { group } : {}), kind });
}

/** POST serviceaccounts/NAME/token: mints a bound token and answers with the request and its status. */
export async function requestToken(object: KubernetesObject, namespace: string, name: string, options: TokenRequestOptions, warnings?: string[]): Promise<KubernetesObject> {
  const { reader, signer, issuer, apiAudiences, clock } = options;
  checkNames(object, namespace, name);
  const account = reader.get('', 'serviceaccounts', namespace, name);
  if (!account) throw notFound('', 'serviceaccounts', name);
  const uid = account.metadata?.uid ?? '';
  checkUid('TokenRequest', 'authentication.k8s.io', name, object.metadata?.uid, uid,
    `the UID in the token request (${object.metadata?.uid}) does not match the UID of the service account (${uid})`);
  const spec = { ...(object['spec'] as TokenRequestSpec | undefined) };
  spec.audiences = spec.audiences?.length ? spec.audiences : apiAudiences;
  spec.expirationSeconds ??= DEFAULT_SECONDS;
  const errors = validate(spec, spec.expirationSeconds);
  if (errors.length > 0) throw invalid('authentication.k8s.io', 'TokenRequest', '', errors);
  const reference = spec.boundObjectRef;
  const binding = reference ? bind(reader, reference, name, namespace) : undefined;
  if (reference && binding) {
    checkUid(reference.kind ?? '', '', reference.name ?? '', reference.uid, binding.uid, `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
  }
  if (options.maximumSeconds && spec.expirationSeconds > options.maximumSeconds) {
    warnings?.push(`requested expiration of ${spec.expirationSeconds} seconds shortened to ${options.maximumSeconds} seconds`);
    spec.expirationSeconds = options.maximumSeconds;
  }
  const extended = (options.extendPodTokens ?? true) && binding?.podBound === true && spec.expirationSeconds === EXTENDED_REQUEST_SECONDS
    && spec.audiences.every((audience) => apiAudiences.includes(audience));
  const { managedFields } = object.metadata ?? {};
  const now = Math.floor(clock.now() / 1000);
  const token = await signer.sign({
    aud: spec.audiences, exp: now + (extended ? EXTENDED_SECONDS : spec.expirationSeconds), iat: now, iss: issuer, jti: systemRandom.uuid(),
    'kubernetes.io': {
      namespace, ...binding?.claims, serviceaccount: { name, uid }, ...(extended ? { warnafter: now + spec.expirationSeconds } : {}),
    } satisfies BoundClaims,
    nbf: now, sub: `system:serviceaccount:${namespace}:${name}`,
  });
  return {
    kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid, creationTimestamp: formatTime(clock.now()), ...managedFields ? { managedFields } : {} }, spec,
    status: { token, expirationTimestamp: formatTime((now + spec.expirationSeconds) * 1000) },
  };
}
