/** Warnings about labels of nodes that have newer names. */
import type { LabelSelector } from '../../../../schema/v1.37/types/meta-v1.ts';
import { labelValue } from './formats.ts';

const DEPRECATED: Partial<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

export function nodeLabelAdvice(key: string): string | undefined {
  return DEPRECATED[key];
}

interface Term { matchExpressions?: { key: string; values?: string[] }[] }

/** `checksValues`: of a preference, whose values nothing refuses. */
export function termWarnings(path: string, term: Term | undefined, checksValues = false): string[] {
  return (term?.matchExpressions ?? []).flatMap(({ key, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const advice = DEPRECATED[key];
    const wrong = checksValues ? values.flatMap((value, place) => labelValue(value).map((message) => `${at}.values[${place}]: ${value} is invalid, ${message}`)) : [];
    return [...(advice ? [`${at}.key: ${key} is ${advice}`] : []), ...wrong];
  });
}

export function nodeSelectorWarnings(path: string, selector: LabelSelector | undefined): string[] {
  const labels = Object.keys(selector?.matchLabels ?? {}).flatMap((label) => (DEPRECATED[label] ? [`${path}.matchLabels.${label}: ${DEPRECATED[label]}`] : []));
  return [...termWarnings(path, selector), ...labels];
}
