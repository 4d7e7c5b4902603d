import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../../../schema/v1.37/types/autoscaling-v2.ts';
import { age, nameOf } from './format.ts';
import { printer } from './printer.ts';

const UNKNOWN = '<unknown>';

function shown(value: string | number | undefined): string {
  return value == null ? UNKNOWN : String(value);
}

function valueText(target: MetricTarget, current: MetricValueStatus | undefined): string {
  return target.averageValue != null ? `${shown(current?.averageValue)}/${target.averageValue} (avg)` : `${shown(current?.value)}/${target.value ?? ''}`;
}

function resourceText(name: string, target: MetricTarget, current: MetricValueStatus | undefined): string {
  if (target.averageValue != null) return `${name}: ${shown(current?.averageValue)}/${target.averageValue}`;
  const wanted = target.averageUtilization == null ? '<auto>' : `${target.averageUtilization}%`;
  return `${name}: ${current?.averageUtilization == null ? UNKNOWN : `${current.averageUtilization}%`}/${wanted}`;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  if (metric.type === 'External' && metric.external) return valueText(metric.external.target, status?.external?.current);
  if (metric.type === 'Object' && metric.object) return valueText(metric.object.target, status?.object?.current);
  if (metric.type === 'Pods' && metric.pods) return `${shown(status?.pods?.current.averageValue)}/${metric.pods.target.averageValue ?? ''}`;
  if (metric.type === 'Resource' && metric.resource) return resourceText(metric.resource.name, metric.resource.target, status?.resource?.current);
  if (metric.type === 'ContainerResource' && metric.containerResource) return resourceText(metric.containerResource.name, metric.containerResource.target, status?.containerResource?.current);
  return '<unknown type>';
}

function metricsText({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const texts = metrics.slice(0, 2).map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  return texts.join(', ') + (metrics.length > 2 ? ` + ${metrics.length - 2} more...` : '');
}

export const autoscalerPrinter = printer<HorizontalPodAutoscaler>('Name|Reference|Targets|MinPods|MaxPods|Replicas|Age', (object, { now }) => [
  nameOf(object), `${object.spec?.scaleTargetRef.kind ?? ''}/${object.spec?.scaleTargetRef.name ?? ''}`, metricsText(object),
  object.spec?.minReplicas == null ? '<unset>' : String(object.spec.minReplicas), object.spec?.maxReplicas ?? 0, object.status?.currentReplicas ?? 0, age(object, now),
]);
