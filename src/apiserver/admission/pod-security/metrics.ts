import { family, familyText } from '../../../base/metric-text.ts';
import { KUBERNETES_VERSION } from '../../http/version.ts';
import type { AdmissionAttributes } from '../../contracts.ts';
import { LATEST } from './pod.ts';
import type { LevelVersion } from './policy.ts';

const NAME = 'pod_security_evaluations_total';
const OWN_MINOR = Number(KUBERNETES_VERSION.split('.')[1]);

/** How often the Pod Security Standards were asked, and what they said. */
export class PodSecurityMetrics {
  private readonly counts = new Map<string, number>();

  note(decision: 'allow' | 'deny', mode: 'enforce' | 'audit' | 'warn', { level, version }: LevelVersion, { operation, info, subresource }: AdmissionAttributes): void {
    const shown = version === LATEST || level === 'privileged' ? 'latest' : version <= OWN_MINOR ? `v1.${version}` : 'future';
    const labels = `decision="${decision}",mode="${mode}",policy_level="${level}",policy_version="${shown}",request_operation="${operation.toLowerCase()}",`
      + `resource="${info.resource === 'pods' ? 'pod' : 'controller'}",subresource="${subresource}"`;
    this.counts.set(labels, (this.counts.get(labels) ?? 0) + 1);
  }

  text(): string {
    return familyText([family(NAME, 'counter', 'What the Pod Security Standards said of pods.', [...this.counts].map(([labels, count]) => `${NAME}{${labels}} ${count}`))]);
  }
}
