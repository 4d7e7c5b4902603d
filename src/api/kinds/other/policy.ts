import type { Lease } from '../../../../schema/v1.37/types/coordination-v1.ts';
import type { Condition } from '../../../../schema/v1.37/types/meta-v1.ts';
import type { Toleration } from '../../../../schema/v1.37/types/core-v1.ts';
import type { RuntimeClass } from '../../../../schema/v1.37/types/node-v1.ts';
import type { PodDisruptionBudget } from '../../../../schema/v1.37/types/policy-v1.ts';
import type { PriorityClass } from '../../../../schema/v1.37/types/scheduling-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { dnsLabel, qualifiedName, regexMessage } from '../common/formats.ts';
import { validateFixed, validateImmutable } from '../common/immutable.ts';
import { validateLabels } from '../common/metadata.ts';
import { nodeLabelAdvice } from '../common/node-label-warnings.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { simpleKind } from '../common/simple.ts';
import { validateAtMostAll, validateIntOrPercent } from '../common/workloads.ts';
import { validateRequirements } from '../pod/validate-resources.ts';
import { validateTolerations } from '../pod/validate-scheduling.ts';

const REASON = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';

export function checkConditions(findings: Findings, at: string, conditions: Condition[] | undefined): void {
  conditions?.forEach((condition, index) => {
    const path = `${at}[${index}]`;
    if (conditions.findIndex(({ type }) => type === condition.type) < index) findings.duplicate(path, condition.type);
    if (!condition.type) findings.required(`${path}.type`, 'is required');
    else findings.invalidEach(`${path}.type`, condition.type, qualifiedName(condition.type));
    findings.requiredOneOf(`${path}.status`, condition.status, ['False', 'True', 'Unknown']);
    if ((condition.observedGeneration ?? 0) < 0) findings.invalid(`${path}.observedGeneration`, condition.observedGeneration, 'must be greater than or equal to zero');
    if (!condition.lastTransitionTime) findings.required(`${path}.lastTransitionTime`);
    if (!condition.reason) findings.required(`${path}.reason`);
    else if (!new RegExp(`^${REASON}$`).test(condition.reason)) {
      findings.invalid(`${path}.reason`, condition.reason, regexMessage("a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'", REASON, 'my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'));
    }
    if ((condition.message?.length ?? 0) > 32 * 1024) findings.tooLong(`${path}.message`, 32 * 1024);
  });
}

const budget = simpleKind<PodDisruptionBudget>({
  namespaced: true, generalMetadata: true, conditional: true, generation: ['spec'], status: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
  check(findings, { spec = {} }) {
    if (spec.minAvailable != null && spec.maxUnavailable != null) {
      findings.invalid('spec', internalValue('policy.PodDisruptionBudgetSpec', spec), 'minAvailable and maxUnavailable cannot be both set');
    }
    for (const field of ['minAvailable', 'maxUnavailable'] as const) {
      const value = spec[field];
      if (value == null) continue;
      validateIntOrPercent(findings, `spec.${field}`, value);
      validateAtMostAll(findings, `spec.${field}`, value);
    }
    validateLabelSelector(findings, 'spec.selector', spec.selector);
    if (spec.unhealthyPodEvictionPolicy != null) findings.oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']);
  },
  checkStatus(findings, { status }) {
    checkConditions(findings, 'status.conditions', status?.conditions);
    for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const) findings.notNegative(`status.${field}`, status?.[field]);
  },
  rules: { default(object) { object.spec ??= {}; } },
});

function dropElection(spec: Lease['spec']): void {
  delete spec?.strategy;
  delete spec?.preferredHolder;
}

