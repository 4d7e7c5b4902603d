import type { HostAlias } from '../../../schema/v1.37/types/core-v1.ts';

const HEADER = '# Kubernetes-managed hosts file.\n';
const HOST_NETWORK_HEADER = '# Kubernetes-managed hosts file (host network).\n';

/** /etc/hosts of a pod's containers. `nodeHosts` is the node's own file, the base with hostNetwork. */
export function hostsFile(options: { podIPs: string[]; hostname: string; domain?: string; aliases?: HostAlias[]; nodeHosts?: string }): string {
  if (options.nodeHosts !== undefined) return HOST_NETWORK_HEADER + options.nodeHosts + aliasLines(options.aliases);
  let text = HEADER + '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\n'
    + 'fe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';
  for (const ip of options.podIPs) {
    text += options.domain ? `${ip}\t${options.hostname}.${options.domain}\t${options.hostname}\n` : `${ip}\t${options.hostname}\n`;
  }
  return text + aliasLines(options.aliases);
}

function aliasLines(aliases: HostAlias[] | undefined): string {
  if (!aliases?.length) return '';
  return '\n# Entries added by HostAliases.\n' + aliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}\n`).join('');
}
