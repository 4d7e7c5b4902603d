import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { addQuantities } from '../../api/quantity.ts';
import { isSidecar } from '../pod/restart-policy.ts';
import { podContainers } from '../pod/specs.ts';
import { quantity, type Quantity } from '../quantities.ts';

/** What a pod takes of its node's disk, in bytes by name: its emptyDirs (those in memory too), its containers with their logs. */
export interface LocalStorage { volumes: Map<string, number>; containers: Map<string, number> }

const limitOf = ({ resources }: Container): Quantity | undefined => resources?.limits?.['ephemeral-storage'];

export function limitsLocalStorage({ spec }: Pod): boolean {
  return [...spec?.containers ?? [], ...spec?.initContainers ?? []].some((container) => limitOf(container) !== undefined)
    || (spec?.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined);
}

/** What to say of a pod that takes more than one of its limits allows. */
export function storageExcess(pod: Pod, used: LocalStorage): string | undefined {
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const limit = quantity(emptyDir?.sizeLimit);
    if (limit > 0 && (used.volumes.get(name) ?? 0) > limit) return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir?.sizeLimit}". `;
  }
  const running = podContainers(pod).filter(({ kind, spec }) => kind === 'main' || isSidecar(spec)).map(({ spec }) => spec);
  const limits = running.map(limitOf).filter((limit) => limit !== undefined);
  const total = limits.reduce<Quantity | undefined>((sum, limit) => (sum === undefined ? limit : addQuantities(sum, limit)), undefined);
  if (total !== undefined && totalUse(pod, used) > quantity(total)) return `Pod ephemeral local storage usage exceeds the total limit of containers ${total}. `;
  for (const container of running) {
    const limit = limitOf(container);
    if (quantity(limit) > 0 && (used.containers.get(container.name) ?? 0) > quantity(limit)) {
      return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `;
    }
  }
  return undefined;
}

/** Volumes in memory count there. */
function totalUse(pod: Pod, used: LocalStorage): number {
  const inMemory = new Set((pod.spec?.volumes ?? []).filter(({ emptyDir }) => emptyDir?.medium === 'Memory').map(({ name }) => name));
  let total = 0;
  for (const bytes of used.containers.values()) total += bytes;
  for (const [name, bytes] of used.volumes) if (!inMemory.has(name)) total += bytes;
  return total;
}
