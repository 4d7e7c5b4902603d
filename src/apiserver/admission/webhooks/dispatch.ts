import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../../api/schema.ts';
import { badRequest, internalError } from '../../../api/status.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import type { Random } from '../../../base/random.ts';
import type { AdmissionAttributes, Authorizer, ObjectReader } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import { inForm } from '../forms.ts';
import { isExempt, matchRequest } from '../rule-matching.ts';
import { targetOf, type WebhookCaller } from './call.ts';
import type { Hook } from './hooks.ts';
import type { WebhookMetrics } from './metrics.ts';
import { checkResponse, makeReview, WebhookFailure, type ReviewResponse } from './review.ts';

export interface WebhookOptions {
  reader: ObjectReader;
  authorizer: Authorizer;
  caller: WebhookCaller;
  scheme?: Scheme;
  /** Into another served version, for webhooks that want an equivalent one. */
  convert?(object: KubernetesObject, to: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  /** Reads an object a webhook has patched as if it had come in: drops unknown fields, fills defaults. */
  normalize?(object: KubernetesObject, info: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  random: Random;
  log: Logger;
  clock: Clock;
  metrics: WebhookMetrics;
}

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const DEFAULT_TIMEOUT_SECONDS = 10;
const FORBIDDEN = 403;

/** The form in which a hook wants the request; undefined when it does not want it. */
export async function wanted(hook: Hook, attributes: AdmissionAttributes, options: WebhookOptions): Promise<ResourceInfo | undefined> {
  const { webhook } = hook;
  const info = matchRequest(webhook, attributes, options.reader, options.scheme);
  if (!info || !webhook.matchConditions?.length) return info;
  const { createEvaluation, evaluateConditions } = await import('../expressions.ts');
  const inItsForm = await inForm(attributes, info, options);
  const verdict = await evaluateConditions(webhook.matchConditions, createEvaluation({ attributes: inItsForm, info, authorizer: options.authorizer }));
  if (verdict === 'match') return info;
  if (verdict === 'skip' || webhook.failurePolicy === 'Ignore') return undefined;
  throw forbid(attributes, verdict.error);
}

function checkDryRun({ dryRun }: AdmissionAttributes, { webhook }: Hook): void {
  if (dryRun && webhook.sideEffects !== 'None' && webhook.sideEffects !== 'NoneOnDryRun') {
    throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
  }
}

/**
 * Asks one webhook and lets `take` read its answer. Resolves with undefined when it could not be asked and `failurePolicy` says to go on; throws StatusError
 * 500 when it says to fail.
 */
export async function ask(
  hook: Hook, attributes: AdmissionAttributes, info: ResourceInfo, mutating: boolean, options: WebhookOptions, take?: (response: ReviewResponse) => Promise<void>,
): Promise<ReviewResponse | undefined> {
  const { webhook } = hook;
  checkDryRun(attributes, hook);
  const uid = options.random.uuid();
  const timeout = webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const started = options.clock.monotonic();
  const note = (refusal: { code: number; error: boolean } | undefined, failedOpen: boolean): void => options.metrics.note({
    name: webhook.name, type: mutating ? 'admit' : 'validating', operation: attributes.operation, milliseconds: options.clock.monotonic() - started, refusal, failedOpen,
  });
  try {
    const version = (webhook.admissionReviewVersions ?? ['v1']).find((one) => REVIEW_VERSIONS.includes(one));
    if (!version) throw new WebhookFailure('could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)');
    const target = targetOf(webhook.clientConfig, timeout);
    const inItsForm = await inForm(attributes, info, options);
    const review = makeReview(uid, version, inItsForm, info);
    const response = checkResponse(await options.caller.call(target, review, timeout), uid, version, mutating);
    for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) attributes.annotations[`${webhook.name}/${key}`] = value;
    attributes.warnings.push(...(response.warnings ?? []));
    if (!response.allowed) note({ code: response.status?.code ?? FORBIDDEN, error: false }, false);
    await take?.(response);
    if (response.allowed) note(undefined, false);
    return response;
  } catch (error) {
    if (!(error instanceof WebhookFailure)) throw error;
    const message = `failed calling webhook ${JSON.stringify(webhook.name)}: ${error.message}`;
    const goesOn = webhook.failurePolicy === 'Ignore';
    note(goesOn ? undefined : { code: 0, error: true }, goesOn);
    if (!goesOn) throw internalError(message);
    options.log.warn('webhook failed, request goes on', { webhook: webhook.name, error: error.message });
    return undefined;
  }
}

export { isExempt };
