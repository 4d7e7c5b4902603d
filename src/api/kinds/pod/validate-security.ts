import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, WindowsSecurityContextOptions } from './types.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { dnsSubdomain, userId } from '../common/formats.ts';
import { validateRelativePath } from '../common/paths.ts';
import { eachContainer } from './context.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_PATTERN = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL = new RegExp(SYSCTL_PATTERN);
const IPC_SYSCTL = /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/;

function validateSeccomp(findings: Findings, path: string, profile: SeccompProfile | undefined): void {
  if (!profile) return;
  if (!profile.type) findings.required(`${path}.type`, 'type is required when seccompProfile is set');
  else findings.oneOf(`${path}.type`, profile.type, PROFILE_TYPES);
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (local == null) findings.required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost');
    else validateRelativePath(findings, `${path}.localhostProfile`, local);
  } else if (local != null) {
    findings.invalid(`${path}.localhostProfile`, { Type: profile.type, LocalhostProfile: local }, 'can only be set when seccomp type is Localhost');
  }
}

function validateAppArmor(findings: Findings, path: string, profile: AppArmorProfile | undefined): void {
  if (!profile) return;
  const local = profile.localhostProfile;
  const at = `${path}.localhostProfile`;
  if (!profile.type) return findings.required(`${path}.type`, 'type is required when appArmorProfile is set');
  if (!PROFILE_TYPES.includes(profile.type)) return findings.notSupported(`${path}.type`, profile.type, PROFILE_TYPES);
  if (profile.type !== 'Localhost') {
    if (local != null) findings.invalid(at, local, 'can only be set when AppArmor type is Localhost');
    return;
  }
  if (local == null || (local === '')) return findings.required(at, 'must be set when AppArmor type is Localhost');
  if (local.trim() !== local) findings.invalid(at, local, 'must not be padded with whitespace');
  if (local.length > 4095) findings.tooLong(at, 4095);
}

