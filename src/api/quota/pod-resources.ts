import type { Container, PodSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { addQuantities, compareQuantities } from '../quantity.ts';

export type ResourceList = Record<string, string | number>;

/** In place. */
export function addResources(total: ResourceList, more: ResourceList | undefined): ResourceList {
  for (const name in more) total[name] = total[name] === undefined ? more[name]! : addQuantities(total[name], more[name]!);
  return total;
}

/** In place. */
export function maxResources(total: ResourceList, other: ResourceList): ResourceList {
  for (const name in other) {
    if (total[name] === undefined || compareQuantities(other[name]!, total[name]) > 0) total[name] = other[name]!;
  }
  return total;
}

const isPodLevel = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/**
 * What a pod asks for as a whole: its containers together, or its largest init container (with the sidecars started before
 * it) where that is more; resources stated for the pod itself replace the sum.
 */
export function podResources(spec: PodSpec, part: 'requests' | 'limits'): ResourceList {
  const of = (container: Container): ResourceList | undefined => container.resources?.[part];
  const total: ResourceList = {};
  for (const container of spec.containers) addResources(total, of(container));
  const sidecars: ResourceList = {};
  const largest: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      addResources(total, of(container));
      addResources(sidecars, of(container));
      maxResources(largest, sidecars);
    } else {
      maxResources(largest, addResources({ ...of(container) }, sidecars));
    }
  }
  maxResources(total, largest);
  const stated = spec.resources?.[part] ?? {};
  for (const name in stated) if (isPodLevel(name)) total[name] = stated[name]!;
  return total;
}
