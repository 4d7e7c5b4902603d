import type { Node, NodeSelector, NodeSelectorTerm, Pod, Taint, Toleration } from '../../../schema/v1.37/types/core-v1.ts';

/** Whether a pod may stand on a node by its nodeSelector and required node affinity. */
export function matchesNode(spec: Pod['spec'], node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(spec?.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesNodeSelector(required, node);
}

export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  if (!term.matchExpressions?.length && !term.matchFields?.length) return false;
  const fields: Record<string, string> = { 'metadata.name': node.metadata?.name ?? '' };
  return (term.matchExpressions ?? []).every((expression) => matchesRequirement(expression, node.metadata?.labels ?? {}))
    && (term.matchFields ?? []).every((expression) => matchesRequirement(expression, fields));
}

function matchesRequirement({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }, has: Record<string, string>): boolean {
  const value = has[key];
  if (operator === 'In') return value !== undefined && values.includes(value);
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (value === undefined || !/^-?\d+$/.test(value)) return false;
  return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0]);
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if ((toleration.operator ?? 'Equal') === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first of the node's taints with one of the effects that no toleration takes. */
export function untoleratedTaint(tolerations: Toleration[], taints: Taint[], effects: string[]): Taint | undefined {
  return taints.find((taint) => effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint)));
}
