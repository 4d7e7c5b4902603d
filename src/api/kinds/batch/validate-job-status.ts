import type { Job, JobSpec, JobStatus } from '../../../../schema/v1.37/types/batch-v1.ts';
import type { FieldError } from '../../status.ts';
import { parseTime } from '../../../base/clock.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings } from '../common/findings.ts';
import { validateMetadataUpdate } from '../common/metadata.ts';
import { IndexesError, overlap, parseIndexes } from './indexes.ts';

function has(status: JobStatus, condition: string, value = 'True'): boolean {
  return status.conditions?.some((entry) => entry.type === condition && entry.status === value) ?? false;
}

function validateCounts(findings: Findings, status: JobStatus): void {
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) findings.notNegative(`status.${field}`, status[field]);
  for (const field of ['succeeded', 'failed'] as const) {
    const uids = status.uncountedTerminatedPods?.[field];
    uids?.forEach((uid, index) => {
      const at = `status.uncountedTerminatedPods.${field}[${index}]`;
      if (!uid) findings.invalid(at, uid, 'must not be empty');
      else if (uids.indexOf(uid) < index) findings.duplicate(at, uid);
    });
  }
}

function validateConditions(findings: Findings, now: JobStatus, before: JobStatus, spec: JobSpec): void {
  const changed = (...conditions: string[]): boolean => conditions.some((condition) => has(now, condition) !== has(before, condition));
  const refuse = (detail: string): void => findings.invalidWithoutValue('status.conditions', detail);
  const complete = has(now, 'Complete');
  const failed = has(now, 'Failed');
  if (changed('Complete', 'Failed') && complete && failed) refuse('cannot set Complete=True and Failed=true conditions');
  if (changed('Complete', 'FailureTarget') && complete && has(now, 'FailureTarget')) refuse('cannot set Complete=True and FailureTarget=true conditions');
  if ((changed('Failed') || now.failedIndexes !== before.failedIndexes) && failed && !has(now, 'FailureTarget')) refuse('cannot set Failed=True condition without the FailureTarget=true condition');
  if (changed('Complete', 'SuccessCriteriaMet') && complete && !has(now, 'SuccessCriteriaMet')) refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  if (has(now, 'SuccessCriteriaMet') && failed) refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (has(now, 'SuccessCriteriaMet') && has(now, 'FailureTarget')) refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (spec.successPolicy && !has(now, 'SuccessCriteriaMet') && complete) refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
  for (const condition of ['Failed', 'Complete', 'FailureTarget']) if (has(before, condition) && !has(now, condition)) refuse(`cannot disable the terminal ${condition}=True condition`);
  if (has(before, 'SuccessCriteriaMet') && !has(now, 'SuccessCriteriaMet')) refuse('cannot disable the SuccessCriteriaMet=True condition');
  if (has(before, 'Complete') && !has(before, 'SuccessCriteriaMet') && has(now, 'SuccessCriteriaMet')) refuse('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
}

function validateTimes(findings: Findings, now: JobStatus, before: JobStatus, spec: JobSpec): void {
  const complete = has(now, 'Complete');
  const at = 'status.completionTime';
  const completionChanged = now.completionTime !== before.completionTime;
  const startChanged = now.startTime !== before.startTime;
  if (completionChanged || complete !== has(before, 'Complete')) {
    if (now.completionTime != null && !complete) findings.invalid(at, now.completionTime, 'cannot set completionTime when there is no Complete=True condition');
    if (now.completionTime == null && complete) findings.required(at, 'completionTime is required for Complete jobs');
  }
  if ((completionChanged || startChanged) && now.startTime && now.completionTime && parseTime(now.completionTime) < parseTime(now.startTime)) findings.invalid(at, now.completionTime, 'must be equal to or after `startTime`');
  if (now.completionTime && before.completionTime && completionChanged) findings.invalid(at, now.completionTime, 'field is immutable');
  const resuming = has(before, 'Suspended') && has(now, 'Suspended', 'False');
  if (startChanged && before.startTime && !resuming && !spec.suspend) findings.invalid('status.startTime', now.startTime ?? null, 'field is immutable for unsuspended job once set');
}

function validateFinished(findings: Findings, now: JobStatus, before: JobStatus, spec: JobSpec): void {
  const finished = has(now, 'Complete') || has(now, 'Failed');
  if (!finished) return;
  const justFinished = !(has(before, 'Complete') || has(before, 'Failed'));
  if ((justFinished || now.active !== before.active) && (now.active ?? 0) > 0) findings.invalid('status.active', now.active, 'active>0 is invalid for finished job');
  if ((justFinished || now.startTime !== before.startTime) && !(spec.suspend && spec.completions === 0) && now.startTime == null) findings.required('status.startTime', 'startTime is required for finished job');
  const uncounted = now.uncountedTerminatedPods;
  if ((justFinished || !semanticEqual(uncounted, before.uncountedTerminatedPods)) && (uncounted?.failed?.length || uncounted?.succeeded?.length)) {
    findings.invalid('status.uncountedTerminatedPods', { Succeeded: uncounted.succeeded ?? null, Failed: uncounted.failed ?? null }, 'must be empty for finished job');
  }
  if ((justFinished || now.terminating !== before.terminating) && (now.terminating ?? 0) > 0) findings.invalid('status.terminating', now.terminating, 'terminating>0 is invalid for finished job');
}

function validateIndexes(findings: Findings, now: JobStatus, before: JobStatus, spec: JobSpec): void {
  const { completions } = spec;
  const completed = now.completedIndexes ?? '';
  const failed = now.failedIndexes;
  const completedChanged = completed !== (before.completedIndexes ?? '');
  const failedChanged = failed !== before.failedIndexes;
  const parse = (field: 'completedIndexes' | 'failedIndexes', text: string, report: boolean): [number, number][] => {
    try {
      return parseIndexes(text, completions ?? 0);
    } catch (error) {
      if (!(error instanceof IndexesError)) throw error;
      if (report) findings.invalid(`status.${field}`, text, `error parsing ${field}: ${error.message}`);
      return [];
    }
  };
  const completedList = completions == null ? [] : parse('completedIndexes', completed, completedChanged);
  const failedList = completions == null || failed == null ? [] : parse('failedIndexes', failed, failedChanged && spec.backoffLimitPerIndex != null);
  if (completedChanged && completed && spec.completionMode !== 'Indexed') findings.invalid('status.completedIndexes', completed, 'cannot set non-empty completedIndexes when non-indexed completion mode');
  if (failedChanged && failed != null && spec.backoffLimitPerIndex == null) findings.invalid('status.failedIndexes', failed, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null');
  if (!completedChanged && !failedChanged) return;
  const both = overlap(completedList, failedList);
  if (both != null) findings.invalid('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${both}`);
}

export function validateJobStatusUpdate(job: Job, old: Job): FieldError[] {
  const findings = new Findings();
  const now = job.status ?? {};
  const before = old.status ?? {};
  const spec = job.spec as JobSpec;
  validateMetadataUpdate(findings, job, old);
  validateCounts(findings, now);
  validateConditions(findings, now, before, spec);
  validateTimes(findings, now, before, spec);
  validateFinished(findings, now, before, spec);
  validateIndexes(findings, now, before, spec);
  if (now.ready != null && (now.ready !== before.ready || now.active !== before.active) && now.ready > (now.active ?? 0)) findings.invalid('status.ready', now.ready, 'cannot set more ready pods than active');
  if ((now.failed ?? 0) < (before.failed ?? 0)) findings.invalid('status.failed', now.failed ?? 0, 'cannot decrease the failed counter');
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!elastic && (now.succeeded ?? 0) < (before.succeeded ?? 0)) findings.invalid('status.succeeded', now.succeeded ?? 0, 'cannot decrease the succeeded counter');
  return findings.list;
}
