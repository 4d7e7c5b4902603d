import { ENDPOINT_MAP, MASQUERADE_MARK } from './ruleset.ts';

export const TABLE = 'ip naru-services';

export interface BaseRulesOptions {
  /** Where NodePorts answer. */
  nodeAddresses: string[];
  /** Pods keep their own address towards Services with a local policy. */
  clusterPodCidrs: string[];
  /** What no Service has is refused in here, and never leaves the node. */
  serviceCidrs: string[];
  /** Addresses in the Service range that this node itself answers, such as the DNS server's. */
  ownAddresses: string[];
}

function elements(values: string[]): string {
  return values.length > 0 ? ` elements = { ${values.join(', ')} };` : '';
}

/** Replaces the whole table by an empty one: the ways in, and the maps that every packet is looked up in once. */
export function baseRules(options: BaseRulesOptions): string[] {
  // A lookup that finds nothing ends its rule only.
  const byAddress = ['ct mark set ip daddr . meta l4proto . th dport map @address-choices', 'ip daddr . meta l4proto . th dport vmap @service-addresses'];
  const byPort = ['ct mark set meta l4proto . th dport map @port-choices', 'meta l4proto . th dport vmap @node-ports'];
  const refused = options.serviceCidrs.map((range) => `ip daddr ${range} goto refuse`);
  const rules: [chain: string, rules: string[]][] = [
    ['refuse', ['meta l4proto tcp reject with tcp reset', 'reject with icmp type port-unreachable']],
    ['services', ['ip daddr @own-addresses accept', ...byAddress, ...byPort.map((rule) => `ip daddr @node-addresses ${rule}`), ...refused]],
  ];
  const hooks: [chain: string, type: string, rules: string[]][] = [
    ['prerouting', 'nat hook prerouting priority -100', ['goto services']],
    ['output', 'nat hook output priority -100', ['goto services']],
    ['postrouting', 'nat hook postrouting priority 100', [
      `meta mark and ${MASQUERADE_MARK} == ${MASQUERADE_MARK} masquerade fully-random`,
      // Who talks to itself through a Service would get answers that never leave it: it appears as the node.
      'oifname != "lo" ip saddr . ip daddr @own-endpoints masquerade fully-random',
    ]],
  ];
  return [
    `add table ${TABLE}`, `delete table ${TABLE}`, `add table ${TABLE}`,
    `add map ${TABLE} service-addresses { type ipv4_addr . inet_proto . inet_service : verdict; }`,
    `add map ${TABLE} ${ENDPOINT_MAP} { typeof ct mark . numgen random mod 2 : ip daddr . tcp dport; }`,
    `add map ${TABLE} address-choices { type ipv4_addr . inet_proto . inet_service : mark; }`,
    `add map ${TABLE} port-choices { type inet_proto . inet_service : mark; }`,
    `add map ${TABLE} node-ports { type inet_proto . inet_service : verdict; }`,
    `add set ${TABLE} own-endpoints { type ipv4_addr . ipv4_addr; }`,
    `add set ${TABLE} node-addresses { type ipv4_addr;${elements(options.nodeAddresses)} }`,
    `add set ${TABLE} own-addresses { type ipv4_addr;${elements(options.ownAddresses)} }`,
    `add set ${TABLE} pod-ranges { type ipv4_addr; flags interval;${elements(options.clusterPodCidrs)} }`,
    ...rules.flatMap(([chain, lines]) => [`add chain ${TABLE} ${chain}`, ...lines.map((line) => `add rule ${TABLE} ${chain} ${line}`)]),
    ...hooks.flatMap(([chain, type, lines]) => [
      `add chain ${TABLE} ${chain} { type ${type}; }`, ...lines.map((line) => `add rule ${TABLE} ${chain} ${line}`),
    ]),
  ];
}
