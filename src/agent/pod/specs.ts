import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerKind } from './view.ts';

export interface ContainerEntry { kind: ContainerKind; spec: Container & { targetContainerName?: string } }

/** All containers of a pod, in the order of their lists: init, main, ephemeral. */
export function podContainers(pod: Pod): ContainerEntry[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  return [
    ...initContainers.map((spec) => ({ kind: 'init' as const, spec })),
    ...containers.map((spec) => ({ kind: 'main' as const, spec })),
    ...ephemeralContainers.map((spec) => ({ kind: 'ephemeral' as const, spec })),
  ];
}

/** `spec.containers{name}`, as Events point at a container. */
export function containerFieldPath(entry: ContainerEntry): string {
  const list = entry.kind === 'init' ? 'initContainers' : entry.kind === 'main' ? 'containers' : 'ephemeralContainers';
  return `spec.${list}{${entry.spec.name}}`;
}

/** `name_namespace(uid)`, the form in messages about pods. */
export function describePod(pod: Pod): string {
  return `${pod.metadata?.name}_${pod.metadata?.namespace}(${pod.metadata?.uid})`;
}
