import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { Mount, Sandbox } from '../../runtime/runtime.ts';
import { hostsFile } from '../container/hosts-file.ts';
import { podHostname } from '../container/hostname.ts';
import { formatResolvConf } from '../../network/dns/resolv-conf.ts';
import { podDns } from '../container/resolv-conf.ts';
import { podCgroup, podCgroupLimits } from '../container/resources.ts';
import { bandwidth, hostPorts, sandboxConfig } from '../container/sandbox-config.ts';
import { podDirectory, type PodContext } from './pod-context.ts';
import { checkRuntimeClass } from './runtime-class.ts';

export interface PreparedSandbox { sandbox: Sandbox; podIPs: string[] }

/** Makes the pod's sandbox with its network, and the files every container of the pod gets. Leaves nothing behind when it fails. */
export async function createSandbox(context: PodContext, pod: Pod, attempt: number): Promise<PreparedSandbox> {
  await checkRuntimeClass(context.client, pod);
  if (pod.spec?.hostUsers === false) throw new Error('user namespaces (hostUsers: false) are not supported by this node');
  const config = sandboxConfig(pod, attempt, {
    cgroupRoot: context.cgroupRoot, logs: context.paths.logs, clusterDomain: context.dns.clusterDomain, nodeHostname: context.nodeName,
  });
  context.system.createCgroup(config.cgroupParent, podCgroupLimits(pod));
  await mkdir(config.logDirectory, { recursive: true });
  const sandbox = await context.runtime.createSandbox(config);
  try {
    const podIPs = await attachNetwork(context, pod, sandbox);
    await writePodFiles(context, pod, podIPs);
    return { sandbox, podIPs };
  } catch (error) {
    await removeSandbox(context, sandbox).catch(() => undefined);
    throw error;
  }
}

async function attachNetwork(context: PodContext, pod: Pod, sandbox: Sandbox): Promise<string[]> {
  if (pod.spec?.hostNetwork) return context.hostIPs;
  if (!sandbox.networkNamespacePath) throw new Error(`sandbox ${sandbox.id} has no network namespace`);
  const request = { sandboxId: sandbox.id, networkNamespacePath: sandbox.networkNamespacePath, hostPorts: hostPorts(pod), ...bandwidth(pod) };
  return (await context.podNetwork.attach(request)).addresses;
}

/** The sandbox that a pod had before the agent was started anew; undefined when it is not whole. */
export function restoreSandbox(context: PodContext, pod: Pod, sandboxes: Sandbox[]): PreparedSandbox | undefined {
  const newest = sandboxes.reduce<Sandbox | undefined>((best, next) => (!best || attemptOf(next) > attemptOf(best) ? next : best), undefined);
  if (!newest) return undefined;
  if (pod.spec?.hostNetwork) return { sandbox: newest, podIPs: context.hostIPs };
  const podIPs = context.podNetwork.attached().get(newest.id);
  return podIPs?.length ? { sandbox: newest, podIPs } : undefined;
}

export function attemptOf(sandbox: { id: string }): number {
  return Number(sandbox.id.slice(sandbox.id.lastIndexOf('-') + 1)) || 0;
}

export async function removeSandbox(context: PodContext, sandbox: Sandbox): Promise<void> {
  if (!sandbox.config.hostNetwork) await context.podNetwork.detach(sandbox.id);
  await context.runtime.removeSandbox(sandbox.id);
}

/** The pod's /etc/hosts, /etc/hostname and /etc/resolv.conf. */
async function writePodFiles(context: PodContext, pod: Pod, podIPs: string[]): Promise<void> {
  const directory = podDirectory(context, pod.metadata?.uid ?? '');
  await mkdir(directory, { recursive: true });
  const { hostname, domain, kernelHostname } = podHostname(pod, context.dns.clusterDomain, context.nodeName);
  const nodeHosts = pod.spec?.hostNetwork ? await readFile('/etc/hosts', 'utf8').catch(() => '') : undefined;
  const files = {
    'etc-hosts': hostsFile({ podIPs, hostname, domain, aliases: pod.spec?.hostAliases, nodeHosts }),
    hostname: `${kernelHostname}\n`,
    'resolv.conf': formatResolvConf(podDns(pod, context.dns)),
  };
  await Promise.all(Object.entries(files).map(async ([name, text]) => {
    // Written in place: containers have the file itself mounted.
    await writeFile(`${directory}/${name}`, text);
    await chmod(`${directory}/${name}`, 0o644);
  }));
}

/** The mounts of those files, but where the container mounts something itself. */
export function podFileMounts(context: PodContext, pod: Pod, taken: Mount[]): Mount[] {
  const directory = podDirectory(context, pod.metadata?.uid ?? '');
  const files: [string, string][] = [['etc-hosts', '/etc/hosts'], ['hostname', '/etc/hostname'], ['resolv.conf', '/etc/resolv.conf']];
  return files.filter(([, path]) => !taken.some((mount) => mount.containerPath.replace(/\/$/, '') === path))
    .map(([file, containerPath]) => ({ hostPath: `${directory}/${file}`, containerPath, readOnly: false, propagation: 'private' }));
}

export async function removePodCgroup(context: PodContext, pod: Pod): Promise<void> {
  await context.system.removeCgroup(podCgroup(context.cgroupRoot, pod));
}
