import { formatTime } from '../../base/clock.ts';
import { sameJson } from '../metadata/equal.ts';
import type { CustomResourceDefinition } from './types.ts';

type Status = NonNullable<CustomResourceDefinition['status']>;
type Condition = NonNullable<Status['conditions']>[number];
type Names = CustomResourceDefinition['spec']['names'];

/** The status a definition should have, given the others of its group. Pure. */
export function decideStatus(definition: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>, now: number): Status {
  const status: Status = { ...definition.status, conditions: [...definition.status?.conditions ?? []] };
  const { names, conflict } = acceptNames(definition, others);
  status.acceptedNames = names;
  const accepted: Condition = conflict
    ? { type: 'NamesAccepted', status: 'False', ...conflict } : { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' };
  status.conditions = withCondition(status.conditions, accepted, now);
  const established = status.conditions.find(({ type }) => type === 'Established');
  if (established?.status !== 'True' && !definition.metadata?.deletionTimestamp) {
    status.conditions = withCondition(status.conditions, conflict
      ? { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
      : { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }, now);
  }
  const approval = approvalCondition(definition);
  if (approval) status.conditions = withCondition(status.conditions, approval, now);
  return status;
}

/** A new list where this condition stands; its time moves only with its status. */
export function withCondition(conditions: readonly Condition[] | undefined, condition: Condition, now: number): Condition[] {
  const before = conditions?.find(({ type }) => type === condition.type);
  const moved = before?.status === condition.status ? before.lastTransitionTime : formatTime(now);
  const next = { lastTransitionTime: moved, ...condition };
  if (before && sameJson(before, next)) return [...conditions ?? []];
  if (!before) return [...conditions ?? [], next];
  return (conditions ?? []).map((other) => (other === before ? next : other));
}

function acceptNames(definition: CustomResourceDefinition, others: Iterable<CustomResourceDefinition>): { names: Names; conflict?: { reason: string; message: string } } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of others) {
    const names = other.status?.acceptedNames;
    if (other.spec.group !== definition.spec.group || other.metadata?.name === definition.metadata?.name || !names) continue;
    for (const name of [names.plural, names.singular, ...names.shortNames ?? []]) if (name) resources.add(name);
    for (const name of [names.kind, names.listKind]) if (name) kinds.add(name);
  }
  const wanted = definition.spec.names;
  const names: Names = { ...definition.status?.acceptedNames ?? { plural: '', kind: '' } };
  let conflict: { reason: string; message: string } | undefined;
  const take = (reason: string, used: Set<string>, asked: string[], accept: () => void): void => {
    const taken = asked.filter((name) => name !== '' && used.has(name)).map((name) => `${JSON.stringify(name)} is already in use`);
    if (taken.length === 0) accept();
    else conflict = { reason, message: taken.length === 1 ? taken[0] as string : `[${taken.join(', ')}]` };
  };
  take('PluralConflict', resources, [wanted.plural], () => { names.plural = wanted.plural; });
  take('SingularConflict', resources, [wanted.singular ?? ''], () => { set(names, 'singular', wanted.singular); });
  take('ShortNamesConflict', resources, wanted.shortNames ?? [], () => { set(names, 'shortNames', wanted.shortNames); });
  take('KindConflict', kinds, [wanted.kind], () => { names.kind = wanted.kind; });
  take('ListKindConflict', kinds, [wanted.listKind ?? ''], () => { set(names, 'listKind', wanted.listKind); });
  set(names, 'categories', wanted.categories);
  return { names, ...(conflict ? { conflict } : {}) };
}

function set<Key extends keyof Names>(names: Names, key: Key, value: Names[Key]): void {
  if (value === undefined) delete names[key];
  else names[key] = value;
}

const APPROVAL = 'api-approved.kubernetes.io';

/** Whether a group is one that Kubernetes keeps for itself. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

export type Approval = 'approved' | 'unapproved' | 'missing' | 'invalid';

export function approvalOf(definition: CustomResourceDefinition): { state: Approval; message: string } {
  const value = definition.metadata?.annotations?.[APPROVAL];
  if (!value) return { state: 'missing', message: `protected groups must have approval annotation "${APPROVAL}", see https://github.com/kubernetes/enhancements/pull/1111` };
  if (value.startsWith('unapproved')) return { state: 'unapproved', message: `not approved: "${value}"` };
  if (URL.canParse(value) && new URL(value).host) return { state: 'approved', message: `approved in ${value}` };
  return { state: 'invalid', message: `protected groups must have approval annotation "${APPROVAL}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111` };
}

function approvalCondition(definition: CustomResourceDefinition): Condition | undefined {
  if (!isProtectedGroup(definition.spec.group)) return undefined;
  const { state, message } = approvalOf(definition);
  const reason = { approved: 'ApprovedAnnotation', unapproved: 'UnapprovedAnnotation', missing: 'MissingAnnotation', invalid: 'InvalidAnnotation' }[state];
  return { type: 'KubernetesAPIApprovalPolicyConformant', status: state === 'approved' ? 'True' : 'False', reason, message };
}
