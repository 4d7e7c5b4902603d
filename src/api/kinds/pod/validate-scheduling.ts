import type { Affinity, LabelSelector, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm, PodAntiAffinity, Toleration, TopologySpreadConstraint } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { labelName, labelValue, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateLabelKey } from '../common/metadata.ts';
import { validateLabelSelector } from '../common/selectors.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateNodeRequirement(findings: Findings, path: string, { key = '', operator, values = [] }: NodeSelectorRequirement, checkValues: boolean): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) findings.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) findings.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1) findings.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else findings.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator');
  validateLabelKey(findings, `${path}.key`, key);
  if (checkValues) values.forEach((value, index) => findings.invalidEach(`${path}.values[${index}]`, value, labelValue(value)));
}

function validateFieldRequirement(findings: Findings, path: string, { key = '', operator, values = [] }: NodeSelectorRequirement): void {
  if (operator !== 'In' && operator !== 'NotIn') findings.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator');
  else if (values.length !== 1) findings.required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  if (key !== 'metadata.name') findings.invalid(`${path}.key`, key, 'not a valid field selector key');
  else values.forEach((value, index) => findings.invalidEach(`${path}.values[${index}]`, value, subdomainName(value)));
}

function validateNodeTerm(findings: Findings, path: string, term: NodeSelectorTerm, checkValues: boolean): void {
  term.matchExpressions?.forEach((requirement, index) => validateNodeRequirement(findings, `${path}.matchExpressions[${index}]`, requirement, checkValues));
  term.matchFields?.forEach((requirement, index) => validateFieldRequirement(findings, `${path}.matchFields[${index}]`, requirement));
}

export function validateNodeSelector(findings: Findings, path: string, selector: NodeSelector, checkValues = true): void {
  const at = `${path}.nodeSelectorTerms`;
  if (!selector.nodeSelectorTerms?.length) return findings.required(at, 'must have at least one node selector term');
  selector.nodeSelectorTerms.forEach((term, index) => validateNodeTerm(findings, `${at}[${index}]`, term, checkValues));
}

function validateWeight(findings: Findings, path: string, weight: number | undefined): void {
  if (!weight || weight <= 0 || weight > 100) findings.invalid(`${path}.weight`, weight ?? 0, 'must be in the range 1-100');
}

function validateNodeAffinity(findings: Findings, path: string, affinity: NodeAffinity): void {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) validateNodeSelector(findings, `${path}.requiredDuringSchedulingIgnoredDuringExecution`, required);
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, preference }, index) => {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    validateWeight(findings, at, weight);
    validateNodeTerm(findings, `${at}.preference`, preference ?? {}, false);
  });
}

function validateKeys(findings: Findings, path: string, keys: string[] | undefined, selector: LabelSelector | undefined): void {
  if (!keys?.length) return;
  if (!selector) return findings.forbidden(path, 'must not be specified when labelSelector is not set');
  keys.forEach((key, index) => validateLabelKey(findings, `${path}[${index}]`, key));
}

function validateMatchLabelKeys(findings: Findings, path: string, matching: string[] | undefined, differing: string[] | undefined, selector: LabelSelector | undefined): void {
  validateKeys(findings, `${path}.matchLabelKeys`, matching, selector);
  validateKeys(findings, `${path}.mismatchLabelKeys`, differing, selector);
  if (selector && matching) {
    const selected = new Set(Object.keys(selector.matchLabels ?? {}));
    for (const { key } of selector.matchExpressions ?? []) {
      const index = matching.lastIndexOf(key);
      if (index >= 0 && selected.has(key)) findings.invalid(`${path}[${index}]`, key, 'exists in both matchLabelKeys and labelSelector');
      selected.add(key);
    }
  }
  matching?.forEach((key, index) => {
    if (differing?.includes(key)) findings.invalid(`${path}.matchLabelKeys[${index}]`, key, 'exists in both matchLabelKeys and mismatchLabelKeys');
  });
}

