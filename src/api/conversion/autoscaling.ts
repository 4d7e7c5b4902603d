/**
 * HorizontalPodAutoscaler v1 and v2. Stored as v2; v1 knows one CPU target and keeps the rest in annotations, as JSON of
 * older types.
 */
import type { KubernetesObject, ObjectMeta } from '../object.ts';

// The annotations hold types of an API that is served no more: their content is read by name, as it comes.
type Json = Record<string, any>;

const PREFIX = 'autoscaling.alpha.kubernetes.io/';
const ROUND_TRIP = ['metrics', 'behavior', 'current-metrics', 'conditions', 'scale-down-tolerance', 'scale-up-tolerance'].map((name) => PREFIX + name);
const DEFAULT_CPU_UTILIZATION = 80;
const MEMBER: Record<string, string> = { Object: 'object', Pods: 'pods', Resource: 'resource', ContainerResource: 'containerResource', External: 'external' };

const defined = (object: Json): Json => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
const isCpu = (metric: Json): boolean => metric['type'] === 'Resource' && metric['resource']?.name === 'cpu';

/** A v2 metric (spec: `target`, status: `current`) in the form of the annotation. */
function metricToV1(metric: Json, side: 'target' | 'current'): Json {
  const type = metric['type'] as string;
  const member = MEMBER[type] as string;
  const source = metric[member] as Json | undefined;
  if (!source) return { type };
  const value = (source[side] ?? {}) as Json;
  const named = (name: string): string => side + name;
  let result: Json = {};
  switch (type) {
    case 'Object':
      result = { target: source['describedObject'], metricName: source['metric']?.name, [named('Value')]: value['value'] ?? '0', selector: source['metric']?.selector, averageValue: value['averageValue'] };
      break;
    case 'Pods':
      result = { metricName: source['metric']?.name, [named('AverageValue')]: value['averageValue'] ?? '0', selector: source['metric']?.selector };
      break;
    case 'External':
      result = { metricName: source['metric']?.name, metricSelector: source['metric']?.selector, [named('Value')]: value['value'] ?? (side === 'current' ? '0' : undefined), [named('AverageValue')]: value['averageValue'] };
      break;
    default:
      result = { name: source['name'], [named('AverageUtilization')]: value['averageUtilization'], [named('AverageValue')]: value['averageValue'] ?? (side === 'current' ? '0' : undefined), container: source['container'] };
  }
  return { type, [member]: defined(result) };
}

function metricToV2(metric: Json, side: 'target' | 'current'): Json {
  const type = metric['type'] as string;
  const member = MEMBER[type] as string;
  const source = metric[member] as Json | undefined;
  if (!source) return { type };
  const value = defined({
    value: source[`${side}Value`], averageValue: source['averageValue'] ?? source[`${side}AverageValue`], averageUtilization: source[`${side}AverageUtilization`],
  });
  if (type === 'Object' && value['averageValue'] !== undefined && value['value'] === '0') delete value['value'];
  if (side === 'target') value['type'] = value['averageUtilization'] !== undefined ? 'Utilization' : value['averageValue'] !== undefined ? 'AverageValue' : 'Value';
  const selector = (source['selector'] ?? source['metricSelector']) as Json | undefined;
  const named = type === 'Object' || type === 'Pods' || type === 'External';
  return {
    type,
    [member]: defined({
      describedObject: type === 'Object' ? source['target'] : undefined, metric: named ? defined({ name: source['metricName'], selector }) : undefined,
      name: named ? undefined : source['name'], container: type === 'ContainerResource' ? source['container'] : undefined, [side]: value,
    }),
  };
}

/** Changes the first letter of every key. Nulls are left out. */
function recase(value: unknown, change: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => recase(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(defined(value)).map(([key, member]) => [change(key.slice(0, 1)) + key.slice(1), recase(member, change)]));
}

