import type { Container, LifecycleHandler, Probe, SELinuxOptions } from '../../../../schema/v1.37/types/core-v1.ts';
import { containersOf, failing, hasOwnUsers, named, plural, quoted, setters, sorted, type Check, type CheckedPod, type Finding } from './pod.ts';

const CAPABILITIES = new Set(['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP',
  'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT']);
/** Minor version from which on each sysctl is safe. */
const SYSCTLS: Record<string, number> = {
  'kernel.shm_rmid_forced': 0, 'net.ipv4.ip_local_port_range': 0, 'net.ipv4.tcp_syncookies': 0, 'net.ipv4.ping_group_range': 0,
  'net.ipv4.ip_unprivileged_port_start': 0, 'net.ipv4.ip_local_reserved_ports': 27, 'net.ipv4.tcp_keepalive_time': 29, 'net.ipv4.tcp_fin_timeout': 29,
  'net.ipv4.tcp_keepalive_intvl': 29, 'net.ipv4.tcp_keepalive_probes': 29, 'net.ipv4.tcp_rmem': 32, 'net.ipv4.tcp_wmem': 32,
  'net.ipv4.tcp_slow_start_after_idle': 37, 'net.ipv4.tcp_notsent_lowat': 37,
};
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

export const isGoodProfile = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

function appArmor({ spec, annotations }: CheckedPod): Finding {
  const profile = spec.securityContext?.appArmorProfile;
  const badContainers = containersOf(spec).filter(({ securityContext }) => securityContext?.appArmorProfile && !isGoodProfile(securityContext.appArmorProfile.type));
  const badPod = profile !== undefined && !isGoodProfile(profile.type);
  const badAnnotations = Object.entries(annotations)
    .filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`).sort();
  const who = [setters(badPod, badContainers.map(({ name }) => name)), badAnnotations.length > 0 ? plural('annotation', 'annotations', badAnnotations.length) : ''].filter(Boolean);
  if (who.length === 0) return undefined;
  const values = [...sorted([...(badPod ? [profile.type] : []), ...badContainers.map(({ securityContext }) => securityContext!.appArmorProfile!.type)]), ...badAnnotations];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

function capabilities({ spec }: CheckedPod): Finding {
  const bad = (container: Container): string[] => (container.securityContext?.capabilities?.add ?? []).filter((name) => !CAPABILITIES.has(name));
  const names = failing(spec, (container) => bad(container).length > 0);
  if (names.length === 0) return undefined;
  return { reason: 'non-default capabilities', detail: `${named(names)} must not include ${quoted(sorted(containersOf(spec).flatMap(bad)))} in securityContext.capabilities.add` };
}

function hostNamespaces({ spec }: CheckedPod): Finding {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => spec[field]).map((field) => `${field}=true`);
  return used.length > 0 ? { reason: 'host namespaces', detail: used.join(', ') } : undefined;
}

function hostPathVolumes({ spec }: CheckedPod): Finding {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return names.length > 0 ? { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` } : undefined;
}

function hostPorts({ spec }: CheckedPod): Finding {
  const used = (container: Container): string[] => (container.ports ?? []).filter(({ hostPort }) => hostPort).map(({ hostPort }) => String(hostPort));
  const names = failing(spec, (container) => used(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(containersOf(spec).flatMap(used));
  return { reason: 'hostPort', detail: `${named(names)} ${plural('uses', 'use', names.length)} ${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}` };
}

function hostProbes({ spec }: CheckedPod): Finding {
  const hosts = (container: Container): string[] => {
    const handlers: (Probe | LifecycleHandler | undefined)[] = [
      container.livenessProbe, container.readinessProbe, container.startupProbe, container.lifecycle?.postStart, container.lifecycle?.preStop,
    ];
    return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host) => host !== undefined && host !== '') as string[];
  };
  const names = sorted(failing(spec, (container) => hosts(container).length > 0));
  if (names.length === 0) return undefined;
  const bad = sorted(containersOf(spec).flatMap(hosts));
  const what = plural('probe or lifecycle host', 'probe or lifecycle hosts', bad.length);
  return { reason: 'probe or lifecycle host', detail: `${named(names)} ${plural('uses', 'use', names.length)} ${what} ${quoted(bad)}` };
}

function privileged({ spec }: CheckedPod): Finding {
  const names = failing(spec, ({ securityContext }) => securityContext?.privileged === true);
  return names.length > 0 ? { reason: 'privileged', detail: `${named(names)} must not set securityContext.privileged=true` } : undefined;
}