function validatePodTerm(findings: Findings, path: string, term: PodAffinityTerm): void {
  validateLabelSelector(findings, `${path}.labelSelector`, term.labelSelector);
  validateLabelSelector(findings, `${path}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) findings.invalidEach(`${path}.namespace`, name, labelName(name));
  validateMatchLabelKeys(findings, path, term.matchLabelKeys, term.mismatchLabelKeys, term.labelSelector);
  if (!term.topologyKey) findings.required(`${path}.topologyKey`, 'can not be empty');
  validateLabelKey(findings, `${path}.topologyKey`, term.topologyKey ?? '');
}

function validatePodAffinity(findings: Findings, path: string, affinity: PodAntiAffinity): void {
  affinity.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
    validatePodTerm(findings, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, term);
  });
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, podAffinityTerm }, index) => {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    validateWeight(findings, at, weight);
    validatePodTerm(findings, `${at}.podAffinityTerm`, podAffinityTerm);
  });
}

export function validateAffinity(findings: Findings, path: string, affinity: Affinity): void {
  if (affinity.nodeAffinity) validateNodeAffinity(findings, `${path}.nodeAffinity`, affinity.nodeAffinity);
  if (affinity.podAffinity) validatePodAffinity(findings, `${path}.podAffinity`, affinity.podAffinity);
  if (affinity.podAntiAffinity) validatePodAffinity(findings, `${path}.podAntiAffinity`, affinity.podAntiAffinity);
}

export function validateTaintEffect(findings: Findings, path: string, effect: string | undefined): void {
  findings.requiredOneOf(path, effect, EFFECTS);
}

export function validateTolerations(findings: Findings, path: string, tolerations: Toleration[]): void {
  tolerations.forEach(({ key, operator = '', value = '', effect, tolerationSeconds }, index) => {
    const at = `${path}[${index}]`;
    if (key) findings.invalidEach(`${at}.key`, key, qualifiedName(key));
    else if (operator !== 'Exists') findings.invalid(`${at}.operator`, operator, 'operator must be Exists when `key` is empty, which means "match all values and all keys"');
    if (tolerationSeconds != null && effect !== 'NoExecute') findings.invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
    if (operator === 'Equal' || operator === '') {
      const messages = labelValue(value);
      if (messages.length > 0) findings.invalid(`${at}.operator`, value, messages.join(';'));
    } else if (operator === 'Exists') {
      if (value) findings.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    } else if (operator === 'Lt' || operator === 'Gt') findings.notSupported(`${at}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt']);
    else findings.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']);
    if (effect) findings.oneOf(`${at}.effect`, effect, EFFECTS);
  });
}

export function validateTopologySpread(findings: Findings, path: string, constraints: TopologySpreadConstraint[]): void {
  constraints.forEach((constraint, index) => {
    const { maxSkew = 0, topologyKey, whenUnsatisfiable, minDomains, labelSelector } = constraint;
    const at = `${path}[${index}]`;
    findings.positive(`${at}.maxSkew`, maxSkew);
    if (!topologyKey) findings.required(`${at}.topologyKey`, 'can not be empty');
    findings.oneOf(`${at}.whenUnsatisfiable`, whenUnsatisfiable, ['DoNotSchedule', 'ScheduleAnyway']);
    if (constraints.slice(index + 1).some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)) {
      findings.duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
    }
    if (minDomains != null) {
      findings.positive(`${at}.minDomains`, minDomains);
      if (whenUnsatisfiable !== 'DoNotSchedule') findings.invalid(`${at}.minDomains`, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
    }
    for (const field of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      if (constraint[field] != null) findings.oneOf(`${at}.${field}`, constraint[field], ['Honor', 'Ignore']);
    }
    validateMatchLabelKeys(findings, at, constraint.matchLabelKeys, undefined, labelSelector);
    validateLabelSelector(findings, `${at}.labelSelector`, labelSelector);
  });
}
