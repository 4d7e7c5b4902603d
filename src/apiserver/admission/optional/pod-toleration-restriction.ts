import type { Namespace, Pod, Toleration } from '../../../../schema/v1.37/types/core-v1.ts';
import { qosClass } from '../../../api/kinds/pod/qos.ts';
import { notFound, StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { concerns } from '../attributes.ts';
import { findNamespace } from '../namespace-lifecycle.ts';
import { areAllowed, mergeTolerations } from './tolerations.ts';

const DEFAULTS = 'scheduler.alpha.kubernetes.io/defaultTolerations';
const ALLOWED = 'scheduler.alpha.kubernetes.io/tolerationsWhitelist';
const MEMORY_PRESSURE: Toleration = { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' };

export interface TolerationLimits { default?: Toleration[]; whitelist?: Toleration[] }

function listed(namespace: Namespace, annotation: string): Toleration[] | undefined {
  const text = namespace.metadata?.annotations?.[annotation];
  if (!text) return text === undefined ? undefined : [];
  try {
    return JSON.parse(text) as Toleration[];
  } catch (error) {
    throw new StatusError(500, '', (error as Error).message);
  }
}

/** A namespace's annotations give its pods tolerations, and say which ones they may have; without annotations the cluster's limits do. */
export function podTolerationRestriction(reader: ObjectReader, limits: TolerationLimits = {}): AdmissionPlugin {
  async function namespaceOf({ namespace }: AdmissionAttributes): Promise<Namespace> {
    const found = await findNamespace(reader, namespace);
    if (!found) throw notFound('', 'namespaces', namespace);
    return found;
  }

  async function validate(attributes: AdmissionAttributes): Promise<void> {
    const tolerations = (attributes.object as Pod).spec?.tolerations ?? [];
    if (tolerations.length === 0) return;
    const own = listed(await namespaceOf(attributes), ALLOWED);
    if (areAllowed(tolerations, own ?? limits.whitelist ?? [])) return;
    throw new StatusError(500, '', `pod tolerations (possibly merged with namespace default tolerations) conflict with its ${own ? 'namespace' : 'cluster'} whitelist`);
  }

  return {
    name: 'PodTolerationRestriction',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE'),
    async admit(attributes) {
      const pod = attributes.object as Pod;
      const given = attributes.operation === 'CREATE' ? listed(await namespaceOf(attributes), DEFAULTS) ?? limits.default ?? [] : [];
      const more = [...given, ...(qosClass(pod) === 'BestEffort' ? [] : [MEMORY_PRESSURE])];
      if (pod.spec && more.length > 0) pod.spec.tolerations = mergeTolerations(pod.spec.tolerations ?? [], more);
      await validate(attributes);
    },
    validate,
  };
}
