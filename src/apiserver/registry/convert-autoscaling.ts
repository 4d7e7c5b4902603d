import type { KubernetesObject } from '../../api/object.ts';

/** HorizontalPodAutoscaler between autoscaling/v1 and v2: v1 knows CPU only and keeps the rest in annotations. */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

type Fields = Record<string, unknown>;
interface Metric { type?: string; resource?: { name?: string; target?: { type?: string; averageUtilization?: number }; current?: { averageUtilization?: number } } }

const isCpu = (metric: Metric): boolean => metric.type === 'Resource' && metric.resource?.name === 'cpu';

export function autoscalingToV1(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion === 'autoscaling/v1') return object;
  const { metrics, behavior, ...spec } = (object['spec'] ?? {}) as Fields & { metrics?: Metric[] };
  const { currentMetrics, conditions, ...status } = (object['status'] ?? {}) as Fields & { currentMetrics?: Metric[] };
  const annotations: Record<string, string> = { ...object.metadata?.annotations };
  const cpu = metrics?.find((metric) => isCpu(metric) && metric.resource?.target?.averageUtilization !== undefined);
  const others = metrics?.filter((metric) => metric !== cpu) ?? [];
  if (cpu) spec['targetCPUUtilizationPercentage'] = cpu.resource?.target?.averageUtilization;
  if (others.length) annotations[METRICS] = JSON.stringify(others);
  if (behavior) annotations[BEHAVIOR] = JSON.stringify(behavior);
  const currentCpu = currentMetrics?.find(isCpu)?.resource?.current?.averageUtilization;
  if (currentCpu !== undefined) status['currentCPUUtilizationPercentage'] = currentCpu;
  if (currentMetrics?.length) annotations[CURRENT_METRICS] = JSON.stringify(currentMetrics);
  if (conditions) annotations[CONDITIONS] = JSON.stringify(conditions);
  return rebuilt(object, 'autoscaling/v1', annotations, spec, status);
}

export function autoscalingToV2(object: KubernetesObject): KubernetesObject {
  if (object.apiVersion === 'autoscaling/v2') return object;
  const { targetCPUUtilizationPercentage: percentage, ...spec } = (object['spec'] ?? {}) as Fields;
  const { currentCPUUtilizationPercentage: _current, ...status } = (object['status'] ?? {}) as Fields;
  const { [METRICS]: metrics, [CURRENT_METRICS]: currentMetrics, [CONDITIONS]: conditions, [BEHAVIOR]: behavior, ...annotations } = object.metadata?.annotations ?? {};
  const list: unknown[] = metrics ? parse(metrics, []) : [];
  if (percentage !== undefined) list.push({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } } });
  if (list.length) spec['metrics'] = list;
  if (behavior) spec['behavior'] = parse(behavior, undefined);
  if (currentMetrics) status['currentMetrics'] = parse(currentMetrics, undefined);
  if (conditions) status['conditions'] = parse(conditions, undefined);
  return rebuilt(object, 'autoscaling/v2', annotations, spec, status);
}

function parse<T>(text: string, fallback: T): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

function rebuilt(object: KubernetesObject, apiVersion: string, annotations: Record<string, string>, spec: Fields, status: Fields): KubernetesObject {
  const { annotations: _old, ...metadata } = object.metadata ?? {};
  const named = Object.keys(annotations).length ? { ...metadata, annotations } : metadata;
  return { ...object, apiVersion, metadata: named, spec, ...(object['status'] !== undefined ? { status } : {}) };
}
