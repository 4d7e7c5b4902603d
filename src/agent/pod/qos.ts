import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { quantity } from '../quantities.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The pod's quality-of-service class, from the cpu and memory of its containers (or of the pod itself). */
export function qosClass(pod: Pod): QosClass {
  const known = pod.status?.qosClass as QosClass | undefined;
  if (known) return known;
  const spec = pod.spec ?? { containers: [] };
  const holders: Pick<Container, 'resources'>[] = spec.resources ? [{ resources: spec.resources }] : [...(spec.initContainers ?? []), ...spec.containers];
  let anything = false;
  let guaranteed = true;
  for (const { resources } of holders) {
    for (const name of ['cpu', 'memory']) {
      const request = quantity(resources?.requests?.[name]);
      const limit = quantity(resources?.limits?.[name]);
      if (request > 0 || limit > 0) anything = true;
      if (limit <= 0 || (request > 0 && request !== limit)) guaranteed = false;
    }
  }
  return !anything ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable';
}
