import type { Job, PodFailurePolicyRule } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';

export type FailureVerdict = { action: 'Count' } | { action: 'Ignore' } | { action: 'FailIndex' } | { action: 'FailJob'; message: string };

/** What a pod's failure means: the first rule that fits decides, without one the failure counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  for (const [index, rule] of (job.spec?.podFailurePolicy?.rules ?? []).entries()) {
    const match = matchRule(rule, pod, index);
    if (!match) continue;
    if (rule.action === 'FailJob') return { action: 'FailJob', message: match };
    return { action: rule.action as 'Count' | 'Ignore' | 'FailIndex' };
  }
  return { action: 'Count' };
}

function matchRule(rule: PodFailurePolicyRule, pod: Pod, index: number): string | undefined {
  const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  if (rule.onExitCodes) {
    const { containerName, operator, values } = rule.onExitCodes;
    for (const status of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
      const code = status.state?.terminated?.exitCode;
      if (code === undefined || code === 0 || (containerName && containerName !== status.name)) continue;
      if (values.includes(code) === (operator === 'In')) return `Container ${status.name} for pod ${name} failed with exit code ${code} matching ${rule.action} rule at index ${index}`;
    }
  }
  for (const pattern of rule.onPodConditions ?? []) {
    const condition = pod.status?.conditions?.find((entry) => entry.type === pattern.type && entry.status === (pattern.status ?? 'True'));
    if (condition) return `Pod ${name} has condition ${condition.type} matching ${rule.action} rule at index ${index}`;
  }
  return undefined;
}
