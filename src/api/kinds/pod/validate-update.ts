import { podCheck } from './context.ts';
import type { Container, NodeSelectorTerm, Pod, PodSpec, Toleration } from './types.ts';
import type { RuleContext } from '../../kind-rules.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { internalDiff } from '../../internal-form.ts';
import type { FieldError } from '../../status.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, rangeMessage } from '../common/findings.ts';
import { validateMetadataUpdate } from '../common/metadata.ts';
import { MIRROR, validateAnnotationUpdate } from './validate-annotations.ts';
import { validateResize } from './validate-resize.ts';
import { validatePodObject } from './validate.ts';

const MAX_INT32 = 2147483647;
const CHANGEABLE = [
  '`spec.containers[*].image`', '`spec.initContainers[*].image`', '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)', '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

function sameCount(findings: Findings, path: string, now: Container[] | undefined, before: Container[] | undefined): boolean {
  if ((now?.length ?? 0) === (before?.length ?? 0)) return true;
  findings.forbidden(path, 'pod updates may not add or remove containers');
  return false;
}

/** Whether the rest of the spec is looked at. */
function validateDeadline(findings: Findings, now: number | undefined, before: number | undefined): boolean {
  const at = 'spec.activeDeadlineSeconds';
  if (now == null) {
    if (before != null) findings.invalid(at, null, 'must not update from a positive integer to nil value');
    return true;
  }
  const found = findings.list.length;
  if (now < 0 || now > MAX_INT32) findings.invalid(at, now, rangeMessage(0, MAX_INT32));
  else if (before != null && before < now) findings.invalid(at, now, 'must be less than or equal to previous value');
  return findings.list.length === found;
}

function validateTolerationsKept(findings: Findings, now: Toleration[] | undefined, before: Toleration[] | undefined): void {
  const same = (a: Toleration, b: Toleration): boolean => (a.key ?? '') === (b.key ?? '') && (a.operator ?? '') === (b.operator ?? '') && (a.value ?? '') === (b.value ?? '') && (a.effect ?? '') === (b.effect ?? '');
  for (const toleration of before ?? []) {
    if (!now?.some((other) => same(other, toleration))) return findings.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds');
  }
}

function validateGatesOnlyRemoved(findings: Findings, now: PodSpec, before: PodSpec): void {
  now.schedulingGates?.forEach(({ name }, index) => {
    if (!before.schedulingGates?.some((gate) => gate.name === name)) {
      findings.forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`);
    }
  });
}

function onlyAdds(now: NodeSelectorTerm | undefined, before: NodeSelectorTerm): boolean {
  const { matchExpressions: expressions = [], matchFields: fields = [] } = before;
  const newExpressions = now?.matchExpressions ?? [];
  const newFields = now?.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0 && (newExpressions.length > 0 || newFields.length > 0)) return false;
  return semanticEqual(newExpressions.slice(0, expressions.length), expressions) && semanticEqual(newFields.slice(0, fields.length), fields);
}

/** While a pod is gated, its node selection may be narrowed. Answers with the spec as far as that is allowed. */
function narrowSelection(findings: Findings, now: PodSpec, before: PodSpec): PodSpec {
  const munged = { ...now };
  if (!semanticEqual(now.nodeSelector, before.nodeSelector, 'nodeSelector')) {
    for (const key in before.nodeSelector) {
      if (now.nodeSelector?.[key] !== before.nodeSelector[key]) {
        findings.invalid('spec.nodeSelector', now.nodeSelector ?? null, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)');
        break;
      }
    }
    setOrRemove(munged, 'nodeSelector', before.nodeSelector);
  }
  const newAffinity = now.affinity?.nodeAffinity;
  const oldAffinity = before.affinity?.nodeAffinity;
  if (semanticEqual(newAffinity, oldAffinity)) return munged;
  const oldTerms = oldAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const newTerms = newAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const at = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (oldTerms.length > 0 && oldTerms.length !== newTerms.length) findings.invalid(at, newTerms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed');
  else {
    oldTerms.forEach((term, index) => {
      if (!onlyAdds(newTerms[index], term)) findings.invalid(`${at}[${index}]`, newTerms[index], 'only additions are allowed (no mutations or deletions)');
    });
  }
  const { nodeAffinity: _node, ...others } = now.affinity ?? {};
  const affinity = { ...others, ...(oldAffinity ? { nodeAffinity: oldAffinity } : {}) };
  setOrRemove(munged, 'affinity', Object.keys(affinity).length === 0 && !before.affinity ? undefined : affinity);
  return munged;
}

function setOrRemove<Key extends keyof PodSpec>(spec: PodSpec, key: Key, value: PodSpec[Key] | undefined): void {
  if (value == null) delete spec[key];
  else spec[key] = value;
}

function withImagesOf(now: Container[] | undefined, before: Container[] | undefined): Container[] | undefined {
  if (!now?.length) return undefined;
  return now.map((container, index) => ({ ...container, image: before?.[index]?.image }));
}

function validateSpecUpdate(findings: Findings, now: PodSpec, before: PodSpec): void {
  if (!sameCount(findings, 'spec.containers', now.containers, before.containers)) return;
  if (!sameCount(findings, 'spec.initContainers', now.initContainers, before.initContainers)) return;
  if (!validateDeadline(findings, now.activeDeadlineSeconds, before.activeDeadlineSeconds)) return;
  validateTolerationsKept(findings, now.tolerations, before.tolerations);
  validateGatesOnlyRemoved(findings, now, before);
  if (semanticEqual(now, before)) return;
  let munged: PodSpec = { ...now, containers: withImagesOf(now.containers, before.containers) ?? [] };
  setOrRemove(munged, 'initContainers', withImagesOf(now.initContainers, before.initContainers));
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations'] as const) setOrRemove(munged, field, before[field]);
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && munged.terminationGracePeriodSeconds === 1) munged.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  if (before.schedulingGates?.length) munged = narrowSelection(findings, munged, before);
  if (!semanticEqual(munged, before)) findings.forbidden('spec', `pod updates may not change fields other than ${CHANGEABLE}\n${internalDiff('core.PodSpec', before, munged)}`);
}

function validateEphemeralUpdate(findings: Findings, pod: Pod, old: Pod): void {
  for (const container of old.spec?.ephemeralContainers ?? []) {
    const now = pod.spec?.ephemeralContainers?.find(({ name }) => name === container.name);
    if (!now) findings.forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`);
    else if (!semanticEqual(now, container)) findings.forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n${internalDiff('core.EphemeralContainer', container, now)}`);
  }
}

/** Updates of a pod and of its subresources ephemeralcontainers and resize. */
export function validatePodUpdate(pod: Pod, old: Pod, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, pod, old);
  // A pod that stands keeps what an earlier setting of naru's own rule let in.
  validatePodObject(findings, pod, { ...podCheck(context, true, old.spec), allowDuplicatePorts: true });
  if (context.subresource === 'resize') {
    validateResize(findings, pod, old);
    return findings.list;
  }
  validateAnnotationUpdate(findings, 'metadata.annotations', pod.metadata?.annotations, old.metadata?.annotations);
  if (context.subresource !== 'ephemeralcontainers') validateSpecUpdate(findings, asGiven(pod).spec as PodSpec, old.spec as PodSpec);
  else if (old.metadata?.annotations?.[MIRROR] != null) findings.forbidden('', 'static pods do not support ephemeral containers');
  else validateEphemeralUpdate(findings, pod, old);
  return dedupe(findings.list);
}

/** Metadata is checked by the update's rules and again with the whole object. */
function dedupe(list: FieldError[]): FieldError[] {
  if (list.length < 2) return list;
  const seen = new Set<string>();
  return list.filter(({ field, detail }) => {
    const key = `${field}\0${detail}`;
    return seen.has(key) ? false : (seen.add(key), true);
  });
}
