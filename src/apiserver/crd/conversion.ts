import type { KubernetesObject } from '../../api/object.ts';
import { internalError } from '../../api/status.ts';
import type { Random } from '../../base/random.ts';
import { createWebhookCaller, targetOf, type ServiceConnector, type WebhookCaller } from '../admission/webhooks/call.ts';
import { sameJson } from '../metadata/equal.ts';
import type { JsonAnswer } from '../transport/post-json.ts';
import type { CustomResourceDefinition } from './types.ts';

const TIMEOUT_SECONDS = 30;
/** Objects that one ConversionReview carries at most. */
const BATCH = 500;
/** So much of a refusal's text is told. */
const SHOWN_BYTES = 256;

interface Waiting { object: KubernetesObject; resolve(object: KubernetesObject): void; reject(error: Error): void }
interface ReviewResponse { uid?: string; convertedObjects?: KubernetesObject[]; result?: { status?: string; message?: string } }

/** Turns custom objects into other versions; those of one tick that go the same way share one call of the webhook. */
export class ObjectConverter {
  private readonly caller: WebhookCaller;
  private readonly random: Random;
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(connectService: ServiceConnector, random: Random) {
    this.caller = createWebhookCaller(connectService);
    this.random = random;
  }

  convert(definition: CustomResourceDefinition, object: KubernetesObject, version: string): KubernetesObject | Promise<KubernetesObject> {
    const apiVersion = `${definition.spec.group}/${version}`;
    if (object.apiVersion === apiVersion) return object;
    if (definition.spec.conversion?.strategy !== 'Webhook') return { ...object, apiVersion };
    return new Promise((resolve, reject) => {
      const key = `${definition.metadata?.uid} ${definition.metadata?.resourceVersion} ${apiVersion}`;
      let batch = this.waiting.get(key);
      if (!batch) {
        this.waiting.set(key, (batch = []));
        setImmediate(() => { void this.send(definition, apiVersion, key); });
      }
      batch.push({ object, resolve, reject });
    });
  }

  private async send(definition: CustomResourceDefinition, apiVersion: string, key: string): Promise<void> {
    const all = this.waiting.get(key) ?? [];
    this.waiting.delete(key);
    for (let start = 0; start < all.length; start += BATCH) {
      const batch = all.slice(start, start + BATCH);
      try {
        const converted = await this.review(definition, apiVersion, batch.map(({ object }) => object));
        batch.forEach(({ object, resolve, reject }, index) => {
          const fault = misconversion(object, converted[index] as KubernetesObject, apiVersion, index);
          if (fault) reject(internalError(`conversion webhook for ${kindText(object)} ${fault}`));
          else resolve(withOwnMetadata(object, converted[index] as KubernetesObject));
        });
      } catch (error) {
        for (const { object, reject } of batch) reject(internalError(`conversion webhook for ${kindText(object)} ${(error as Error).message}`));
      }
    }
  }

  private async review(definition: CustomResourceDefinition, apiVersion: string, objects: KubernetesObject[]): Promise<KubernetesObject[]> {
    const { webhook } = definition.spec.conversion as { webhook?: { clientConfig?: Parameters<typeof targetOf>[0]; conversionReviewVersions: string[] } };
    if (!webhook?.clientConfig) throw new Error('failed: there is no client configuration');
    const reviewVersion = webhook.conversionReviewVersions.find((version) => version === 'v1' || version === 'v1beta1') ?? 'v1';
    const uid = this.random.uuid();
    const review = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${reviewVersion}`, request: { uid, desiredAPIVersion: apiVersion, objects } };
    let response: ReviewResponse | undefined;
    try {
      const answer = await this.caller.call(targetOf(webhook.clientConfig, TIMEOUT_SECONDS), review, TIMEOUT_SECONDS, readConversion);
      response = answer.response;
    } catch (error) {
      throw new Error(`failed: ${(error as Error).message.replace(/^failed to call webhook: /, '')}`, { cause: error });
    }
    if (!response) throw new Error('failed: no response provided');
    if (reviewVersion === 'v1' && response.uid !== uid) throw new Error(`failed: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
    if (response.result?.status !== 'Success') {
      throw new Error(`failed: ${response.result?.message || `response.result.status was '${response.result?.status ?? ''}', not 'Success'`}`);
    }
    const converted = response.convertedObjects ?? [];
    if (converted.length !== objects.length) throw new Error(`returned ${converted.length} objects, expected ${objects.length}`);
    return converted;
  }
}

function readConversion({ code, text }: JsonAnswer): { response?: ReviewResponse } {
  if (code >= 300) throw new Error(`the server responded with the status code ${code}: ${text.slice(0, SHOWN_BYTES).trim()}`);
  try {
    return JSON.parse(text) as { response?: ReviewResponse };
  } catch (error) {
    throw new Error(`could not read the answer: ${(error as Error).message}`, { cause: error });
  }
}

function kindText({ apiVersion, kind }: KubernetesObject): string {
  return `${apiVersion}, Kind=${kind}`;
}

/** What is wrong with a converted object; undefined when nothing is. */
function misconversion(before: KubernetesObject, after: KubernetesObject, apiVersion: string, index: number): string | undefined {
  const at = `returned invalid converted object at index ${index}: `;
  if (after?.apiVersion !== apiVersion) return `${at}invalid groupVersion (expected ${apiVersion}, received ${after?.apiVersion})`;
  if (after.kind !== before.kind) return `${at}invalid kind (expected ${before.kind}, received ${after.kind})`;
  for (const field of ['name', 'namespace', 'uid'] as const) {
    const [was, is] = [before.metadata?.[field] ?? '', after.metadata?.[field] ?? ''];
    if (was !== is) return `${at}must have the same ${field === 'uid' ? 'UID' : field}: ${was} != ${is}`;
  }
  return undefined;
}

/** Of the metadata a webhook may change labels and annotations only. */
function withOwnMetadata(before: KubernetesObject, after: KubernetesObject): KubernetesObject {
  const { labels, annotations } = after.metadata ?? {};
  const metadata = { ...before.metadata };
  for (const [key, value] of [['labels', labels], ['annotations', annotations]] as const) {
    if (sameJson(metadata[key], value)) continue;
    if (value === undefined) delete metadata[key];
    else metadata[key] = value;
  }
  return { ...after, metadata };
}
