import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { HostPort } from '../../network/network.ts';
import type { SandboxConfig } from '../../runtime/runtime.ts';
import { quantity } from '../quantities.ts';
import { podLabels } from './config.ts';
import { podHostname } from './hostname.ts';
import { podCgroup } from './resources.ts';

export interface SandboxSurroundings { cgroupRoot: string; logs: string; clusterDomain: string; nodeHostname: string }

export function sandboxConfig(pod: Pod, attempt: number, around: SandboxSurroundings): SandboxConfig {
  const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
  const spec = pod.spec ?? { containers: [] };
  const { kernelHostname } = podHostname(pod, around.clusterDomain, around.nodeHostname);
  return {
    id: `${uid}-${attempt}`, podUid: uid, podName: name, podNamespace: namespace, hostname: kernelHostname,
    hostNetwork: spec.hostNetwork ?? false, hostPID: spec.hostPID ?? false, hostIPC: spec.hostIPC ?? false,
    shareProcessNamespace: spec.shareProcessNamespace ?? false,
    cgroupParent: podCgroup(around.cgroupRoot, pod),
    sysctls: Object.fromEntries((spec.securityContext?.sysctls ?? []).map((sysctl) => [sysctl.name.replaceAll('/', '.'), sysctl.value])),
    logDirectory: podLogDirectory(around.logs, pod), labels: podLabels(pod),
  };
}

/** `<logs>/<namespace>_<name>_<uid>`, the layout of /var/log/pods. */
export function podLogDirectory(logs: string, pod: Pod): string {
  const { uid, name, namespace } = pod.metadata ?? {};
  return `${logs}/${namespace}_${name}_${uid}`;
}

export function hostPorts(pod: Pod): HostPort[] {
  if (pod.spec?.hostNetwork) return [];
  const ports: HostPort[] = [];
  for (const container of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    for (const { hostPort, containerPort, protocol = 'TCP', hostIP } of container.ports ?? []) {
      if (hostPort) ports.push({ hostPort, containerPort, protocol: protocol as HostPort['protocol'], ...(hostIP ? { hostIP } : {}) });
    }
  }
  return ports;
}

/** Bytes a second from the annotations that bandwidth-limiting networks read (they count bits). */
export function bandwidth(pod: Pod): { ingressBandwidth?: number; egressBandwidth?: number } {
  const read = (direction: string): number => quantity(pod.metadata?.annotations?.[`kubernetes.io/${direction}-bandwidth`]) / 8;
  const ingress = read('ingress');
  const egress = read('egress');
  return { ...(ingress > 0 ? { ingressBandwidth: ingress } : {}), ...(egress > 0 ? { egressBandwidth: egress } : {}) };
}
