import { family, familyText } from '../../../base/metric-text.ts';
import { KUBERNETES_VERSION } from '../../http/version.ts';
import type { AdmissionAttributes } from '../../contracts.ts';
import { LATEST } from './pod.ts';
import type { LevelVersion } from './policy.ts';

const EXEMPTIONS = 'pod_security_exemptions_total';
const NAME = 'pod_security_evaluations_total';
const OWN_MINOR = Number(KUBERNETES_VERSION.split('.')[1]);

const requestLabels = ({ operation, info, subresource }: AdmissionAttributes): string =>
  `request_operation="${operation.toLowerCase()}",resource="${info.resource === 'pods' ? 'pod' : 'controller'}",subresource="${subresource}"`;

/** How often the Pod Security Standards were asked, and what they said. */
export class PodSecurityMetrics {
  private readonly counts = new Map<string, number>();
  /** Told from the start, as upstream does: a rate needs the nought before the first. */
  private readonly exemptions = new Map(['create', 'update'].flatMap((operation) => ['controller', 'pod'].map((resource): [string, number] => [`request_operation="${operation}",resource="${resource}",subresource=""`, 0])));

  note(decision: 'allow' | 'deny', mode: 'enforce' | 'audit' | 'warn', { level, version }: LevelVersion, attributes: AdmissionAttributes): void {
    const shown = version === LATEST || level === 'privileged' ? 'latest' : version <= OWN_MINOR ? `v1.${version}` : 'future';
    const labels = `decision="${decision}",mode="${mode}",policy_level="${level}",policy_version="${shown}",${requestLabels(attributes)}`;
    this.counts.set(labels, (this.counts.get(labels) ?? 0) + 1);
  }

  noteExemption(attributes: AdmissionAttributes): void {
    const labels = requestLabels(attributes);
    this.exemptions.set(labels, (this.exemptions.get(labels) ?? 0) + 1);
  }

  text(): string {
    return familyText([
      family(EXEMPTIONS, 'counter', 'Requests that the Pod Security Standards do not concern.', [...this.exemptions].map(([labels, count]) => `${EXEMPTIONS}{${labels}} ${count}`)),
      family(NAME, 'counter', 'What the Pod Security Standards said of pods.', [...this.counts].map(([labels, count]) => `${NAME}{${labels}} ${count}`)),
    ]);
  }
}
