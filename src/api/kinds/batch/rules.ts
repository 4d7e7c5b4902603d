import type { CronJob, Job, JobSpec } from '../../../../schema/v1.37/types/batch-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { asObject, rulesOf } from '../common/rules.ts';
import { firstGeneration, nextGeneration, statusOnly } from '../common/strategy.ts';
import { dropDisabledTemplateFeatures } from '../pod/disabled-features.ts';
import { defaultCronJob, defaultJob } from './defaults.ts';
import { cronJobWarnings, jobWarnings } from './warnings.ts';
import { validateCronJob, validateCronJobUpdate } from './validate-cronjob.ts';
import { validateJob, validateJobUpdate } from './validate-job.ts';
import { validateJobStatusUpdate } from './validate-job-status.ts';

const JOB_NAME = 'batch.kubernetes.io/job-name';
const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** Unless its owner minds the selector, a job selects its pods by its own uid. */
function generateSelector(job: Job): void {
  const spec = job.spec;
  if (!spec || spec.manualSelector) return;
  const labels = ((spec.template.metadata ??= {}).labels ??= {});
  for (const key of ['job-name', JOB_NAME]) labels[key] ??= job.metadata?.name ?? '';
  for (const key of ['controller-uid', CONTROLLER_UID]) labels[key] ??= job.metadata?.uid ?? '';
  const matchLabels = ((spec.selector ??= {}).matchLabels ??= {});
  matchLabels[CONTROLLER_UID] ??= job.metadata?.uid ?? '';
}

/** Fields of features that are off by default, as upstream drops them. */
function dropDisabledFields(spec: JobSpec | undefined, old?: JobSpec): void {
  delete spec?.scheduling;
  dropDisabledTemplateFeatures(spec?.template, old?.template);
}

/** Rules of the group batch, by kind. */
export function rules(): Record<string, KindRules> {
  return {
    Job: rulesOf<Job>({
      default: defaultJob,
      prepareForCreate(job) {
        const { labels } = job.metadata ?? {};
        const inherited = !labels || JSON.stringify(labels) === JSON.stringify(job.spec?.template.metadata?.labels);
        generateSelector(job);
        // Labels taken over from the template by default also show what the template gains now.
        if (inherited && job.metadata) job.metadata.labels = { ...job.spec?.template.metadata?.labels };
        job.status = {};
        dropDisabledFields(job.spec);
        firstGeneration(asObject(job));
      },
      prepareForUpdate(job, old) {
        job.status = old.status;
        dropDisabledFields(job.spec, old.spec);
        nextGeneration(asObject(job), asObject(old), ['spec']);
      },
      prepareForStatusUpdate: (job, old) => statusOnly(asObject(job), asObject(old)),
      validate: validateJob,
      validateUpdate: validateJobUpdate,
      validateStatusUpdate: validateJobStatusUpdate,
      warnings: jobWarnings,
      selectableFields: (job) => ({ 'status.successful': String(job.status?.succeeded ?? 0) }),
    }),
    CronJob: rulesOf<CronJob>({
      default: defaultCronJob,
      prepareForCreate(cronJob) {
        cronJob.status = {};
        dropDisabledFields(cronJob.spec?.jobTemplate.spec);
        firstGeneration(asObject(cronJob));
      },
      prepareForUpdate(cronJob, old) {
        cronJob.status = old.status;
        dropDisabledFields(cronJob.spec?.jobTemplate.spec, old.spec?.jobTemplate.spec);
        nextGeneration(asObject(cronJob), asObject(old), ['spec']);
      },
      prepareForStatusUpdate: (cronJob, old) => statusOnly(asObject(cronJob), asObject(old)),
      validate: validateCronJob,
      validateUpdate: validateCronJobUpdate,
      warnings: cronJobWarnings,
    }),
  };
}
