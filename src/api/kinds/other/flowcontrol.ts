import type { FlowSchema, PolicyRulesWithSubjects, PriorityLevelConfiguration } from '../../../../schema/v1.37/types/flowcontrol-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { Findings } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { simpleKind } from '../common/simple.ts';

function checkRule(findings: Findings, at: string, rule: PolicyRulesWithSubjects): void {
  if (!rule.subjects?.length) findings.required(`${at}.subjects`, 'subjects must contain at least one value');
  rule.subjects?.forEach(({ kind }, index) => findings.oneOf(`${at}.subjects[${index}].kind`, kind, ['Group', 'ServiceAccount', 'User']));
  if (!rule.resourceRules?.length && !rule.nonResourceRules?.length) findings.required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  rule.resourceRules?.forEach((entry, index) => {
    const path = `${at}.resourceRules[${index}]`;
    for (const field of ['verbs', 'apiGroups', 'resources'] as const) if (!entry[field]?.length) findings.required(`${path}.${field}`);
    if (!entry.namespaces?.length && !entry.clusterScope) findings.required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace');
  });
  rule.nonResourceRules?.forEach((entry, index) => {
    for (const field of ['verbs', 'nonResourceURLs'] as const) if (!entry[field]?.length) findings.required(`${at}.nonResourceRules[${index}].${field}`);
  });
}

/** Each type of condition stands once. */
function checkConditions(findings: Findings, { status }: FlowSchema | PriorityLevelConfiguration): void {
  const types = new Set<string>();
  status?.conditions?.forEach(({ type = '' }, index) => {
    const at = `status.conditions[${index}].type`;
    if (types.has(type)) findings.duplicate(at, type);
    types.add(type);
    if (!type) findings.required(at);
  });
}

const flowSchema = simpleKind<FlowSchema>({
  namespaced: false, generation: ['spec'], status: () => ({}), checkStatus: checkConditions,
  check(findings, { spec }) {
    const precedence = spec?.matchingPrecedence ?? 0;
    if (precedence <= 0) findings.invalid('spec.matchingPrecedence', precedence, 'must be a positive value');
    if (precedence > 10000) findings.invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000');
    if (spec?.distinguisherMethod) findings.oneOf('spec.distinguisherMethod', spec.distinguisherMethod.type, ['ByNamespace', 'ByUser']);
    const level = spec?.priorityLevelConfiguration?.name;
    if (!level) findings.required('spec.priorityLevelConfiguration.name', 'must reference a priority level');
    else findings.invalidEach('spec.priorityLevelConfiguration.name', level, subdomainName(level));
    spec?.rules?.forEach((rule, index) => checkRule(findings, `spec.rules[${index}]`, rule));
  },
  rules: { default({ spec }) { if (spec) spec.matchingPrecedence ||= 1000; } },
});

const level = simpleKind<PriorityLevelConfiguration>({
  namespaced: false, generation: ['spec'], status: () => ({}), checkStatus: checkConditions,
  check(findings, { metadata, spec }) {
    if (spec?.type === 'Limited') {
      if (spec.exempt) findings.forbidden('spec.exempt', 'must be nil if the type is Limited');
      if (!spec.limited) return findings.required('spec.limited', 'must not be empty when type is Limited');
      const { nominalConcurrencyShares: shares, lendablePercent, limitResponse } = spec.limited;
      if (shares != null && shares < 0) findings.invalid('spec.limited.nominalConcurrencyShares', shares, 'must be a non-negative integer');
      if (lendablePercent != null && (lendablePercent < 0 || lendablePercent > 100)) findings.invalid('spec.limited.lendablePercent', lendablePercent, 'must be between 0 and 100, inclusive');
      const at = 'spec.limited.limitResponse';
      if (limitResponse?.type === 'Reject') {
        if (limitResponse.queuing) findings.forbidden(`${at}.queuing`, 'must be nil if limited.limitResponse.type is not Limited');
      } else if (limitResponse?.type === 'Queue') {
        if (!limitResponse.queuing) return findings.required(`${at}.queuing`, 'must not be empty if limited.limitResponse.type is Limited');
        const { queues = 0, handSize = 0, queueLengthLimit = 0 } = limitResponse.queuing;
        if (queueLengthLimit <= 0) findings.invalid(`${at}.queuing.queueLengthLimit`, queueLengthLimit, 'must be positive');
        if (queues <= 0) findings.invalid(`${at}.queuing.queues`, queues, 'must be positive');
        else if (queues > 10_000_000) findings.invalid(`${at}.queuing.queues`, queues, 'must not be greater than 10000000');
        if (handSize <= 0) findings.invalid(`${at}.queuing.handSize`, handSize, 'must be positive');
        else if (handSize > queues) findings.invalid(`${at}.queuing.handSize`, handSize, `should not be greater than queues (${queues})`);
      } else if (!limitResponse?.type) findings.required(`${at}.type`);
      else findings.notSupported(`${at}.type`, limitResponse.type, ['Queue', 'Reject']);
    } else if (spec?.type === 'Exempt') {
      if (spec.limited) findings.forbidden('spec.limited', 'must be nil if the type is not Limited');
      if (metadata?.name !== 'exempt') findings.invalid('spec.type', 'Exempt', "must be 'Limited' if the name is not 'exempt'");
    } else if (!spec?.type) findings.required('spec.type');
    else findings.notSupported('spec.type', spec.type, ['Exempt', 'Limited']);
  },
  rules: {
    default({ spec }) {
      if (spec?.exempt) {
        spec.exempt.nominalConcurrencyShares ??= 0;
        spec.exempt.lendablePercent ??= 0;
      }
      if (!spec?.limited) return;
      spec.limited.nominalConcurrencyShares ??= 30;
      spec.limited.lendablePercent ??= 0;
      const queuing = spec.limited.limitResponse?.queuing;
      if (!queuing) return;
      queuing.handSize ||= 8;
      queuing.queues ||= 64;
      queuing.queueLengthLimit ||= 50;
    },
  },
});

export function flowcontrolRules(): Record<string, KindRules> {
  return { FlowSchema: flowSchema, PriorityLevelConfiguration: level };
}
