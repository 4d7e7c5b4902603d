import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';

const LONGEST = 63;

/** The pod's host name, and its domain when hostname and subdomain give it one. */
export function podHostname(pod: Pod, clusterDomain: string, nodeHostname: string): { hostname: string; domain?: string; kernelHostname: string } {
  const spec = pod.spec ?? { containers: [] };
  if (spec.hostnameOverride) return { hostname: spec.hostnameOverride, kernelHostname: spec.hostnameOverride };
  if (spec.hostNetwork) return { hostname: nodeHostname, kernelHostname: nodeHostname };
  const hostname = truncate(spec.hostname || pod.metadata?.name || '');
  if (!spec.subdomain) return { hostname, kernelHostname: hostname };
  const domain = `${spec.subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}`;
  const qualified = `${hostname}.${domain}`;
  if (spec.setHostnameAsFQDN && qualified.length > 64) {
    throw new Error(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${qualified} is too long (64 characters is the max, ${qualified.length} characters requested)`);
  }
  return { hostname, domain, kernelHostname: spec.setHostnameAsFQDN ? qualified : hostname };
}

function truncate(name: string): string {
  return name.length <= LONGEST ? name : name.slice(0, LONGEST).replace(/[-.]+$/, '');
}
