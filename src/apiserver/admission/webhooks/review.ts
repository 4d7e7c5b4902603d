import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import { StatusError, type Status } from '../../../api/status.ts';
import type { AdmissionAttributes } from '../../contracts.ts';

export interface GroupVersionKind { group: string; version: string; kind: string }

export interface ReviewResponse {
  uid?: string; allowed?: boolean; status?: Partial<Status>; patch?: string; patchType?: string;
  auditAnnotations?: Record<string, string>; warnings?: string[];
}
export interface ReviewAnswer { apiVersion?: string; kind?: string; response?: ReviewResponse }

/** The webhook could not be asked, or answered with nonsense: `failurePolicy` decides. */
export class WebhookFailure extends Error {
  override name = 'WebhookFailure';
}

function kindOf(attributes: AdmissionAttributes, info: ResourceInfo): GroupVersionKind {
  const { object, oldObject, subresource } = attributes;
  const sub = subresource ? info.subresources?.get(subresource) : undefined;
  if (sub?.kind) return { group: sub.group, version: sub.version, kind: sub.kind };
  const [apiVersion, kind] = [(object ?? oldObject)?.apiVersion, (object ?? oldObject)?.kind];
  if (subresource && apiVersion && kind) {
    const slash = apiVersion.indexOf('/');
    return { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
  }
  return { group: info.group, version: info.version, kind: info.kind };
}

/** With its type, which objects inside the server may lack. */
export function typed(object: KubernetesObject | undefined, { group, version, kind }: GroupVersionKind): KubernetesObject | null {
  if (!object) return null;
  return object.apiVersion && object.kind ? object : { apiVersion: group ? `${group}/${version}` : version, kind, ...object };
}

/** `admission.k8s.io` AdmissionReview. `info`: the form the webhook asked for, in which object and oldObject are. */
export function makeReview(uid: string, reviewVersion: string, attributes: AdmissionAttributes, info: ResourceInfo): KubernetesObject {
  const { operation, subresource, namespace, name, user, dryRun, object, oldObject, options } = attributes;
  const kind = kindOf(attributes, info);
  const requestKind = kindOf(attributes, attributes.info);
  const resource = ({ group, version, resource: plural }: ResourceInfo): object => ({ group, version, resource: plural });
  const isNamespace = info.group === '' && info.resource === 'namespaces';
  return {
    kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${reviewVersion}`,
    request: {
      uid, kind, resource: resource(info), ...(subresource ? { subResource: subresource } : {}),
      requestKind, requestResource: resource(attributes.info), ...(subresource ? { requestSubResource: subresource } : {}),
      ...(name ? { name } : {}), ...(isNamespace ? { namespace: name } : namespace ? { namespace } : {}), operation,
      userInfo: { username: user.name, ...(user.uid ? { uid: user.uid } : {}), groups: user.groups, ...(user.extra ? { extra: user.extra } : {}) },
      object: typed(object, kind), oldObject: typed(oldObject, kind), dryRun, options: operation === 'CONNECT' ? null : options,
    },
  };
}

/** The response, when it is one. Throws WebhookFailure with what is wrong with it. */
export function checkResponse(answer: ReviewAnswer, uid: string, reviewVersion: string, mutating: boolean): ReviewResponse {
  const bad = (reason: string): WebhookFailure => new WebhookFailure(`received invalid webhook response: ${reason}`);
  const { response } = answer;
  if (!response) throw bad('webhook response was absent');
  // The older version said nothing of these.
  if (reviewVersion !== 'v1') return { ...response, patchType: 'JSONPatch' };
  if ((response.uid ?? '') !== uid) throw bad(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  if (answer.kind !== 'AdmissionReview' || answer.apiVersion !== 'admission.k8s.io/v1') {
    throw bad(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${answer.apiVersion || '/'}, Kind=${answer.kind ?? ''}`);
  }
  const { patch, patchType } = response;
  if (mutating) {
    if (patch && patchType === undefined) throw bad('webhook returned response.patch but not response.patchType');
    if (!patch && patchType !== undefined) throw bad('webhook returned response.patchType but not response.patch');
    if (patchType === '') throw bad('webhook returned invalid response.patchType of ""');
  } else {
    if (patch) throw bad('validating webhook may not return response.patch');
    if (patchType !== undefined) throw bad('validating webhook may not return response.patchType');
  }
  return response;
}

/** What a webhook says about its refusal, whole: also what a Status of our own would not have. */
class Refusal extends StatusError {
  override name = 'Refusal';
  private readonly given: Partial<Status>;

  constructor(code: number, message: string, given: Partial<Status>) {
    super(code, given.reason ?? '', message, given.details);
    this.given = given;
  }

  override toStatus(): Status {
    const { metadata = {}, status } = this.given;
    return { ...super.toStatus(), metadata, status: !status || status === 'Success' ? 'Failure' : status } as Status;
  }
}

/** The refusal as the client sees it: the webhook's own status, with who refused before its message. */
export function refusal(webhookName: string, status: Partial<Status> = {}): StatusError {
  const start = `admission webhook ${JSON.stringify(webhookName)} denied the request`;
  const message = status.message ? `${start}: ${status.message}` : status.reason ? `${start}: ${status.reason}` : `${start} without explanation`;
  return new Refusal(Math.max(400, status.code ?? 400), message, status);
}
