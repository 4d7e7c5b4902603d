/** Which nodes a pod may stand on, by what it asks of them and by their taints. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration } from '../../schema/v1.37/types/core-v1.ts';
import { matchesLabels } from './label-selector.ts';

/** What a node selector can ask of: the node's labels and the field `metadata.name`. */
export interface SelectableNode { name: string; labels: Record<string, string> }

function matchesRequirement({ key, operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return isInteger(value) && isInteger(values[0]) && BigInt(value) > BigInt(values[0]);
    case 'Lt': return isInteger(value) && isInteger(values[0]) && BigInt(value) < BigInt(values[0]);
    default: return false;
  }
}

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^[-+]?\d+$/.test(text);
}

/** All requirements of a term hold; an empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: SelectableNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return matchExpressions.every((requirement) => matchesRequirement(requirement, node.labels[requirement.key]))
    && matchFields.every((requirement) => matchesRequirement(requirement, requirement.key === 'metadata.name' ? node.name : undefined));
}

/** One of the terms holds. */
export function matchesNodeSelector(selector: NodeSelector, node: SelectableNode): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** The pod's nodeSelector and required node affinity. */
export function matchesRequiredNodeAffinity({ spec }: Pick<Pod, 'spec'>, node: SelectableNode): boolean {
  if (spec?.nodeSelector && !matchesLabels(spec.nodeSelector, node.labels)) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

export function tolerates({ key, effect, operator, value = '' }: Toleration, taint: Taint): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (!operator || operator === 'Equal') && value === (taint.value ?? '');
}

/** The first taint with one of the effects that no toleration covers. */
export function untoleratedTaint(taints: Taint[] | undefined, tolerations: Toleration[] | undefined, effects: string[]): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !tolerations?.some((toleration) => tolerates(toleration, taint)));
}
