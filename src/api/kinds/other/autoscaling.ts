import type { HorizontalPodAutoscaler as AutoscalerV1, Scale } from '../../../../schema/v1.37/types/autoscaling-v1.ts';
import type { CrossVersionObjectReference, HPAScalingRules, HorizontalPodAutoscaler, MetricSpec, MetricTarget } from '../../../../schema/v1.37/types/autoscaling-v2.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from '../common/findings.ts';
import { dnsLabel, pathSegment } from '../common/formats.ts';
import { isNegative, isPositive } from '../common/quantities.ts';
import { validateContainerResourceName } from '../common/resource-names.ts';
import { rulesOf } from '../common/rules.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { simpleKind } from '../common/simple.ts';

const TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const SOURCES: Record<string, 'object' | 'pods' | 'resource' | 'external' | 'containerResource'> = { Object: 'object', Pods: 'pods', Resource: 'resource', External: 'external', ContainerResource: 'containerResource' };
type Autoscaler = HorizontalPodAutoscaler | AutoscalerV1;

function isV1(autoscaler: Autoscaler): autoscaler is AutoscalerV1 {
  return autoscaler.apiVersion === 'autoscaling/v1';
}

function scalingRules(rules: HPAScalingRules | undefined, up: boolean): HPAScalingRules {
  const policies = [...(up ? [{ type: 'Pods', value: 4, periodSeconds: 15 }] : []), { type: 'Percent', value: 100, periodSeconds: 15 }];
  return { ...(up ? { stabilizationWindowSeconds: 0 } : {}), selectPolicy: 'Max', policies, ...rules };
}

function defaultAutoscaler(autoscaler: Autoscaler): void {
  const spec = autoscaler.spec;
  if (!spec) return;
  spec.minReplicas ??= 1;
  if (isV1(autoscaler)) return void (autoscaler.status ??= { currentReplicas: 0, desiredReplicas: 0 });
  const newer = autoscaler.spec as NonNullable<HorizontalPodAutoscaler['spec']>;
  if (!newer.metrics?.length) newer.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  if (newer.behavior) newer.behavior = { ...newer.behavior, scaleUp: scalingRules(newer.behavior.scaleUp, true), scaleDown: scalingRules(newer.behavior.scaleDown, false) };
}

function checkReference(findings: Findings, at: string, reference: CrossVersionObjectReference | undefined, allowCore: boolean): void {
  for (const field of ['kind', 'name'] as const) {
    const value = reference?.[field];
    if (!value) findings.required(`${at}.${field}`);
    else findings.invalidEach(`${at}.${field}`, value, pathSegment(value));
  }
  const version = reference?.apiVersion ?? '';
  const parts = version.split('/');
  if (parts.length > 2) findings.invalid(`${at}.apiVersion`, version, `unexpected GroupVersion string: ${version}`);
  else if (!allowCore && (parts.length < 2 || !parts[0]) && !(reference?.kind === 'ReplicationController' && version === 'v1')) findings.invalid(`${at}.apiVersion`, version, 'apiVersion must specify API group');
}

function checkTarget(findings: Findings, at: string, target: MetricTarget | undefined): void {
  if (!target?.type) findings.required(`${at}.type`, 'must specify a metric target type');
  if (target?.type != null && !['Utilization', 'Value', 'AverageValue'].includes(target.type)) findings.invalid(`${at}.type`, target.type, 'must be either Utilization, Value, or AverageValue');
  if (target?.value != null && !isPositive(target.value)) findings.invalid(`${at}.value`, String(target.value), 'must be positive');
  if (target?.averageValue != null && !isPositive(target.averageValue)) findings.invalid(`${at}.averageValue`, String(target.averageValue), 'must be positive');
  if (target?.averageUtilization != null && target.averageUtilization < 1) findings.invalid(`${at}.averageUtilization`, target.averageUtilization, 'must be greater than 0');
}

function checkSource(findings: Findings, at: string, metric: MetricSpec): void {
  const { object, external, pods, resource, containerResource } = metric;
  const identifier = (path: string, entry: { name?: string; selector?: object } | undefined): void => {
    if (!entry?.name) findings.required(`${path}.name`, 'must specify a metric name');
    else findings.invalidEach(`${path}.name`, entry.name, pathSegment(entry.name));
    validateLabelSelector(findings, `${path}.selector`, entry?.selector);
  };
  if (object) {
    checkReference(findings, `${at}.object.describedObject`, object.describedObject, true);
    identifier(`${at}.object.metric`, object.metric);
    checkTarget(findings, `${at}.object.target`, object.target);
    if (object.target?.value == null && object.target?.averageValue == null) findings.required(`${at}.object.target.averageValue`, 'must set either a target value or averageValue');
  } else if (external) {
    identifier(`${at}.external.metric`, external.metric);
    checkTarget(findings, `${at}.external.target`, external.target);
    if (external.target?.value == null && external.target?.averageValue == null) findings.required(`${at}.external.target.averageValue`, 'must set either a target value for metric or a per-pod target');
    if (external.target?.value != null && external.target.averageValue != null) findings.forbidden(`${at}.external.target.value`, 'may not set both a target value for metric and a per-pod target');
  } else if (pods) {
    identifier(`${at}.pods.metric`, pods.metric);
    checkTarget(findings, `${at}.pods.target`, pods.target);
    if (pods.target?.averageValue == null || !isPositive(pods.target.averageValue)) findings.required(`${at}.pods.target.averageValue`, 'must specify a positive target averageValue');
  } else {
    const [name, source] = resource ? ['resource', resource] as const : ['containerResource', containerResource] as const;
    if (!source) return;
    if (!source.name) findings.required(`${at}.${name}.name`, 'must specify a resource name');
    if (containerResource && !resource) {
      const { container } = containerResource;
      if (source.name) validateContainerResourceName(findings, `${at}.containerResource.name`, source.name);
      if (container) findings.invalidEach(`${at}.containerResource.container`, container, dnsLabel(container));
      else findings.required(`${at}.containerResource.container`, 'must specify a container');
    }
    checkTarget(findings, `${at}.${name}.target`, source.target);
    const { averageUtilization, averageValue } = source.target ?? {};
    if (averageUtilization == null && averageValue == null) findings.required(`${at}.${name}.target.averageUtilization`, 'must set either a target raw value or a target utilization');
    if (averageUtilization != null && averageValue != null) findings.forbidden(`${at}.${name}.target.averageValue`, 'may not set both a target raw value and a target utilization');
  }
}