/** The behavior annotation has all fields of Go's type, in their order and by their names. */
function behaviorToV1(behavior: Json): string {
  const policy = ({ type, value, periodSeconds }: Json): Json => ({ Type: type, Value: value, PeriodSeconds: periodSeconds });
  const rules = (side: string): Json | undefined => behavior[side] && {
    StabilizationWindowSeconds: behavior[side].stabilizationWindowSeconds ?? null, SelectPolicy: behavior[side].selectPolicy ?? null,
    Policies: behavior[side].policies?.map(policy) ?? null, Tolerance: behavior[side].tolerance ?? null,
  };
  return JSON.stringify({ ScaleUp: rules('scaleUp') ?? null, ScaleDown: rules('scaleDown') ?? null });
}

function parsed<T>(annotations: Json, name: string): T | undefined {
  const text = annotations[PREFIX + name] as string | undefined;
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

function withoutRoundTrip(annotations: Record<string, string> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !ROUND_TRIP.includes(name)));
}

function withAnnotations(metadata: ObjectMeta | undefined, annotations: Record<string, string>): ObjectMeta {
  const { annotations: _, ...rest } = metadata ?? {};
  return Object.keys(annotations).length ? { ...rest, annotations } : rest;
}

function toV1(object: KubernetesObject): KubernetesObject {
  const { metrics = [], behavior, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentMetrics = [], conditions = [], ...status } = (object['status'] ?? {}) as Json;
  const annotations = withoutRoundTrip(object.metadata?.annotations);
  const isTarget = (metric: Json): boolean => isCpu(metric) && metric['resource'].target?.averageUtilization !== undefined;
  const list = (metrics ?? []) as Json[];
  const cpu = list.find(isTarget);
  const others = list.filter((metric) => !isTarget(metric));
  if (others.length) annotations[`${PREFIX}metrics`] = JSON.stringify(others.map((metric) => metricToV1(metric, 'target')));
  if (currentMetrics?.length) annotations[`${PREFIX}current-metrics`] = JSON.stringify((currentMetrics as Json[]).map((metric) => metricToV1(metric, 'current')));
  if (behavior) annotations[`${PREFIX}behavior`] = behaviorToV1(behavior as Json);
  if (conditions?.length) annotations[`${PREFIX}conditions`] = JSON.stringify(conditions);
  const current = ((currentMetrics ?? []) as Json[]).findLast(isCpu)?.['resource'].current?.averageUtilization as number | undefined;
  return {
    ...object, apiVersion: 'autoscaling/v1', metadata: withAnnotations(object.metadata, annotations),
    spec: { ...spec, ...(cpu ? { targetCPUUtilizationPercentage: cpu['resource'].target.averageUtilization } : {}) },
    status: { currentReplicas: 0, ...status, ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }) },
  };
}

function toV2(object: KubernetesObject): KubernetesObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = (object['spec'] ?? {}) as Json;
  const { currentCPUUtilizationPercentage: current, currentReplicas, ...status } = (object['status'] ?? {}) as Json;
  const annotations = (object.metadata?.annotations ?? {}) as Json;
  const cpu = (utilization: number): Json => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: utilization } } });
  const others = parsed<Json[]>(annotations, 'metrics');
  const metrics = [...(others ?? []).map((metric) => metricToV2(metric, 'target')), ...(target === undefined ? [] : [cpu(target as number)])];
  if (metrics.length === 0) metrics.push(cpu(DEFAULT_CPU_UTILIZATION));
  const behavior = recase(parsed<Json>(annotations, 'behavior'), (letter) => letter.toLowerCase());
  const measured = parsed<Json[]>(annotations, 'current-metrics');
  const currentMetrics = measured?.map((metric) => metricToV2(metric, 'current'))
    ?? (current === undefined ? null : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current } } }]);
  return {
    ...object, apiVersion: 'autoscaling/v2', metadata: withAnnotations(object.metadata, withoutRoundTrip(object.metadata?.annotations)),
    spec: { ...spec, metrics, ...(behavior ? { behavior } : {}) },
    status: { ...status, ...(currentReplicas ? { currentReplicas } : {}), desiredReplicas: status['desiredReplicas'] ?? 0, ...defined({ conditions: parsed<Json[]>(annotations, 'conditions') }), currentMetrics },
  };
}

export function convertAutoscaler(object: KubernetesObject, apiVersion: string): KubernetesObject {
  return apiVersion === 'autoscaling/v1' ? toV1(object) : toV2(object);
}