const lease = simpleKind<Lease>({
  namespaced: true, anyFinalizer: true, conditional: true, createOnUpdate: true,
  check(findings, { spec = {} }) {
    if (spec.leaseDurationSeconds != null && spec.leaseDurationSeconds <= 0) findings.invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0');
    if (spec.leaseTransitions != null && spec.leaseTransitions < 0) findings.invalid('spec.leaseTransitions', spec.leaseTransitions, 'must be greater than or equal to 0');
    const strategy = spec.strategy;
    if (strategy != null) {
      if (!strategy.includes('/')) findings.oneOf('spec.strategy.strategy', strategy, ['OldestEmulationVersion']);
      else findings.invalidEach('spec.strategy.strategy', strategy, qualifiedName(strategy));
    }
    if (spec.preferredHolder && !strategy) findings.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined');
  },
  rules: {
    default(object) { object.spec ??= {}; },
    // Coordinated leader election is off, as it is upstream unless switched on.
    prepareForCreate: ({ spec }) => dropElection(spec),
    prepareForUpdate: ({ spec }) => dropElection(spec),
  },
});

const SYSTEM: Record<string, number> = { 'system-node-critical': 2000001000, 'system-cluster-critical': 2000000000 };
const HIGHEST_USER = 1000000000;

const priorityClass = simpleKind<PriorityClass>({
  namespaced: false, generation: [], onlyCreate: true,
  check(findings, { metadata, value, globalDefault, preemptionPolicy }) {
    const name = metadata?.name ?? '';
    if (name.startsWith('system-')) {
      const known = SYSTEM[name];
      const reason = known == null ? `${name} is not a known system priority class` : known !== value ? `value of ${name} PriorityClass must be ${known}` : globalDefault ? `globalDefault of ${name} PriorityClass must be false` : '';
      if (reason) findings.forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${reason}`);
    } else if ((value ?? 0) > HIGHEST_USER) findings.forbidden('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER}`);
    if (preemptionPolicy != null) findings.requiredOneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']);
  },
  checkUpdate(findings, now, old) {
    if ((now.value ?? 0) !== (old.value ?? 0)) findings.forbidden('value', 'may not be changed in an update.');
    validateImmutable(findings, 'preemptionPolicy', now.preemptionPolicy, old.preemptionPolicy);
  },
  rules: { default(object) { object.value ??= 0; object.preemptionPolicy ??= 'PreemptLowerPriority'; } },
});

function checkHandler(findings: Findings, handler: string, isNew: boolean): void {
  if (!handler) findings.required('handler');
  else findings.invalidEach('handler', handler, dnsLabel(handler, isNew ? 'bytes' : 'characters'));
}

function checkTolerations(findings: Findings, tolerations: Toleration[]): void {
  const at = 'scheduling.tolerations';
  validateTolerations(findings, at, tolerations);
  const form = ({ key = '', operator = '', value = '', effect = '' }: Toleration): string => JSON.stringify([key, operator, value, effect]);
  const forms = tolerations.map(form);
  tolerations.forEach((toleration, index) => { if (forms.indexOf(forms[index] as string) < index) findings.duplicate(`${at}[${index}]`, internalValue('core.Toleration', toleration)); });
}

const runtimeClass = simpleKind<RuntimeClass>({
  namespaced: false, anyFinalizer: true, conditional: true, createOnUpdate: true,
  check(findings, { handler, overhead, scheduling }, old) {
    checkHandler(findings, handler, !old);
    if (overhead) validateRequirements(findings, 'overhead', { limits: overhead.podFixed ?? {} }, new Set());
    validateLabels(findings, 'scheduling.nodeSelector', scheduling?.nodeSelector);
    checkTolerations(findings, scheduling?.tolerations ?? []);
  },
  checkUpdate: (findings, now, old) => validateFixed(findings, 'handler', now.handler, old.handler),
  rules: {
    warnings: ({ scheduling }) => Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => nodeLabelAdvice(key) ?? []).map((advice) => `scheduling.nodeSelector: ${advice}`),
  },
});

export function policyRules(): Record<string, KindRules> {
  return { PodDisruptionBudget: budget };
}
export function coordinationRules(): Record<string, KindRules> {
  return { Lease: lease };
}
export function schedulingRules(): Record<string, KindRules> {
  return { PriorityClass: priorityClass };
}
export function nodeRules(): Record<string, KindRules> {
  return { RuntimeClass: runtimeClass };
}
