import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';

/** Parameters that a pod may set without the administrator's leave: they act in its own namespaces only. */
const SAFE = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
]);

/** The first kernel parameter of the pod that it may not set. */
export function forbiddenSysctl(pod: Pod): string | undefined {
  const { securityContext, hostNetwork, hostIPC } = pod.spec ?? {};
  return securityContext?.sysctls?.map((sysctl) => sysctl.name).find((given) => {
    const name = given.replaceAll('/', '.');
    if (!SAFE.has(name)) return true;
    return name.startsWith('net.') ? hostNetwork === true : hostIPC === true;
  });
}