function validateWindowsUser(findings: Findings, path: string, name: string): void {
  const wrong = (detail: string): void => findings.invalid(path, name, detail);
  if (name === '') return wrong('runAsUserName cannot be an empty string');
  if (/[\x00-\x1f\x7f]/.test(name)) return wrong('runAsUserName cannot contain control characters');
  const parts = name.split('\\');
  if (parts.length > 2) return wrong('runAsUserName cannot contain more than one backslash');
  const user = parts.at(-1) as string;
  if (parts.length === 2) {
    const domain = parts[0] as string;
    if (domain.length >= 256) wrong("runAsUserName's Domain length must be under 256 characters");
    const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
    if (!/^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/.test(domain) && !new RegExp(`^${label}(?:\\.${label})*$`).test(domain)) wrong("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') wrong("runAsUserName's User cannot be empty");
  else if (user.length > 104) wrong("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) wrong("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) wrong("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]");
}

function validateWindowsOptions(findings: Findings, path: string, options: WindowsSecurityContextOptions | undefined): void {
  if (!options) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name != null) findings.invalidEach(`${path}.gmsaCredentialSpecName`, name, dnsSubdomain(name));
  if (spec === '') findings.invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec cannot be an empty string');
  else if (spec != null && spec.length > 65536) findings.invalid(`${path}.gmsaCredentialSpec`, spec, 'gmsaCredentialSpec size must be under 64 KiB');
  if (runAsUserName != null) validateWindowsUser(findings, `${path}.runAsUserName`, runAsUserName);
}

/** A container's security context. `hostUsers`: the pod shares the host's user namespace. */
export function validateContainerSecurity(findings: Findings, path: string, context: SecurityContext | undefined, hostUsers: boolean): void {
  if (!context) return;
  if (context.runAsUser != null) findings.invalidEach(`${path}.runAsUser`, context.runAsUser, userId(context.runAsUser));
  if (context.runAsGroup != null) findings.invalidEach(`${path}.runAsGroup`, context.runAsGroup, userId(context.runAsGroup));
  if (context.procMount != null) {
    findings.oneOf(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']);
    if (hostUsers && context.procMount === 'Unmasked') findings.invalid(`${path}.procMount`, context.procMount, '`hostUsers` must be false to use `Unmasked`');
  }
  validateSeccomp(findings, `${path}.seccompProfile`, context.seccompProfile);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) findings.invalid(path, internalValue('*core.SecurityContext', context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      findings.invalid(path, internalValue('*core.SecurityContext', context), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  validateWindowsOptions(findings, `${path}.windowsOptions`, context.windowsOptions);
  validateAppArmor(findings, `${path}.appArmorProfile`, context.appArmorProfile);
}

function validateSysctls(findings: Findings, path: string, context: PodSecurityContext, spec: PodSpec): void {
  const seen = new Set<string>();
  context.sysctls?.forEach(({ name = '' }, index) => {
    const at = `${path}[${index}].name`;
    if (!name) findings.required(at);
    else if (name.length > 253 || !SYSCTL.test(name)) findings.invalid(at, name, `must have at most 253 characters and match regex ${SYSCTL_PATTERN}`);
    else if (seen.has(name)) findings.duplicate(at, name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork && dotted.startsWith('net.')) findings.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    else if (spec.hostIPC && IPC_SYSCTL.test(dotted)) findings.invalid(at, name, "may not be specified when 'hostIPC' is true");
    seen.add(name);
  });
}

export function validatePodSecurity(findings: Findings, path: string, spec: PodSpec): void {
  const context = spec.securityContext;
  if (!context) return;
  for (const field of ['fsGroup', 'runAsUser', 'runAsGroup'] as const) {
    const id = context[field];
    if (id != null) findings.invalidEach(`${path}.${field}`, id, userId(id));
  }
  context.supplementalGroups?.forEach((group, index) => findings.invalidEach(`${path}.supplementalGroups[${index}]`, group, userId(group)));
  validateSysctls(findings, `${path}.sysctls`, context, spec);
  if (context.fsGroupChangePolicy != null) findings.oneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']);
  validateSeccomp(findings, `${path}.seccompProfile`, context.seccompProfile);
  validateWindowsOptions(findings, `${path}.windowsOptions`, context.windowsOptions);
  validateAppArmor(findings, `${path}.appArmorProfile`, context.appArmorProfile);
  if (context.supplementalGroupsPolicy != null) findings.oneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']);
  if (context.seLinuxChangePolicy != null) findings.oneOf(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ['MountOption', 'Recursive']);
}

const LINUX_ONLY_POD = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'] as const;
const LINUX_ONLY_CONTAINER = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'] as const;

/** Fields that do not fit the operating system the pod names. */
export function validateOperatingSystem(findings: Findings, path: string, spec: PodSpec): void {
  if (!spec.os) return;
  if (!spec.os.name) return findings.required(`${path}.os.name`);
  if (spec.os.name !== 'linux' && spec.os.name !== 'windows') return findings.notSupported(`${path}.os`, spec.os.name, ['linux', 'windows']);
  if (spec.os.name === 'linux') {
    if (spec.securityContext?.windowsOptions) findings.forbidden(`${path}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod');
    for (const [container, at] of eachContainer(spec, path)) {
      if (container.securityContext?.windowsOptions) findings.forbidden(`${at}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod');
    }
    return;
  }
  const refuse = (at: string): void => findings.forbidden(at, 'cannot be set for a windows pod');
  for (const field of LINUX_ONLY_POD) {
    const value = spec.securityContext?.[field];
    if (value != null && !(Array.isArray(value) && value.length === 0)) refuse(`${path}.securityContext.${field}`);
  }
  if (spec.hostUsers != null) refuse(`${path}.hostUsers`);
  if (spec.hostPID) refuse(`${path}.hostPID`);
  if (spec.hostIPC) refuse(`${path}.hostIPC`);
  if (spec.shareProcessNamespace != null) refuse(`${path}.shareProcessNamespace`);
  for (const [container, at] of eachContainer(spec, path)) {
    for (const field of LINUX_ONLY_CONTAINER) if (container.securityContext?.[field] != null) refuse(`${at}.securityContext.${field}`);
  }
}

/** Windows' host-process pods: all containers or none, and on the host's network. */
export function validateHostProcess(findings: Findings, path: string, spec: PodSpec): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let all = 0;
  let host = 0;
  for (const [container, at] of eachContainer(spec, path)) {
    all++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod != null && own != null && ofPod !== own) {
      findings.invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`);
    }
    if (own ?? ofPod) host++;
  }
  if (host === 0) return;
  if (host !== all) findings.invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers');
  if (!spec.hostNetwork) findings.invalid(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers');
}
