import { isSidecar } from './context.ts';
import type { Container, Pod, PodSpec, ResourceRequirements } from './types.ts';
import { semanticEqual } from '../common/equality.ts';
import type { Findings } from '../common/findings.ts';
import { qosClass } from './qos.ts';
import { MIRROR } from './validate-annotations.ts';

type ResourceList = Record<string, string | number> | undefined;

function removed(now: ResourceList, before: ResourceList): boolean {
  return Object.keys(before ?? {}).some((name) => now?.[name] == null);
}

function validateRemoved(findings: Findings, path: string, now: ResourceRequirements | undefined, before: ResourceRequirements | undefined, what = 'resource'): void {
  if (removed(now?.requests, before?.requests)) findings.forbidden(`${path}.requests`, `${what} requests cannot be removed`);
  if (removed(now?.limits, before?.limits)) findings.forbidden(`${path}.limits`, `${what} limits cannot be removed`);
}

function validateOrder(findings: Findings, kind: 'containers' | 'initContainers', given: Container[] | null | undefined, before: Container[] = []): boolean {
  const now = given ?? [];
  if (now.length !== before.length) {
    findings.forbidden(`spec.${kind}`, `${kind} may not be added or removed on resize`);
    return false;
  }
  const wrong = before.map((container, index) => (now[index]?.name === container.name ? -1 : index)).filter((index) => index >= 0);
  for (const index of wrong) findings.forbidden(`spec.${kind}[${index}].name`, `${kind} may not be renamed or reordered on resize`);
  return wrong.length === 0;
}

/** `list` with the cpu and memory of `before`: what is left to differ may not change. */
function fixed(list: ResourceList, before: ResourceList): Record<string, string | number> {
  const { cpu: _cpu, memory: _memory, ...others } = list ?? {};
  return { ...others, ...(before?.['cpu'] == null ? {} : { cpu: before['cpu'] }), ...(before?.['memory'] == null ? {} : { memory: before['memory'] }) };
}

function withOldAmounts(container: Container, before: Container): Container {
  const { limits, requests, claims } = container.resources ?? {};
  return {
    ...container,
    resources: { limits: fixed(limits, before.resources?.limits), requests: fixed(requests, before.resources?.requests), ...(claims ? { claims } : {}) },
  };
}

function validateContainer(findings: Findings, now: Container, before: Container, index: number): Container {
  const munged = withOldAmounts(now, before);
  if (!semanticEqual(munged, before)) findings.forbidden(`spec.initContainers[${index}]`, 'only cpu and memory resources for init or sidecar containers are mutable');
  if (!isSidecar(now) && !semanticEqual(now, before) && now.resizePolicy?.some(({ restartPolicy }) => restartPolicy === 'RestartContainer')) {
    findings.forbidden(`spec.initContainers[${index}]`, 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized');
  }
  return munged;
}

export function validateResize(findings: Findings, pod: Pod, old: Pod): void {
  if (old.metadata?.annotations?.[MIRROR] != null) return findings.forbidden('', 'static pods cannot be resized');
  const now = pod.spec as PodSpec;
  const before = old.spec as PodSpec;
  if (before.os?.name === 'windows') return findings.forbidden('', 'windows pods cannot be resized');
  const earlier = old.status?.qosClass || qosClass(old);
  if (earlier !== qosClass(pod)) findings.invalid('spec', earlier, 'Pod QOS Class may not change as a result of resizing');
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) findings.forbidden('spec', 'Pod running on node without support for resize');
  const podLevel = now.resources ?? before.resources;
  if (podLevel) {
    if (before.resources && !now.resources) findings.forbidden('spec.resources', 'pod-level resources cannot be removed');
    else validateRemoved(findings, 'spec.resources', now.resources, before.resources, 'pod-level resource');
  }
  const ordered = [validateOrder(findings, 'containers', now.containers, before.containers), validateOrder(findings, 'initContainers', now.initContainers, before.initContainers)];
  if (ordered.includes(false)) return;
  const munged: PodSpec = { ...now };
  munged.containers = (now.containers ?? []).map((container, index) => {
    const earlierContainer = before.containers[index] as Container;
    validateRemoved(findings, `spec.containers[${index}].resources`, container.resources, earlierContainer.resources);
    const result = withOldAmounts(container, earlierContainer);
    if (!semanticEqual(result, earlierContainer)) findings.forbidden('spec', 'only cpu and memory resources are mutable');
    return result;
  });
  if (now.initContainers) {
    munged.initContainers = now.initContainers.map((container, index) => {
      const earlierContainer = before.initContainers?.[index] as Container;
      validateRemoved(findings, `spec.initContainers[${index}].resources`, container.resources, earlierContainer.resources);
      return validateContainer(findings, container, earlierContainer, index);
    });
  }
  if (podLevel) {
    const resources = { limits: fixed(now.resources?.limits, before.resources?.limits), requests: fixed(now.resources?.requests, before.resources?.requests) };
    if (!semanticEqual(resources, { limits: before.resources?.limits, requests: before.resources?.requests })) findings.forbidden('spec', 'only cpu and memory resources are mutable at pod-level');
    if (before.resources) munged.resources = before.resources;
    else delete munged.resources;
  }
  if (findings.empty && !semanticEqual(munged, before)) findings.forbidden('spec', 'only cpu and memory resources are mutable');
}