export function procMount({ spec }: CheckedPod): Finding {
  const type = (container: Container): string => container.securityContext?.procMount ?? 'Default';
  const names = failing(spec, (container) => type(container) !== 'Default');
  if (names.length === 0) return undefined;
  const types = sorted(containersOf(spec).map(type).filter((one) => one !== 'Default'));
  return { reason: 'procMount', detail: `${named(names)} must not set securityContext.procMount to ${quoted(types)}` };
}

function seLinux({ spec }: CheckedPod, version: number): Finding {
  const allowed = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', ...(version >= 31 ? ['container_engine_t'] : [])]);
  const isBad = (options: SELinuxOptions | undefined): boolean => options !== undefined && (!allowed.has(options.type ?? '') || Boolean(options.user) || Boolean(options.role));
  const pod = spec.securityContext?.seLinuxOptions;
  const bad = [pod, ...containersOf(spec).map(({ securityContext }) => securityContext?.seLinuxOptions)].filter(isBad) as SELinuxOptions[];
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(({ type }) => type ?? '').filter((type) => !allowed.has(type)));
  const data = [
    ...(types.length > 0 ? [`${plural('type', 'types', types.length)} ${quoted(types)}`] : []),
    ...(bad.some(({ user }) => user) ? ['user may not be set'] : []), ...(bad.some(({ role }) => role) ? ['role may not be set'] : []),
  ];
  const who = setters(isBad(pod), failing(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions)));
  return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}` };
}

/** Values of seccompProfile.type that no level takes; shared with the restricted check. */
export function badSeccomp({ spec }: CheckedPod): Finding {
  const isBad = (profile: { type: string } | undefined): boolean => profile !== undefined && !isGoodProfile(profile.type);
  const pod = spec.securityContext?.seccompProfile;
  const containers = containersOf(spec).filter(({ securityContext }) => isBad(securityContext?.seccompProfile));
  if (!isBad(pod) && containers.length === 0) return undefined;
  const values = sorted([...(isBad(pod) ? [pod!.type] : []), ...containers.map(({ securityContext }) => securityContext!.seccompProfile!.type)]);
  return { reason: 'seccompProfile', detail: `${setters(isBad(pod), containers.map(({ name }) => name))} must not set securityContext.seccompProfile.type to ${quoted(values)}` };
}

const SECCOMP_POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER_ANNOTATION = 'container.seccomp.security.alpha.kubernetes.io/';

/** Before 1.19 seccomp was asked for by annotations. */
function badSeccompAnnotations({ spec, annotations }: CheckedPod): Finding {
  const keys = [SECCOMP_POD_ANNOTATION, ...containersOf(spec).map(({ name }) => SECCOMP_CONTAINER_ANNOTATION + name)];
  const isGood = (value: string): boolean => value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
  const bad = sorted(keys.filter((key) => annotations[key] !== undefined && !isGood(annotations[key])).map((key) => `${key}=${JSON.stringify(annotations[key])}`));
  return bad.length > 0 ? { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', 'annotations', bad.length)} ${bad.join(', ')}` } : undefined;
}

function sysctls({ spec }: CheckedPod, version: number): Finding {
  const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => SYSCTLS[name] === undefined || SYSCTLS[name] > version);
  return bad.length > 0 ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined;
}

function windowsHostProcess({ spec }: CheckedPod): Finding {
  const names = failing(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const who = setters(spec.securityContext?.windowsOptions?.hostProcess === true, names);
  return who ? { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` } : undefined;
}

/** In the order of their ids, which is the order of messages. */
export const BASELINE: Check[] = [
  { id: 'appArmorProfile', level: 'baseline', since: 0, check: appArmor },
  { id: 'capabilities_baseline', level: 'baseline', since: 0, check: capabilities },
  { id: 'hostNamespaces', level: 'baseline', since: 0, check: hostNamespaces },
  { id: 'hostPathVolumes', level: 'baseline', since: 0, check: hostPathVolumes },
  { id: 'hostPorts', level: 'baseline', since: 0, check: hostPorts },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', since: 34, check: hostProbes },
  { id: 'privileged', level: 'baseline', since: 0, check: privileged },
  { id: 'procMount', level: 'baseline', since: 0, check: (pod, version) => (hasOwnUsers(pod.spec, version) ? undefined : procMount(pod)) },
  { id: 'seLinuxOptions', level: 'baseline', since: 0, check: seLinux },
  { id: 'seccompProfile_baseline', level: 'baseline', since: 0, check: (pod, version) => (version >= 19 ? badSeccomp(pod) : badSeccompAnnotations(pod)) },
  { id: 'sysctls', level: 'baseline', since: 0, check: sysctls },
  { id: 'windowsHostProcess', level: 'baseline', since: 0, check: windowsHostProcess },
];
