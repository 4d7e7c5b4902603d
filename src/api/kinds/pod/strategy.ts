import { readAppArmorAnnotations } from './app-armor.ts';
import type { Container, LabelSelector, Pod, PodAffinityTerm, PodSpec } from './types.ts';
import type { RuleContext } from '../../kind-rules.ts';
import { formatTime } from '../../../base/clock.ts';
import { semanticEqual } from '../common/equality.ts';
import { dropDisabledFeatures } from './disabled-features.ts';
import { defaultPodLevelResources } from './pod-level-resources.ts';
import { qosClass } from './qos.ts';

type Labels = Record<string, string> | undefined;

function addLabelKeys(selector: LabelSelector, keys: string[] | undefined, operator: string, labels: Labels): void {
  for (const key of keys ?? []) {
    const value = labels?.[key];
    if (value != null) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
  }
}

function resolveAffinityTerm(term: PodAffinityTerm, labels: Labels): void {
  if (!term.labelSelector) return;
  addLabelKeys(term.labelSelector, term.matchLabelKeys, 'In', labels);
  addLabelKeys(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
}

/** `matchLabelKeys` become plain selector terms with the pod's own values, once, on creation. */
function resolveLabelKeys(spec: PodSpec, labels: Labels): void {
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) resolveAffinityTerm(term, labels);
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) resolveAffinityTerm(podAffinityTerm, labels);
  }
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    if (constraint.labelSelector) addLabelKeys(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels);
  }
}

export function preparePodForCreate(pod: Pod, { now, warn }: RuleContext): void {
  (pod.metadata ??= {}).generation = 1;
  const status: NonNullable<Pod['status']> = (pod.status = { phase: 'Pending' });
  const spec = pod.spec as PodSpec;
  dropDisabledFeatures(spec, undefined, pod.metadata);
  if (spec.schedulingGates?.length) {
    status.conditions = [{
      type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates',
      lastProbeTime: null as unknown as string, lastTransitionTime: formatTime(now),
    }];
  }
  if (spec.affinity || spec.topologySpreadConstraints) resolveLabelKeys(spec, pod.metadata.labels);
  if (spec.resources) defaultPodLevelResources(pod);
  readAppArmorAnnotations(pod, warn ?? (() => undefined));
  status.qosClass = qosClass(pod);
}

function grow(pod: Pod, old: Pod): void {
  const generation = old.metadata?.generation ?? 0;
  (pod.metadata ??= {}).generation = semanticEqual(pod.spec, old.spec) ? generation : generation + 1;
}

function keepMetadata(pod: Pod, old: Pod): void {
  const { resourceVersion, managedFields } = pod.metadata ?? {};
  pod.metadata = { ...old.metadata, ...(resourceVersion == null ? {} : { resourceVersion }), ...(managedFields ? { managedFields } : {}) };
}

function resizedContainers(now: Container[] | undefined, before: Container[] | undefined): Container[] | undefined {
  if (!now?.length) return now;
  // A renamed or moved container is left for validation to refuse.
  if (now.some((container, index) => container.name !== before?.[index]?.name)) return now;
  return now.map(({ resources, resizePolicy }, index) => {
    const { resizePolicy: _before, ...rest } = before?.[index] as Container;
    return { ...rest, resources, ...(resizePolicy ? { resizePolicy } : {}) };
  });
}

function onlyResize(pod: Pod, old: Pod): void {
  const spec = pod.spec as PodSpec;
  const before = old.spec as PodSpec;
  if ((spec.containers?.length ?? 0) !== before.containers.length || (spec.initContainers?.length ?? 0) !== (before.initContainers?.length ?? 0)) return;
  const resources = spec.resources ?? before.resources;
  const initContainers = resizedContainers(spec.initContainers, before.initContainers);
  pod.spec = {
    ...before, containers: resizedContainers(spec.containers, before.containers) ?? [],
    ...(initContainers ? { initContainers } : {}), ...(resources ? { resources } : {}),
  };
  pod.status = old.status;
  keepMetadata(pod, old);
}

export function preparePodForUpdate(pod: Pod, old: Pod, context: RuleContext): void {
  if (context.subresource === 'ephemeralcontainers') {
    const ephemeralContainers = pod.spec?.ephemeralContainers;
    pod.spec = { ...(old.spec as PodSpec) };
    if (ephemeralContainers) pod.spec.ephemeralContainers = ephemeralContainers;
    else delete pod.spec.ephemeralContainers;
    pod.status = old.status;
    keepMetadata(pod, old);
  } else if (context.subresource === 'resize') {
    onlyResize(pod, old);
  } else {
    pod.status = old.status;
    if (!pod.spec?.resources && old.spec?.resources) (pod.spec as PodSpec).resources = old.spec.resources;
  }
  dropDisabledFeatures(pod.spec, old.spec, pod.metadata);
  grow(pod, old);
}

/** Conditions that come without an observed generation keep the one they had. */
function keepObservedGenerations(pod: Pod, old: Pod): void {
  const status = (pod.status ??= {});
  const generation = status.observedGeneration || old.status?.observedGeneration;
  if (generation) status.observedGeneration = generation;
  const before = new Map<string, (number | undefined)[]>();
  for (const { type, observedGeneration } of old.status?.conditions ?? []) {
    const list = before.get(type);
    if (list) list.push(observedGeneration);
    else before.set(type, [observedGeneration]);
  }
  for (const condition of status.conditions ?? []) {
    const kept = before.get(condition.type)?.shift();
    if (!condition.observedGeneration && kept) condition.observedGeneration = kept;
  }
}

export function preparePodStatusUpdate(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  const metadata = (pod.metadata ??= {});
  if (old.metadata?.deletionTimestamp == null) delete metadata.deletionTimestamp;
  else metadata.deletionTimestamp = old.metadata.deletionTimestamp;
  if (old.metadata?.ownerReferences) metadata.ownerReferences = old.metadata.ownerReferences;
  else delete metadata.ownerReferences;
  const status = (pod.status ??= {});
  status.qosClass ||= old.status?.qosClass;
  status.resourceClaimStatuses ??= old.status?.resourceClaimStatuses;
  status.extendedResourceClaimStatus ??= old.status?.extendedResourceClaimStatus;
  keepObservedGenerations(pod, old);
}

/** Seconds a deleted pod gets: none when no node runs it or all of it has ended. */
export function podGraceSeconds(pod: Pod, requested: number | undefined): number {
  const seconds = requested ?? pod.spec?.terminationGracePeriodSeconds ?? 0;
  if (!pod.spec?.nodeName || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 0;
  return seconds < 0 ? 1 : seconds;
}

export function podSelectableFields(pod: Pod): Record<string, string> {
  const { spec, status } = pod;
  return {
    'spec.nodeName': spec?.nodeName ?? '', 'spec.restartPolicy': spec?.restartPolicy ?? '', 'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '', 'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status?.phase ?? '', 'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.podIPs': (status?.podIPs ?? []).map(({ ip }) => ip).join(','), 'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  };
}
