import { eachContainer } from './context.ts';
import type { ObjectMeta, PodSpec } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { validateRelativePath } from '../common/paths.ts';

export const MIRROR = 'kubernetes.io/config.mirror';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
export const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
export const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
export const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

function validateSeccompValue(findings: Findings, path: string, value: string): void {
  if (value === 'runtime/default' || value === 'docker/default' || value === 'unconfined') return;
  if (value.startsWith('localhost/')) validateRelativePath(findings, path, value.slice('localhost/'.length));
  else findings.invalid(path, value, 'must be a valid seccomp profile');
}

function isInt32(text: string): boolean {
  return /^(-?[1-9]\d*|0|-0*\d+)$/.test(text) && Number(text) >= -2147483648 && Number(text) <= 2147483647;
}

/** Annotations with a meaning of their own on pods. */
export function validatePodAnnotations(findings: Findings, path: string, annotations: Record<string, string> | undefined, spec: PodSpec): void {
  for (const key in annotations) {
    const value = annotations[key] as string;
    if (key === MIRROR) {
      if (!spec.nodeName) findings.invalid(`${path}[${key}]`, value, 'must set spec.nodeName if mirror pod annotation is set');
    } else if (key === DELETION_COST) {
      if (!isInt32(value)) findings.invalid(`${path}[${key}]`, value, 'must be a 32bit integer');
    } else if (key === SECCOMP_POD || key.startsWith(SECCOMP_CONTAINER)) validateSeccompValue(findings, `${path}.${key}`, value);
    else if (key.startsWith(APPARMOR)) {
      const name = key.slice(APPARMOR.length);
      if (![...eachContainer(spec, '')].some(([container]) => container.name === name)) findings.invalid(`${path}[${key}]`, name, 'container not found');
      if (value !== '' && value !== 'runtime/default' && value !== 'unconfined' && !value.startsWith('localhost/')) {
        findings.invalid(`${path}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`);
      }
    }
  }
}

function matches(annotation: string, profile: { type: string; localhostProfile?: string }): 'type' | 'localhostProfile' | undefined {
  if (profile.type === 'Unconfined') return annotation === 'unconfined' ? undefined : 'type';
  if (profile.type === 'RuntimeDefault') return annotation === 'runtime/default' || annotation === 'docker/default' ? undefined : 'type';
  if (profile.type !== 'Localhost') return undefined;
  if (!annotation.startsWith('localhost/')) return 'type';
  return annotation.slice('localhost/'.length) === profile.localhostProfile ? undefined : 'localhostProfile';
}

/** Where an old annotation and its field are both given, they must say the same. */
export function validateProfilesAgree(findings: Findings, path: string, metadata: ObjectMeta | undefined, spec: PodSpec): void {
  const annotations = metadata?.annotations;
  if (!annotations) return;
  const compare = (at: string, kind: 'seccomp' | 'apparmor', annotation: string | undefined, profile: { type: string; localhostProfile?: string } | undefined): void => {
    if (annotation == null || !profile) return;
    const field = matches(annotation, profile);
    if (field) findings.forbidden(`${at}.${field}`, `${kind} ${field === 'type' ? 'type' : 'profile'} in annotation and field must match`);
  };
  compare(`${path}.securityContext.seccompProfile`, 'seccomp', annotations[SECCOMP_POD], spec.securityContext?.seccompProfile);
  for (const [{ name, securityContext }, at] of eachContainer(spec, path)) {
    compare(`${at}.securityContext.seccompProfile`, 'seccomp', annotations[SECCOMP_CONTAINER + name], securityContext?.seccompProfile);
  }
  if (spec.os?.name === 'windows') return;
  for (const [{ name, securityContext }, at] of eachContainer(spec, path)) {
    compare(`${at}.securityContext.appArmorProfile`, 'apparmor', annotations[APPARMOR + name], securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile);
  }
}

/** What an update may not do to a pod's special annotations. */
export function validateAnnotationUpdate(findings: Findings, path: string, now: Record<string, string> | undefined, before: Record<string, string> | undefined): void {
  for (const key in before) {
    if (now?.[key] === before[key]) continue;
    if (key.startsWith(APPARMOR)) findings.forbidden(`${path}[${key}]`, 'may not remove or update AppArmor annotations');
    if (key === MIRROR) findings.forbidden(`${path}[${key}]`, 'may not remove or update mirror pod annotation');
  }
  for (const key in now) {
    if (before && key in before) continue;
    if (key.startsWith(APPARMOR)) findings.forbidden(`${path}[${key}]`, 'may not add AppArmor annotations');
    if (key === MIRROR) findings.forbidden(`${path}[${key}]`, 'may not add mirror pod annotation');
  }
}
