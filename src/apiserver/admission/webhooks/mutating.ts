import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../../api/object.ts';
import { applyJsonPatch } from '../../../api/patch/json-patch.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import { internalError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { backToForm, inForm } from '../forms.ts';
import { ask, isExempt, wanted, type WebhookOptions } from './dispatch.ts';
import { HookList, type Hook } from './hooks.ts';
import { refusal, typed, type ReviewResponse } from './review.ts';

const ANNOTATION = 'mutation.webhook.admission.k8s.io/';
const PATCH_ANNOTATION = 'patch.webhook.admission.k8s.io/';
const FAILED_OPEN = 'failed-open.mutation.webhook.admission.k8s.io/';

async function patched(response: ReviewResponse, hook: Hook, object: KubernetesObject | undefined): Promise<KubernetesObject | undefined> {
  if (!response.patch) return undefined;
  const name = JSON.stringify(hook.webhook.name);
  if (!object) throw internalError(`admission webhook ${name} attempted to modify the object, which is not supported for this operation`);
  if (response.patchType !== undefined && response.patchType !== 'JSONPatch') throw internalError(`failed calling webhook ${name}: unsupported patch type ${JSON.stringify(response.patchType)}`);
  try {
    const operations = JSON.parse(Buffer.from(response.patch, 'base64').toString()) as unknown[];
    return operations.length === 0 ? undefined : applyJsonPatch(structuredClone(object), operations) as KubernetesObject;
  } catch (error) {
    throw internalError((error as Error).message.split('\n')[0] ?? '');
  }
}

/** MutatingWebhookConfigurations, one after another in the order of their names, then those that want to see later changes again. */
export function mutatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  const list = new HookList(options.reader, 'mutatingwebhookconfigurations');

  /** True when the webhook changed the object. */
  async function call(hook: Hook, info: ResourceInfo, attributes: AdmissionAttributes, round: number, index: number): Promise<boolean> {
    const response = await ask(hook, attributes, info, true, options);
    const key = `round_${round}_index_${index}`;
    const { configuration, webhook } = hook;
    if (!response) {
      attributes.annotations[FAILED_OPEN + key] = webhook.name;
      return false;
    }
    if (!response.allowed) throw refusal(webhook.name, response.status);
    const before = await inForm(attributes, info, options);
    const after = await patched(response, hook, typed(before.object, info) ?? undefined);
    const normal = after && options.normalize && after.kind === info.kind ? await options.normalize(after, info) : after;
    const changed = normal !== undefined && !isDeepStrictEqual(normal, typed(before.object, info));
    attributes.annotations[ANNOTATION + key] = JSON.stringify({ configuration, webhook: webhook.name, mutated: changed });
    if (attributes.keepsPatches && after) {
      const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as unknown;
      attributes.annotations[PATCH_ANNOTATION + key] = JSON.stringify({ configuration, webhook: webhook.name, patch, patchType: 'JSONPatch' });
    }
    if (changed) attributes.object = await backToForm(normal, attributes.object, info, options);
    return changed;
  }

  async function runBuiltIn(attributes: AdmissionAttributes): Promise<boolean> {
    const before = structuredClone(attributes.object);
    for (const plugin of options.builtIn ?? []) if (plugin.admit && plugin.handles(attributes)) await plugin.admit(attributes);
    return !isDeepStrictEqual(before, attributes.object);
  }

  return {
    name: 'MutatingAdmissionWebhook',
    handles: (attributes) => !isExempt(attributes) && list.all().length > 0,
    async admit(attributes) {
      const seen: { hook: Hook; index: number; again: boolean }[] = [];
      let changed = false;
      for (const [index, hook] of list.all().entries()) {
        const info = await wanted(hook, attributes, options);
        if (!info) continue;
        if (await call(hook, info, attributes, 0, index)) {
          changed = true;
          for (const earlier of seen) earlier.again = true;
        }
        if (hook.webhook.reinvocationPolicy === 'IfNeeded') seen.push({ hook, index, again: false });
      }
      if (!changed) return;
      if (await runBuiltIn(attributes)) for (const earlier of seen) earlier.again = true;
      for (const { hook, index } of seen.filter(({ again }) => again)) {
        const info = await wanted(hook, attributes, options);
        if (info) await call(hook, info, attributes, 1, index);
      }
    },
  };
}
