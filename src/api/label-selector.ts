import type { LabelSelector } from '../../schema/v1.37/types/meta-v1.ts';

/** Whether `labels` satisfy a structured selector. An empty selector matches everything, an absent one nothing. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean {
  if (!selector) return false;
  const has = labels ?? {};
  for (const key in selector.matchLabels) {
    if (has[key] !== selector.matchLabels[key]) return false;
  }
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const value = has[key];
    if (operator === 'In' && (value === undefined || !values.includes(value))) return false;
    if (operator === 'NotIn' && value !== undefined && values.includes(value)) return false;
    if (operator === 'Exists' && value === undefined) return false;
    if (operator === 'DoesNotExist' && value !== undefined) return false;
  }
  return true;
}

/** Whether `labels` carry every pair of a plain map selector (Services, ReplicationControllers). */
export function matchesLabels(selector: Record<string, string>, labels: Record<string, string> | undefined): boolean {
  for (const key in selector) {
    if (labels?.[key] !== selector[key]) return false;
  }
  return true;
}
