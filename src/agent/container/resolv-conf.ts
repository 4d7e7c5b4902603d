import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { DnsSettings } from '../../network/dns/resolv-conf.ts';

export interface DnsSurroundings { clusterDns: string[]; clusterDomain: string; host: DnsSettings }

const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;

/** What resolv.conf says, from the pod's dnsPolicy and dnsConfig. */
export function podDns(pod: Pod, around: DnsSurroundings): DnsSettings {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const usesCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
  let base: DnsSettings = { nameservers: [], searches: [], options: [] };
  if (policy !== 'None') {
    base = usesCluster && around.clusterDns.length > 0 ? clusterDns(pod.metadata?.namespace ?? 'default', around) : around.host;
  }
  const config = pod.spec?.dnsConfig;
  if (!config) return base;
  const options = new Map(base.options.map((option) => [option.split(':')[0] as string, option]));
  for (const option of config.options ?? []) if (option.name) options.set(option.name, option.value !== undefined ? `${option.name}:${option.value}` : option.name);
  return {
    nameservers: unique([...base.nameservers, ...(config.nameservers ?? [])]).slice(0, MAX_NAMESERVERS),
    searches: unique([...base.searches, ...(config.searches ?? [])]).slice(0, MAX_SEARCHES),
    options: [...options.values()],
  };
}

function clusterDns(namespace: string, { clusterDns: nameservers, clusterDomain, host }: DnsSurroundings): DnsSettings {
  const searches = clusterDomain ? [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain] : [];
  return { nameservers: nameservers.slice(0, MAX_NAMESERVERS), searches: unique([...searches, ...host.searches]), options: ['ndots:5'] };
}

function unique(items: string[]): string[] {
  return [...new Set(items.filter((item) => item !== ''))];
}
