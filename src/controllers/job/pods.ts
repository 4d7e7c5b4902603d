import type { Job } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod, PodTemplateSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { nameSuffix } from '../../base/random.ts';
import { podFromTemplate } from '../shared/pods.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';
const FAILURE_COUNT_ANNOTATION = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_COUNT_ANNOTATION = 'batch.kubernetes.io/job-index-ignored-failure-count';

export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === 'Indexed';
}

export function indexOf(pod: Pod): number {
  const text = pod.metadata?.annotations?.[INDEX_ANNOTATION];
  return text === undefined || !/^\d+$/.test(text) ? -1 : Number(text);
}

export function failureCount(pod: Pod): number {
  return Number(pod.metadata?.annotations?.[FAILURE_COUNT_ANNOTATION] ?? 0) || 0;
}

/** Failures of the index that its failure policy let pass. */
export function ignoredCount(pod: Pod): number {
  return Number(pod.metadata?.annotations?.[IGNORED_COUNT_ANNOTATION] ?? 0) || 0;
}

export function hasTrackingFinalizer(pod: Pod): boolean {
  return pod.metadata?.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** A pod of the job; `index` for indexed jobs, `failures` and `ignored` how often this index failed before. */
export function jobPod(job: Job, { index, failures, ignored }: { index?: number; failures: number; ignored: number }): Pod {
  const template = job.spec?.template as PodTemplateSpec;
  const pod = podFromTemplate(template, { ...job, apiVersion: 'batch/v1', kind: 'Job' });
  const metadata = pod.metadata as NonNullable<Pod['metadata']>;
  metadata.finalizers = [...(metadata.finalizers ?? []), TRACKING_FINALIZER];
  if (index === undefined) return pod;
  const name = `${job.metadata?.name}-${index}`;
  metadata.generateName = `${name}-`;
  // A host name has to be known beforehand; it is the index's for every attempt.
  (pod.spec as NonNullable<Pod['spec']>).hostname = name.slice(0, 63);
  metadata.name = `${name.slice(0, 57)}-${nameSuffix()}`;
  metadata.annotations = { ...metadata.annotations, [INDEX_ANNOTATION]: String(index) };
  metadata.labels = { ...metadata.labels, [INDEX_ANNOTATION]: String(index) };
  if (job.spec?.backoffLimitPerIndex !== undefined) {
    metadata.annotations[FAILURE_COUNT_ANNOTATION] = String(failures);
    if (job.spec.podFailurePolicy) metadata.annotations[IGNORED_COUNT_ANNOTATION] = String(ignored);
  }
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX_ANNOTATION}']` } } };
  const spec = pod.spec as NonNullable<Pod['spec']>;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (!container.env?.some((entry) => entry.name === variable.name)) container.env = [...(container.env ?? []), variable];
  }
  return pod;
}

/** When the pod ended, as well as it can be known. */
export function finishTime(pod: Pod, now: number): number {
  const sidecars = new Set(pod.spec?.initContainers?.filter((container) => container.restartPolicy === 'Always').map((container) => container.name));
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []).filter((status) => sidecars.has(status.name))];
  const times = statuses.map((status) => parseTime(status.state?.terminated?.finishedAt ?? ''));
  if (times.length > 0 && times.every((time) => !Number.isNaN(time))) return Math.max(...times);
  const notReady = pod.status?.conditions?.find((entry) => entry.type === 'Ready' && entry.status === 'False');
  const deleted = parseTime(pod.metadata?.deletionTimestamp ?? '') - (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
  return parseTime(notReady?.lastTransitionTime ?? '') || deleted || parseTime(pod.metadata?.creationTimestamp ?? '') || now;
}
