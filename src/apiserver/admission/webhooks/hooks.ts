import type { MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { ObjectReader } from '../../contracts.ts';

export const GROUP = 'admissionregistration.k8s.io';
export type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;
export interface Hook { configuration: string; webhook: Webhook }

/** All webhooks of one kind, by the names of their configurations; read anew only when a configuration has changed. */
export class HookList {
  private readonly reader: ObjectReader;
  private readonly resource: string;
  private revision = -1;
  private hooks: Hook[] = [];

  constructor(reader: ObjectReader, resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations') {
    this.reader = reader;
    this.resource = resource;
  }

  all(): Hook[] {
    const revision = this.reader.revision(GROUP, this.resource);
    if (revision !== this.revision) {
      const configurations = [...this.reader.list(GROUP, this.resource)] as MutatingWebhookConfiguration[];
      const nameOf = ({ metadata }: MutatingWebhookConfiguration): string => metadata?.name ?? '';
      configurations.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
      this.hooks = configurations.flatMap((configuration) => (configuration.webhooks ?? []).map((webhook) => ({ configuration: nameOf(configuration), webhook: webhook as Webhook })));
      this.revision = revision;
    }
    return this.hooks;
  }
}
