import { podCheck, type PodCheck } from './context.ts';
import type { Pod, PodSpec, PodTemplateSpec } from './types.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { validateAnnotations, validateLabels, validateMetadata } from '../common/metadata.ts';
import { validatePodAnnotations, validateProfilesAgree } from './validate-annotations.ts';
import { validateImageSpaces } from './validate-containers.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { validatePodSpec } from './validate-spec.ts';

export function validatePodObject(findings: Findings, pod: Pod, check: PodCheck): void {
  const spec = pod.spec as PodSpec;
  validateMetadata(findings, pod, true, subdomainName);
  validatePodAnnotations(findings, 'metadata.annotations', pod.metadata?.annotations, spec);
  validatePodSpec(findings, 'spec', spec, pod.metadata ?? {}, spec.ephemeralContainers ? { ...check, given: asGiven(pod).spec as PodSpec } : check);
  if (!spec.serviceAccountName) {
    spec.volumes?.forEach((volume, index) => volume.projected?.sources?.forEach((source, position) => {
      if (source.serviceAccountToken) findings.forbidden(`spec.volumes[${index}].projected.sources[${position}].serviceAccountToken`, 'must not be specified when serviceAccountName is not set');
    }));
  }
  findings.notNegative('spec.terminationGracePeriodSeconds', spec.terminationGracePeriodSeconds);
  spec.containers?.forEach((container, index) => validateImageSpaces(findings, `spec.containers[${index}]`, container));
  spec.initContainers?.forEach((container, index) => validateImageSpaces(findings, `spec.initContainers[${index}]`, container));
}

export function validatePod(pod: Pod, context: RuleContext): FieldError[] {
  const findings = new Findings();
  const spec = pod.spec as PodSpec;
  validatePodObject(findings, pod, podCheck(context, true));
  if (spec.ephemeralContainers?.length) findings.forbidden('spec.ephemeralContainers', 'cannot be set on create');
  if (spec.nodeName && spec.schedulingGates?.length) findings.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared');
  validateProfilesAgree(findings, 'spec', pod.metadata, spec);
  return findings.list;
}

/** A workload's pod template. */
export function validatePodTemplate(findings: Findings, path: string, template: PodTemplateSpec, check: PodCheck): void {
  const spec = template.spec as PodSpec;
  validateLabels(findings, `${path}.labels`, template.metadata?.labels);
  validateAnnotations(findings, `${path}.annotations`, template.metadata?.annotations);
  validatePodAnnotations(findings, `${path}.annotations`, template.metadata?.annotations, spec);
  validatePodSpec(findings, `${path}.spec`, spec, undefined, check);
  validateProfilesAgree(findings, `${path}.spec`, template.metadata, spec);
  if (spec.ephemeralContainers?.length) findings.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
}
