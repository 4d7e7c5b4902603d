import type { MetricSpec, MetricStatus } from '../../../schema/v1.37/types/autoscaling-v2.ts';
import { canonicalQuantity, quantityMilliValue } from '../../api/quantity.ts';
import { parseTime } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import type { Proposal, ResourceTarget, Usage } from './proposal.ts';

interface PodMetrics {
  metadata?: { name?: string }; timestamp?: string; window?: string;
  containers?: { name: string; usage?: Record<string, string | number> }[];
}

/** What of a metric can be judged by the use of resources; undefined for metrics of other kinds. */
export function resourceTarget(metric: MetricSpec): ResourceTarget | undefined {
  const source = metric.type === 'Resource' ? metric.resource : metric.type === 'ContainerResource' ? metric.containerResource : undefined;
  if (!source) return undefined;
  const { averageUtilization, averageValue } = source.target;
  return {
    resource: source.name, container: metric.containerResource?.container, utilization: averageUtilization,
    average: averageValue === undefined ? undefined : quantityMilliValue(averageValue),
  };
}

/** How events and conditions call a metric that failed: `FailedGetResourceMetric`. */
export function failureReason(metric: MetricSpec): string {
  return `FailedGet${metric.type}Metric`;
}

/** `cpu resource utilization (percentage of request)`, the words of an event about a change. */
export function metricName({ resource, container, utilization }: ResourceTarget): string {
  const of = container === undefined ? `${resource} resource` : `${resource} container resource`;
  return utilization === undefined ? of : `${of} utilization (percentage of request)`;
}

export function metricStatus(metric: MetricSpec, proposal: Proposal): MetricStatus {
  const current = { averageValue: canonicalQuantity(`${proposal.average}m`), averageUtilization: proposal.utilization };
  if (metric.type === 'Resource') return { type: metric.type, resource: { name: metric.resource?.name ?? '', current } };
  return { type: metric.type, containerResource: { name: metric.containerResource?.name ?? '', container: metric.containerResource?.container ?? '', current } };
}

function windowOf(text: string | undefined): number {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text ?? '') ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1000;
}

/** What pods use of a resource by name. Throws Error when nobody measures. */
export async function readUsage(client: Client, namespace: string, labelSelector: string, target: ResourceTarget): Promise<Map<string, Usage>> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?${new URLSearchParams({ labelSelector })}`;
  const list = await (client.raw('GET', path) as Promise<{ items?: PodMetrics[] }>).catch((error: Error) => {
    throw new Error(`unable to get metrics for resource ${target.resource}: unable to fetch metrics from resource metrics API: ${error.message}`);
  });
  const result = new Map<string, Usage>();
  for (const { metadata, timestamp, window, containers = [] } of list.items ?? []) {
    const counted = containers.filter(({ name }) => target.container === undefined || name === target.container).map(({ usage }) => usage?.[target.resource]);
    // A pod of which one container is not measured is not measured.
    if (counted.length === 0 || counted.some((value) => value === undefined)) continue;
    const value = counted.reduce<number>((sum, each) => sum + quantityMilliValue(each as string), 0);
    result.set(metadata?.name ?? '', { value, at: parseTime(timestamp ?? '') || 0, windowMilliseconds: windowOf(window) });
  }
  if (result.size === 0) throw new Error(`unable to get metrics for resource ${target.resource}: no metrics returned from resource metrics API`);
  return result;
}
