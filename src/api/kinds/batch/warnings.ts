import type { CronJob, Job, JobSpec } from '../../../../schema/v1.37/types/batch-v1.ts';
import { nameWarnings, podTemplateWarnings } from '../pod/warnings.ts';

const PODS = 'Pod names and hostnames';

function specWarnings(path: string, spec: JobSpec | undefined): string[] {
  if (!spec) return [];
  const warnings: string[] = [];
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 100_000 && (spec.parallelism ?? 0) > 10_000) {
    warnings.push('In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail');
  }
  return [...warnings, ...podTemplateWarnings(`${path}.template`, spec.template)];
}

export function jobWarnings(job: Job, old: Job | undefined): string[] {
  if (old && job.metadata?.generation === old.metadata?.generation) return [];
  return [...(old ? [] : nameWarnings(job.metadata?.name, PODS)), ...specWarnings('spec', job.spec)];
}

export function cronJobWarnings(cronJob: CronJob, old: CronJob | undefined): string[] {
  if (old && cronJob.metadata?.generation === old.metadata?.generation) return [];
  const schedule = cronJob.spec?.schedule ?? '';
  const advice = 'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
  const zone = old && schedule.includes('TZ') ? [advice] : [];
  return [...(old ? [] : nameWarnings(cronJob.metadata?.name, PODS)), ...specWarnings('spec.jobTemplate.spec', cronJob.spec?.jobTemplate.spec), ...zone];
}
