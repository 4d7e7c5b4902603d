import type { Condition } from '../../../schema/v1.37/types/meta-v1.ts';
import type { StorageVersionMigration } from '../../../schema/v1.37/types/storagemigration-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';

/** What is to be done about a migration. `wait`: another of the same resource comes first. */
export type Step = 'start' | 'wait' | 'take-revision' | 'migrate' | 'finish' | 'nothing';

export function nextStep(migration: StorageVersionMigration, all: StorageVersionMigration[]): Step {
  if (isOver(migration)) return is(migration, 'Running') ? 'finish' : 'nothing';
  if (is(migration, 'Running')) return migration.status?.resourceVersion ? 'migrate' : 'take-revision';
  const open = all.filter((other) => sameResource(other, migration) && !isOver(other));
  if (open.some((other) => is(other, 'Running'))) return 'wait';
  return open.sort(inOrder)[0]?.metadata?.name === migration.metadata?.name ? 'start' : 'wait';
}

function is({ status }: StorageVersionMigration, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

const isOver = (migration: StorageVersionMigration): boolean => is(migration, 'Succeeded') || is(migration, 'Failed');
export const hasSucceeded = (migration: StorageVersionMigration): boolean => is(migration, 'Succeeded');

export function sameResource(one: StorageVersionMigration, other: StorageVersionMigration): boolean {
  return (one.spec?.resource.group ?? '') === (other.spec?.resource.group ?? '') && one.spec?.resource.resource === other.spec?.resource.resource;
}

function inOrder(one: StorageVersionMigration, other: StorageVersionMigration): number {
  const time = ({ metadata }: StorageVersionMigration): number => parseTime(metadata?.creationTimestamp ?? '');
  return time(one) - time(other) || ((one.metadata?.name ?? '') < (other.metadata?.name ?? '') ? -1 : 1);
}

/** The conditions with one more or changed; its time moves only with its status. */
export function withCondition(conditions: Condition[] | undefined, condition: Omit<Condition, 'lastTransitionTime'>, now: number): Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type);
  const changed = { ...condition, lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : formatTime(now) };
  return before ? (conditions ?? []).map((one) => (one === before ? changed : one)) : [...conditions ?? [], changed];
}

export function running(left?: number, total?: number, error?: string): Omit<Condition, 'lastTransitionTime'> {
  const progress = !total ? '' : left ? `, ${left}/${total} objects not yet migrated` : `, ${total} objects verified migrated`;
  return { type: 'Running', status: 'True', reason: 'MigrationRunning', message: `The migration is running${progress}${error ? `; transient error: ${error}` : ''}` };
}

export const SUCCEEDED = { type: 'Succeeded', status: 'True', reason: 'StorageVersionMigrationSucceeded', message: 'Migration completed' };
export const STOPPED = { type: 'Running', status: 'False', reason: 'MigrationCompleted', message: 'Migration completed' };
export const failed = (message: string): Omit<Condition, 'lastTransitionTime'> => ({ type: 'Failed', status: 'True', reason: 'StorageVersionMigrationFailed', message });

/** Failures that may be gone next time. */
export function isTransient(error: unknown): boolean {
  const { code, reason = '' } = error as { code?: number; reason?: string };
  return code === 429 || code === 503 || ['ServerTimeout', 'Timeout', 'InternalError', 'ServiceUnavailable'].includes(reason);
}
