import type { RuleContext } from '../../kind-rules.ts';
import type { Container, EphemeralContainer, PodSpec } from './types.ts';

/** What the checks of a pod's spec need to know besides the spec. */
export interface PodCheck {
  /** A pod itself, not the template of a workload. */
  isPod: boolean;
  allowDuplicatePorts: boolean;
  /** The spec before an update: what it already got wrong in some fields is let through. */
  old?: PodSpec;
  /** With the lists that were given with nothing in them. */
  given?: PodSpec;
}

export function podCheck(context: RuleContext, isPod: boolean, old?: PodSpec): PodCheck {
  return { isPod, allowDuplicatePorts: context.options.allowDuplicatePorts, ...(old ? { old } : {}) };
}

export type AnyContainer = Container | EphemeralContainer;

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/** All containers with their paths, in Kubernetes' order: init, ordinary, ephemeral. */
export function* eachContainer(spec: PodSpec, path: string): Generator<[container: AnyContainer, path: string]> {
  for (const kind of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const containers = spec[kind];
    if (containers) for (let index = 0; index < containers.length; index++) yield [containers[index] as AnyContainer, `${path}.${kind}[${index}]`];
  }
}
