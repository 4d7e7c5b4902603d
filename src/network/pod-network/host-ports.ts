import type { HostPort } from '../network.ts';

/** The nft table of hostPorts. It belongs to the pod network, which rewrites it whole at its start. */
const TABLE = 'ip naru-host-ports';
const PROTOCOLS = ['tcp', 'udp', 'sctp'] as const;

/** What stands in the table besides the pods' ports. */
function hostPortBase(): string[] {
  const lines = [`add table ${TABLE}`, `delete table ${TABLE}`, `add table ${TABLE}`];
  lines.push(`add map ${TABLE} any-address { type inet_proto . inet_service : ipv4_addr . inet_service; }`);
  lines.push(`add map ${TABLE} one-address { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }`);
  lines.push(`add set ${TABLE} pods { type ipv4_addr . ipv4_addr; }`);
  lines.push(`add chain ${TABLE} ports`);
  for (const protocol of PROTOCOLS) {
    lines.push(`add rule ${TABLE} ports meta l4proto ${protocol} dnat ip addr . port to ip daddr . meta l4proto . th dport map @one-address`);
    lines.push(`add rule ${TABLE} ports meta l4proto ${protocol} dnat ip addr . port to meta l4proto . th dport map @any-address`);
  }
  lines.push(`add chain ${TABLE} prerouting { type nat hook prerouting priority -101; }`);
  lines.push(`add rule ${TABLE} prerouting fib daddr type local jump ports`);
  lines.push(`add chain ${TABLE} output { type nat hook output priority -101; }`);
  lines.push(`add rule ${TABLE} output fib daddr type local jump ports`);
  // A pod that reaches itself through its own hostPort, and a client on the node that used a loopback address, would
  // get answers that never come back through the node: both appear as the node.
  lines.push(`add chain ${TABLE} postrouting { type nat hook postrouting priority 99; }`);
  lines.push(`add rule ${TABLE} postrouting ip saddr . ip daddr @pods masquerade`);
  lines.push(`add rule ${TABLE} postrouting ip saddr 127.0.0.0/8 oifname != "lo" masquerade`);
  // route_localnet is on for these pods' links: nobody may use it to reach what listens on the node's loopback only.
  lines.push(`add chain ${TABLE} guard { type filter hook prerouting priority -300; }`);
  lines.push(`add rule ${TABLE} guard iifname != "lo" ip daddr 127.0.0.0/8 drop`);
  return lines;
}

function isAnyAddress(hostIP: string | undefined): boolean {
  return !hostIP || hostIP === '0.0.0.0' || hostIP === '::';
}

/** The whole table for these pods, the oldest first. A crash may have left a port that two of them have: the older keeps it, and the table stands. */
export function hostPortTable(pods: { addresses: string[]; hostPorts: HostPort[] }[]): string[] {
  const taken = new Set<string>();
  const lines = hostPortBase();
  for (const { addresses, hostPorts } of pods) {
    const own = hostPorts.filter(({ hostIP, protocol, hostPort }) => {
      const key = `${isAnyAddress(hostIP) ? '' : hostIP} ${protocol} ${hostPort}`;
      return !taken.has(key) && taken.add(key);
    });
    lines.push(...hostPortElements('add', addresses[0] as string, own));
  }
  return lines;
}

/** Adds or removes the ports of a pod; `verb` is nft's. */
export function hostPortElements(verb: 'add' | 'delete', address: string, hostPorts: HostPort[]): string[] {
  if (hostPorts.length === 0) return [];
  const lines: string[] = [];
  for (const { hostPort, containerPort, protocol, hostIP } of hostPorts) {
    const key = `${protocol.toLowerCase()} . ${hostPort}`;
    const target = `${address} . ${containerPort}`;
    if (isAnyAddress(hostIP)) lines.push(`${verb} element ${TABLE} any-address { ${key} : ${target} }`);
    else if (!hostIP?.includes(':')) lines.push(`${verb} element ${TABLE} one-address { ${hostIP} . ${key} : ${target} }`);
  }
  lines.push(`${verb} element ${TABLE} pods { ${address} . ${address} }`);
  return lines;
}
