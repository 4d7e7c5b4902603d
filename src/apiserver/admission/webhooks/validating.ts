import type { AdmissionPlugin } from '../../contracts.ts';
import { ask, isExempt, wanted, type WebhookOptions } from './dispatch.ts';
import { HookList } from './hooks.ts';
import { refusal } from './review.ts';

/** ValidatingWebhookConfigurations, all at once; the first in order that refuses is the one the client hears of. */
export function validatingWebhooks(options: WebhookOptions): AdmissionPlugin {
  const list = new HookList(options.reader, 'validatingwebhookconfigurations');
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => !isExempt(attributes) && list.all().length > 0,
    async validate(attributes) {
      const results = await Promise.allSettled(list.all().map(async (hook) => {
        const info = await wanted(hook, attributes, options);
        const response = info && await ask(hook, attributes, info, false, options);
        if (response && !response.allowed) throw refusal(hook.webhook.name, response.status ?? undefined);
      }));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
