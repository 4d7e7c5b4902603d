import type { KubernetesObject } from '../../api/object.ts';

/** What of a node's summary is read. */
export interface NodeSummary {
  node: { nodeName: string; cpu?: Usage['cpu']; memory?: Usage['memory'] };
  pods?: { podRef: { name: string; namespace: string }; containers?: (Usage & { name: string })[] }[];
}
interface Usage { cpu?: { time?: string; usageNanoCores?: number }; memory?: { time?: string; workingSetBytes?: number } }

/** Over which time the rates are; the agents sample on demand. */
const WINDOW = '15s';

function usageOf({ cpu, memory }: Usage): Record<string, string> {
  return { cpu: `${cpu?.usageNanoCores ?? 0}n`, memory: `${Math.floor((memory?.workingSetBytes ?? 0) / 1024)}Ki` };
}

function metricsObject(kind: string, metadata: KubernetesObject['metadata'], timestamp: string, content: Record<string, unknown>): KubernetesObject {
  return { kind, apiVersion: 'metrics.k8s.io/v1beta1', metadata: { ...metadata, creationTimestamp: timestamp }, timestamp, window: WINDOW, ...content };
}

export function nodeMetrics(summary: NodeSummary, labels: Record<string, string> | undefined, now: string): KubernetesObject {
  return metricsObject('NodeMetrics', { name: summary.node.nodeName, labels }, summary.node.cpu?.time ?? now, { usage: usageOf(summary.node) });
}

/** Pods with at least one running container. */
export function podMetrics(summary: NodeSummary, labelsOf: (namespace: string, name: string) => Record<string, string> | undefined, now: string): KubernetesObject[] {
  return (summary.pods ?? []).filter((pod) => pod.containers?.length).map(({ podRef, containers = [] }) => metricsObject(
    'PodMetrics', { name: podRef.name, namespace: podRef.namespace, labels: labelsOf(podRef.namespace, podRef.name) }, containers[0]?.cpu?.time ?? now,
    { containers: containers.map((container) => ({ name: container.name, usage: usageOf(container) })) },
  ));
}
