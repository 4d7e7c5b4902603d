import type { CronJob, Job, JobSpec } from '../../../../schema/v1.37/types/batch-v1.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';

const MAX_INT32 = 2147483647;

function defaultJobTemplateSpec(spec: JobSpec): void {
  defaultPodTemplate((spec.template ??= {}));
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
}

export function defaultJob(job: Job): void {
  const spec = (job.spec ??= {} as JobSpec);
  if (spec.completions == null && spec.parallelism == null) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex == null ? 6 : MAX_INT32;
  defaultJobTemplateSpec(spec);
  const labels = spec.template.metadata?.labels;
  const metadata = (job.metadata ??= {});
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  job.status ??= {};
}

export function defaultCronJob(cronJob: CronJob): void {
  const spec = (cronJob.spec ??= {} as NonNullable<CronJob['spec']>);
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  const template = (spec.jobTemplate ??= {});
  template.metadata ??= {};
  defaultJobTemplateSpec((template.spec ??= {} as JobSpec));
  cronJob.status ??= {};
}