function checkMetric(findings: Findings, at: string, metric: MetricSpec): void {
  if (!metric.type) findings.required(`${at}.type`, 'must specify a metric source type');
  findings.oneOf(`${at}.type`, metric.type, TYPES);
  checkSource(findings, at, metric);
  const expected = SOURCES[metric.type];
  if (!expected) findings.notSupported(`${at}.type`, metric.type ?? '', TYPES);
  else if (!metric[expected]) findings.required(`${at}.${expected}`, 'must populate information for the given metric source');
  const given = Object.values(SOURCES).filter((source) => metric[source]);
  if (given.length > 1) for (const source of given) if (source !== expected) findings.forbidden(`${at}.${source}`, 'must populate the given metric source only');
}

function checkScaling(findings: Findings, at: string, rules: HPAScalingRules | undefined): void {
  if (!rules) return;
  const window = rules.stabilizationWindowSeconds;
  if (window != null && window < 0) findings.invalid(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero');
  if (window != null && window > 3600) findings.invalid(`${at}.stabilizationWindowSeconds`, window, 'must be less than or equal to 3600');
  if (rules.selectPolicy != null) findings.oneOf(`${at}.selectPolicy`, rules.selectPolicy, ['Disabled', 'Max', 'Min']);
  if (!rules.policies?.length) findings.required(`${at}.policies`, 'must specify at least one Policy');
  rules.policies?.forEach(({ type, value, periodSeconds }, index) => {
    const path = `${at}.policies[${index}]`;
    findings.oneOf(`${path}.type`, type, ['Percent', 'Pods']);
    findings.positive(`${path}.value`, value);
    findings.positive(`${path}.periodSeconds`, periodSeconds);
    if (periodSeconds > 1800) findings.invalid(`${path}.periodSeconds`, periodSeconds, 'must be less than or equal to 1800');
  });
  if (rules.tolerance != null && isNegative(rules.tolerance)) findings.invalid(`${at}.tolerance`, String(rules.tolerance), 'must be greater than or equal to 0');
}

function checkAutoscaler(findings: Findings, autoscaler: Autoscaler, old: Autoscaler | undefined): void {
  const { minReplicas, maxReplicas = 0, scaleTargetRef } = autoscaler.spec ?? ({} as NonNullable<HorizontalPodAutoscaler['spec']>);
  if (minReplicas != null && minReplicas < 0) findings.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 0');
  if (maxReplicas === 0) findings.required('spec.maxReplicas');
  else if (maxReplicas < 0) findings.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to 1');
  if (minReplicas != null && maxReplicas < minReplicas) findings.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  const before = old?.spec?.scaleTargetRef.apiVersion;
  checkReference(findings, 'spec.scaleTargetRef', scaleTargetRef, old != null && !before?.includes('/'));
  if (isV1(autoscaler)) {
    const wanted = autoscaler.spec?.targetCPUUtilizationPercentage;
    if (wanted != null && wanted < 1) findings.invalid('spec.metrics[0].resource.target.averageUtilization', wanted, 'must be greater than 0');
    return;
  }
  const { metrics = [], behavior } = autoscaler.spec as NonNullable<HorizontalPodAutoscaler['spec']>;
  metrics.forEach((metric, index) => checkMetric(findings, `spec.metrics[${index}]`, metric));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) findings.forbidden('spec.metrics', 'must specify at least one Object or External metric to support scaling to zero replicas');
  checkScaling(findings, 'spec.behavior.scaleUp', behavior?.scaleUp);
  checkScaling(findings, 'spec.behavior.scaleDown', behavior?.scaleDown);
}

function checkScale({ spec }: Scale): FieldError[] {
  const findings = new Findings();
  findings.notNegative('spec.replicas', spec?.replicas);
  return findings.list;
}

/** Rules of the group autoscaling, by kind. */
export function autoscalingRules(): Record<string, KindRules> {
  return {
    HorizontalPodAutoscaler: simpleKind<Autoscaler>({
      namespaced: true, check: checkAutoscaler, status: () => ({ desiredReplicas: 0, currentMetrics: null }), generation: ['spec'],
      checkStatus(findings, { status }) {
        findings.notNegative('status.currentReplicas', status?.currentReplicas);
        findings.notNegative('status.desiredReplicas', status?.desiredReplicas);
      },
      rules: { default: defaultAutoscaler },
    }),
    Scale: rulesOf<Scale>({
      noGeneration: true,
      validate: checkScale,
      validateUpdate: checkScale,
    }),
  };
}
