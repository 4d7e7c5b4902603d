/** Runs the cases of `cases.ts` through our rules, as the API server would. */
import { decodeObject } from '../../codec/json.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import type { FieldError } from '../../status.ts';
import { createScheme } from '../../scheme.ts';
import { kindRules } from '../index.ts';
import { bases } from './bases.ts';
import type { Case, Changes } from './cases.ts';

export interface Outcome { findings: string[]; object: KubernetesObject }
/** What upstream answered: findings for a refused object, otherwise the object. `old` is what an update started from. */
export interface Recorded { findings: string[]; object?: KubernetesObject; old?: KubernetesObject }

export const CLUSTER_KINDS = new Set(['Namespace', 'Node', 'PersistentVolume', 'IngressClass', 'StorageClass', 'CSIDriver', 'CSINode', 'PriorityClass', 'RuntimeClass', 'ValidatingWebhookConfiguration', 'FlowSchema']);
const JOB_UID = '00000000-0000-0000-0000-000000000000';
const scheme = createScheme();

/** A case as the key of its recorded answer. */
export function keyOf(entry: Case): string {
  return JSON.stringify(entry, (_key, value: unknown) => (value === undefined ? 'REMOVED' : value)).slice(0, 400);
}

export function baseObject(base: string): KubernetesObject {
  const make = bases[base];
  if (!make) throw new Error(`no base object ${base}`);
  return make() as KubernetesObject;
}

export function changed(object: KubernetesObject, changes: Changes): KubernetesObject {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let at = copy as Record<string, unknown>;
    for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = structuredClone(value);
  }
  return copy;
}

export function groupOf(object: KubernetesObject): string {
  return object.apiVersion?.includes('/') ? (object.apiVersion.split('/', 1)[0] as string) : '';
}

function decode(object: KubernetesObject): KubernetesObject {
  const version = object.apiVersion?.split('/').at(-1) ?? '';
  const schema = scheme.kindSchema(groupOf(object), version, object.kind as string);
  return schema ? decodeObject<KubernetesObject>(object, schema).object : object;
}

/** Upstream only warns of duplicate ports, so our own rule is off here. */
function context(operation: 'create' | 'update'): RuleContext {
  return { now: 0, operation, subresource: '', namespace: 'default', user: '', options: { allowDuplicatePorts: true } };
}

/** One line a finding; a diff behind the first line is our own affair. */
export function format(errors: FieldError[]): string[] {
  return [...new Set(errors.map(({ type, field, detail }) => `${type} ${field}: ${detail.split('\n', 1)[0]}`))].sort();
}

export function create(given: KubernetesObject): Outcome {
  const object = decode(given);
  const rules = kindRules(groupOf(object), object.kind as string);
  const metadata = (object.metadata ??= {});
  if (!CLUSTER_KINDS.has(object.kind as string)) metadata.namespace ??= 'default';
  metadata.uid = JOB_UID;
  rules?.default?.(object);
  rules?.prepareForCreate?.(object, context('create'));
  return { findings: format(rules?.validate?.(object, context('create')) ?? []), object };
}

export function update(given: KubernetesObject, old: KubernetesObject): Outcome {
  const object = decode(given);
  const rules = kindRules(groupOf(object), object.kind as string);
  rules?.default?.(object);
  rules?.prepareForUpdate?.(object, old, context('update'));
  return { findings: format(rules?.validateUpdate?.(object, old, context('update')) ?? []), object };
}

/** What the server, its admission and its controllers add. */
const NOT_OURS = /^(metadata\.(uid|creationTimestamp|resourceVersion|managedFields|namespace|generation|finalizers|labels)|status|spec\.(clusterIPs?|ipFamilies|ipFamilyPolicy|storageClassName|ingressClassName|taints))$|controller-uid|nodePort$|healthCheckNodePort$/i;

export function differences(upstream: unknown, ours: unknown, path = ''): string[] {
  if (NOT_OURS.test(path) || JSON.stringify(upstream) === JSON.stringify(ours)) return [];
  if (upstream === null || ours === null || typeof upstream !== 'object' || typeof ours !== 'object') return [`${path}: upstream ${JSON.stringify(upstream)}, ours ${JSON.stringify(ours)}`];
  const a = upstream as Record<string, unknown>;
  const b = ours as Record<string, unknown>;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differences(a[key], b[key], path ? `${path}.${key}` : key));
}

/** Job uids differ between the servers, and upstream prints a whole template in its internal form. */
function plain(finding: string): string {
  return finding.replace(/^(FieldValueInvalid spec\.(?:template|volumeClaimTemplates)): Invalid value: .*: (field is immutable)$/, '$1: $2').replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID');
}

/** Where we and upstream disagree; empty when all is well. Pods get too much from admission for their objects to be compared. */
export function disagreements(recorded: Recorded, ours: Outcome): string[] {
  const theirs = recorded.findings.map(plain);
  const own = ours.findings.map(plain);
  const lines = [...theirs.filter((finding) => !own.includes(finding)).map((finding) => `missing  ${finding}`), ...own.filter((finding) => !theirs.includes(finding)).map((finding) => `too much ${finding}`)];
  const comparable = recorded.object && own.length === 0 && ours.object.kind !== 'Pod';
  return comparable ? [...lines, ...differences(recorded.object, ours.object).map((line) => `object   ${line}`)] : lines;
}
