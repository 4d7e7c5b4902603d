import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { backToForm, inForm } from '../forms.ts';
import { sameMeaning } from '../reinvocation.ts';
import { ask, isExempt, wanted, type WebhookOptions } from './dispatch.ts';
import { HookList, type Hook } from './hooks.ts';
import { ofKind, operationsOf, patched } from './patch.ts';
import { refusal, typed, type ReviewResponse } from './review.ts';

const NAME = 'MutatingAdmissionWebhook';
const ANNOTATION = 'mutation.webhook.admission.k8s.io/';
const PATCH_ANNOTATION = 'patch.webhook.admission.k8s.io/';
const FAILED_OPEN = 'failed-open.mutation.webhook.admission.k8s.io/';

const keyOf = ({ configuration, webhook }: Hook, index: number): string => `${configuration}/${webhook.name}/${index}`;

/** MutatingWebhookConfigurations, one after another in the order of their names; in the second pass those that want to see later changes. */
export function mutatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  const list = new HookList(options.reader, 'mutatingwebhookconfigurations');

  /** The object as the webhook wants it, and whether that is another; undefined when it patched nothing. */
  async function changed(response: ReviewResponse, { webhook }: Hook, info: ResourceInfo, attributes: AdmissionAttributes): Promise<{ object: KubernetesObject; isOther: boolean } | undefined> {
    const before = typed((await inForm(attributes, info, options)).object, info) ?? undefined;
    const after = patched(response, webhook.name, before);
    if (!after) return undefined;
    const isWhole = attributes.subresource === '' || before?.kind === info.kind;
    const whole = isWhole ? ofKind(after, info, options.scheme) : after;
    if (whole.metadata?.managedFields?.length === 0) delete whole.metadata.managedFields;
    const object = options.normalize && isWhole ? await options.normalize(whole, info) : whole;
    return { object, isOther: !sameMeaning(object, before) };
  }

  /** True when the webhook changed the object. */
  async function call(hook: Hook, info: ResourceInfo, attributes: AdmissionAttributes, key: string): Promise<boolean> {
    const { configuration, webhook } = hook;
    let mutated = false;
    const take = async (response: ReviewResponse): Promise<void> => {
      if (!response.allowed) throw refusal(webhook.name, response.status ?? undefined);
      const result = await changed(response, hook, info, attributes);
      if (!result) return;
      mutated = result.isOther;
      if (attributes.keepsPatches) attributes.annotations[PATCH_ANNOTATION + key] = JSON.stringify({ configuration, webhook: webhook.name, patch: operationsOf(response), patchType: 'JSONPatch' });
      if (mutated) attributes.object = await backToForm(result.object, attributes.object, info, options);
    };
    try {
      if (!await ask(hook, attributes, info, true, options, take)) attributes.annotations[FAILED_OPEN + key] = webhook.name;
    } finally {
      attributes.annotations[ANNOTATION + key] = JSON.stringify({ configuration, webhook: webhook.name, mutated });
    }
    return mutated;
  }

  return {
    name: NAME,
    handles: (attributes) => !isExempt(attributes) && list.all().length > 0,
    async admit(attributes) {
      const { reinvocation } = attributes;
      const calls = reinvocation.callsOf(NAME);
      if (reinvocation.isSecondPass && !sameMeaning(calls.output, attributes.object)) calls.requireAgain();
      for (const [index, hook] of list.all().entries()) {
        const info = await wanted(hook, attributes, options);
        if (!info || (reinvocation.isSecondPass && !calls.mustCallAgain(keyOf(hook, index)))) continue;
        if (await call(hook, info, attributes, `round_${Number(reinvocation.isSecondPass)}_index_${index}`)) {
          calls.requireAgain();
          reinvocation.isWanted = true;
        }
        if (hook.webhook.reinvocationPolicy === 'IfNeeded') calls.note(keyOf(hook, index));
      }
      calls.output = structuredClone(attributes.object);
    },
  };
}
