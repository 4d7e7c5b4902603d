import type { Pod, PodSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { invalid } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { concerns, forbid, resourceOf } from '../attributes.ts';
import { exemptionOf, ignoredPolicyWarning, NO_SETTINGS, type PodSecuritySettings } from './exemptions.ts';
import { PodSecurityMetrics } from './metrics.ts';
import type { CheckedPod } from './pod.ts';
import { describeFindings, describePolicy, describeReasons, findings, isPrivileged, isStricter, readPolicy, samePolicy, type LevelVersion } from './policy.ts';

/** Where each kind keeps its pod template. */
const TEMPLATE_PATHS: Record<string, string[]> = {
  replicationcontrollers: ['spec', 'template'], podtemplates: ['template'], 'replicasets.apps': ['spec', 'template'], 'deployments.apps': ['spec', 'template'],
  'statefulsets.apps': ['spec', 'template'], 'daemonsets.apps': ['spec', 'template'], 'jobs.batch': ['spec', 'template'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template'],
};
/** Subresources of pods that do not change what a pod may do. */
const HARMLESS = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);
const PODS_CHECKED = 3000;

function checkedPod(template: { metadata?: { annotations?: Record<string, string> }; spec?: PodSpec } | undefined): CheckedPod | undefined {
  return template?.spec ? { annotations: template.metadata?.annotations ?? {}, spec: template.spec } : undefined;
}

function templateOf(attributes: AdmissionAttributes): CheckedPod | undefined {
  let place: unknown = attributes.object;
  for (const field of TEMPLATE_PATHS[resourceOf(attributes)] ?? []) place = (place as Record<string, unknown> | undefined)?.[field];
  return checkedPod(place as Parameters<typeof checkedPod>[0]);
}

/** Of what may change in a running pod only images and ephemeral containers matter here. */
function changedSignificantly(pod: Pod, old: Pod): boolean {
  const images = ({ spec }: Pod): string => JSON.stringify([spec?.containers?.map(({ image }) => image), (spec?.initContainers ?? []).map(({ image }) => image)]);
  if (images(pod) !== images(old)) return true;
  const before = new Map((old.spec?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (pod.spec?.ephemeralContainers ?? []).some(({ name, image }) => !before.has(name) || before.get(name) !== image);
}

/** Warnings about pods that stand in a namespace when its enforced level is raised: one a kind of finding. */
function existingPodWarnings(reader: ObjectReader, namespace: string, enforce: LevelVersion, exemptClasses: string[]): string[] {
  const groups = new Map<string, string[]>();
  let checked = 0;
  for (const object of reader.list('', 'pods', namespace)) {
    if (++checked > PODS_CHECKED) break;
    const pod = checkedPod(object as Pod);
    if (exemptClasses.includes(pod?.spec.runtimeClassName ?? '')) continue;
    const found = pod ? findings(enforce, pod) : [];
    if (found.length === 0) continue;
    const reason = describeReasons(found);
    groups.set(reason, [...(groups.get(reason) ?? []), object.metadata?.name ?? '']);
  }
  if (groups.size === 0) return [];
  const lines = [...groups].map(([reason, names]) => {
    const [first, ...others] = names.sort();
    const more = others.length === 0 ? '' : ` (and ${others.length} other ${others.length === 1 ? 'pod' : 'pods'})`;
    return `${first}${more}: ${reason}`;
  });
  return [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(describePolicy(enforce))}`, ...lines.sort()];
}

/** The Pod Security Standards, by the labels of namespaces: enforced on pods, warned about on templates too. */
export function podSecurity(reader: ObjectReader, metrics = new PodSecurityMetrics(), { defaults, exemptions }: PodSecuritySettings = NO_SETTINGS): AdmissionPlugin {
  function checkNamespace(attributes: AdmissionAttributes): void {
    const { object, oldObject, warnings } = attributes;
    const name = attributes.name || (object?.metadata?.name ?? '');
    const next = readPolicy(object?.metadata?.labels, defaults);
    const previous = oldObject ? readPolicy(oldObject.metadata?.labels, defaults) : undefined;
    if (next.errors.length > 0 && JSON.stringify(next.errors) !== JSON.stringify(previous?.errors)) {
      throw invalid('', 'Namespace', name, next.errors.map(({ label, value, message }) =>
        ({ type: 'FieldValueInvalid', field: `metadata.labels[${label}]`, detail: `Invalid value: ${JSON.stringify(value)}: ${message}` })));
    }
    const ignored = exemptions.namespaces.includes(name) ? ignoredPolicyWarning(name, next.policy, defaults, object?.metadata?.labels) : undefined;
    if (!previous) return void warnings.push(...(ignored ? [ignored] : []));
    const [enforce, before] = [next.policy.enforce, previous.policy.enforce];
    if (samePolicy(enforce, before) || enforce.level === 'privileged') return;
    if (enforce.version === before.version && !isStricter(enforce.level, before.level)) return;
    if (exemptions.namespaces.includes(name)) return void warnings.push(...(ignored ? [ignored] : []));
    warnings.push(...existingPodWarnings(reader, name, enforce, exemptions.runtimeClasses));
  }

  function exempt(attributes: AdmissionAttributes, reason: string): void {
    attributes.annotations['pod-security.kubernetes.io/exempt'] = reason;
    metrics.noteExemption(attributes);
  }

  function evaluate(attributes: AdmissionAttributes, pod: CheckedPod, enforced: boolean): void {
    const namespace: KubernetesObject | undefined = reader.get('', 'namespaces', '', attributes.namespace);
    const { policy, errors } = readPolicy(namespace?.metadata?.labels, defaults);
    const { annotations, warnings } = attributes;
    // Where nothing is asked of pods, an exemption of their class is not worth a word.
    const indifferent = errors.length === 0 && (enforced ? isPrivileged(policy) : policy.audit.level === 'privileged' && policy.warn.level === 'privileged');
    if (!indifferent && exemptions.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) return exempt(attributes, 'runtimeClass');
    if (errors.length > 0) {
      annotations['pod-security.kubernetes.io/error'] = `Failed to parse policy: ${errors.map(({ label, value, message }) => `metadata.labels[${label}]: Invalid value: ${JSON.stringify(value)}: ${message}`).join(', ')}`;
    }
    if (enforced) annotations['pod-security.kubernetes.io/enforce-policy'] = describePolicy(policy.enforce);
    const audited = findings(policy.audit, pod);
    const refused = enforced ? findings(policy.enforce, pod) : [];
    if (enforced) metrics.note(refused.length > 0 ? 'deny' : 'allow', 'enforce', policy.enforce, attributes);
    if (audited.length > 0) {
      metrics.note('deny', 'audit', policy.audit, attributes);
      annotations['pod-security.kubernetes.io/audit-violations'] = `would violate PodSecurity ${JSON.stringify(describePolicy(policy.audit))}: ${describeFindings(audited)}`;
    }
    if (refused.length > 0) throw forbid(attributes, `violates PodSecurity ${JSON.stringify(describePolicy(policy.enforce))}: ${describeFindings(refused)}`);
    const warned = findings(policy.warn, pod);
    if (warned.length === 0) return;
    metrics.note('deny', 'warn', policy.warn, attributes);
    warnings.push(`would violate PodSecurity ${JSON.stringify(describePolicy(policy.warn))}: ${describeFindings(warned)}`);
  }

  return {
    name: 'PodSecurity',
    handles(attributes) {
      const { operation, info, subresource } = attributes;
      if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
      if (info.group === '' && info.resource === 'pods') return !HARMLESS.has(subresource);
      return concerns(attributes, 'namespaces', 'CREATE', 'UPDATE') || (subresource === '' && resourceOf(attributes) in TEMPLATE_PATHS);
    },
    validate(attributes) {
      const { object, oldObject, info } = attributes;
      if (info.resource === 'namespaces') return checkNamespace(attributes);
      const reason = exemptionOf(exemptions, attributes.namespace, attributes.user.name);
      if (reason) return exempt(attributes, reason);
      if (info.resource !== 'pods') {
        const template = templateOf(attributes);
        if (template) evaluate(attributes, template, false);
        return;
      }
      const pod = checkedPod(object as Pod);
      if (!pod || (attributes.operation === 'UPDATE' && !changedSignificantly(object as Pod, oldObject as Pod))) return;
      evaluate(attributes, pod, true);
    },
  };
}
