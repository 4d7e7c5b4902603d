import type { Container, Pod, ResourceFieldSelector } from '../../../schema/v1.37/types/core-v1.ts';
import { milliUnits, quantity, wholeUnits } from '../quantities.ts';

export interface PodFacts { podIPs: string[]; hostIPs: string[]; nodeName: string }

/** The value of a `fieldRef`; undefined when the path is not one that may be referred to. */
export function fieldValue(pod: Pod, path: string, facts: PodFacts): string | undefined {
  const keyed = /^metadata\.(annotations|labels)\['([^']+)'\]$/.exec(path);
  if (keyed) return pod.metadata?.[keyed[1] as 'labels' | 'annotations']?.[keyed[2] as string] ?? '';
  switch (path) {
    case 'metadata.name': return pod.metadata?.name ?? '';
    case 'metadata.namespace': return pod.metadata?.namespace ?? '';
    case 'metadata.uid': return pod.metadata?.uid ?? '';
    case 'metadata.labels': return formatMap(pod.metadata?.labels);
    case 'metadata.annotations': return formatMap(pod.metadata?.annotations);
    case 'spec.nodeName': return pod.spec?.nodeName ?? facts.nodeName;
    case 'spec.serviceAccountName': return pod.spec?.serviceAccountName ?? '';
    case 'spec.restartPolicy': return pod.spec?.restartPolicy ?? 'Always';
    case 'status.hostIP': return facts.hostIPs[0] ?? '';
    case 'status.hostIPs': return facts.hostIPs.join(',');
    case 'status.podIP': return facts.podIPs[0] ?? '';
    case 'status.podIPs': return facts.podIPs.join(',');
    default: return undefined;
  }
}

/** One `key="value"` a line, sorted by key. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.keys(map ?? {}).sort().map((key) => `${key}=${JSON.stringify(map?.[key])}`).join('\n');
}

/** The value of a `resourceFieldRef`; limits that are not set fall back to what the node can give. */
export function resourceValue(container: Container, selector: Pick<ResourceFieldSelector, 'resource' | 'divisor'>, allocatable: Record<string, string | number>): string | undefined {
  const match = /^(limits|requests)\.(.+)$/.exec(selector.resource);
  if (!match) return undefined;
  const [, list, name = ''] = match;
  const limits = container.resources?.limits?.[name];
  const requests = container.resources?.requests?.[name];
  const fallback = ['cpu', 'memory', 'ephemeral-storage'].includes(name) ? allocatable[name] : undefined;
  const value = list === 'limits' ? limits ?? fallback : requests ?? limits;
  const divisor = quantity(selector.divisor) || 1;
  if (name === 'cpu') return String(Math.ceil(milliUnits(value) / (divisor * 1000) - 1e-9));
  return String(Math.ceil(wholeUnits(value) / divisor - 1e-9));
}
