import type { Pod } from '../../../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../../../base/clock.ts';
import { BoundedCache } from '../../authn/bounded-cache.ts';
import type { KubeconfigWebhook } from '../../authn/kubeconfig-webhook.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { forbid } from '../attributes.ts';

export interface ImagePolicySettings { allowTtlMilliseconds: number; denyTtlMilliseconds: number; retryMilliseconds: number; defaultAllow: boolean }
interface ImageReviewSpec { containers?: { image?: string }[]; annotations?: Record<string, string>; namespace?: string }
interface ImageReviewStatus { allowed: boolean; reason?: string; auditAnnotations?: Record<string, string> }

const AUDIT_PREFIX = 'imagepolicywebhook.image-policy.k8s.io/';
const FAILED_OPEN = 'alpha.image-policy.k8s.io/failed-open';
const CACHED_ANSWERS = 1024;
const TRIES = 5;
const RETRY_GROWTH = 1.5;

function specOf({ object, subresource, namespace }: AdmissionAttributes): ImageReviewSpec {
  const { spec, metadata } = object as Pod;
  const containers = subresource === '' ? [...spec?.containers ?? [], ...spec?.initContainers ?? []] : spec?.ephemeralContainers ?? [];
  const annotations = Object.fromEntries(Object.entries(metadata?.annotations ?? {}).filter(([key]) => key.includes('.image-policy.k8s.io/')));
  return { containers: containers.map(({ image }) => ({ ...(image ? { image } : {}) })), ...(Object.keys(annotations).length > 0 ? { annotations } : {}), ...(namespace ? { namespace } : {}) };
}

/** A server outside says which images may run. */
export function imagePolicyWebhook(webhook: Pick<KubeconfigWebhook, 'post'>, settings: ImagePolicySettings, clock: Clock): AdmissionPlugin {
  const answers = new BoundedCache<string, { status: ImageReviewStatus; until: number }>(CACHED_ANSWERS);

  async function post(spec: ImageReviewSpec): Promise<ImageReviewStatus> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await webhook.post({ kind: 'ImageReview', apiVersion: 'imagepolicy.k8s.io/v1alpha1', metadata: {}, spec, status: { allowed: false } }) as { status?: ImageReviewStatus } | undefined;
        return answer?.status ?? { allowed: false };
      } catch (error) {
        const { code } = error as { code?: number };
        // What the server refused it would refuse again.
        if (attempt === TRIES || (code !== undefined && code < 500 && code !== 429)) throw error;
        await new Promise<void>((resolve) => { clock.after(settings.retryMilliseconds * RETRY_GROWTH ** (attempt - 1), resolve); });
      }
    }
  }

  async function ask(spec: ImageReviewSpec): Promise<ImageReviewStatus> {
    const key = JSON.stringify(spec);
    const known = answers.get(key);
    if (known && known.until > clock.now()) return known.status;
    const status = await post(spec);
    answers.set(key, { status, until: clock.now() + (status.allowed ? settings.allowTtlMilliseconds : settings.denyTtlMilliseconds) });
    return status;
  }

  function failOpen(attributes: AdmissionAttributes): void {
    attributes.annotations[`${AUDIT_PREFIX}failed-open`] = 'true';
    const { metadata } = attributes.object as Pod;
    if (metadata) metadata.annotations = { ...metadata.annotations, [FAILED_OPEN]: 'true' };
  }

  return {
    name: 'ImagePolicyWebhook',
    handles: ({ operation, info, subresource }) => info.group === '' && info.resource === 'pods' && (operation === 'CREATE' || operation === 'UPDATE') && ['', 'ephemeralcontainers'].includes(subresource),
    async validate(attributes) {
      let status: ImageReviewStatus;
      try {
        status = await ask(specOf(attributes));
      } catch (error) {
        if (settings.defaultAllow) return failOpen(attributes);
        throw forbid(attributes, (error as Error).message);
      }
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) attributes.annotations[AUDIT_PREFIX + key] = value;
      if (!status.allowed) throw forbid(attributes, status.reason ? `image policy webhook backend denied one or more images: ${status.reason}` : 'one or more images rejected by webhook backend');
    },
  };
}
