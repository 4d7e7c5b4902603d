import type { CronJob, CronJobSpec } from '../../../../schema/v1.37/types/batch-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { Findings, selectorValue } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { isTimeZone, scheduleError } from './schedule.ts';
import { validateJobTemplateSpec } from './validate-job.ts';

const NAME_LIMIT = 52;

function validateSchedule(findings: Findings, spec: CronJobSpec, old: CronJobSpec | undefined): void {
  const at = 'spec.schedule';
  if (!spec.schedule) return findings.required(at);
  const wrong = scheduleError(spec.schedule);
  if (wrong) findings.invalid(at, spec.schedule, wrong);
  if (!spec.schedule.includes('TZ')) return;
  if (!old?.schedule?.includes('TZ')) findings.invalid(at, spec.schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  else if (spec.timeZone != null) findings.invalid(at, spec.schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
}

function validateTimeZone(findings: Findings, zone: string | undefined): void {
  const at = 'spec.timeZone';
  if (zone == null) return;
  if (zone === '') return findings.invalid(at, zone, 'timeZone must be nil or non-empty string');
  for (const part of zone.split('/')) {
    if (part === '.' || part === '..' || part.startsWith('-') || !/^[A-Za-z.\-_0-9+]{1,14}$/.test(part)) findings.invalid(at, zone, `unknown time zone ${zone}`);
  }
  if (zone.toLowerCase() === 'local') findings.invalid(at, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  else if (!isTimeZone(zone)) findings.invalid(at, zone, `unknown time zone ${zone}`);
}

function validateSpec(findings: Findings, cronJob: CronJob, context: RuleContext, old?: CronJobSpec): void {
  const spec = cronJob.spec as CronJobSpec;
  validateSchedule(findings, spec, old);
  findings.notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds);
  if (!old || old.timeZone !== spec.timeZone) validateTimeZone(findings, spec.timeZone);
  findings.requiredOneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  const job = spec.jobTemplate.spec;
  if (job) {
    validateJobTemplateSpec(findings, 'spec.jobTemplate.spec', job, context, asGiven(cronJob).spec?.jobTemplate.spec ?? job, old?.jobTemplate.spec);
    if (job.selector) findings.invalid('spec.jobTemplate.spec.selector', selectorValue(job.selector), '`selector` will be auto-generated');
    if (job.manualSelector) findings.notSupported('spec.jobTemplate.spec.manualSelector', true, ['nil', 'false']);
  }
  findings.notNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit);
  findings.notNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit);
}

export function validateCronJob(cronJob: CronJob, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, cronJob, true, subdomainName);
  validateSpec(findings, cronJob, context);
  const name = cronJob.metadata?.name ?? '';
  if (name.length > NAME_LIMIT) findings.invalid('metadata.name', name, `must be no more than ${NAME_LIMIT} characters`);
  return findings.list;
}

export function validateCronJobUpdate(cronJob: CronJob, old: CronJob, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, cronJob, old);
  validateSpec(findings, cronJob, context, old.spec);
  return findings.list;
}
