import { createHash } from 'node:crypto';
import type { ChoiceIds } from './choice-ids.ts';
import type { Choice, PortEndpoint } from './endpoints.ts';
import type { ServicePort } from './service-ports.ts';

/**
 * The nft objects of one Service: what stands in the table for it. Most Services need only elements of the table's maps:
 * `service-addresses` leads to a chain that all Services with as many endpoints share, `address-choices` says among which.
 * Chains of its own has a Service with affinity, a local policy or source ranges. An element may be claimed by several
 * Services (an external address given to two); the owner of the first claim is served.
 */
export interface Fragment {
  /** Name -> definition. */
  sets: Map<string, string>;
  /** Name -> rules in order. */
  chains: Map<string, string[]>;
  /** `<map or set> <key>` -> value, empty for elements of sets. */
  elements: Map<string, string>;
  /** How many endpoints its choices have: each number has a shared chain. */
  spreads: Set<number>;
  /** Names of its choices. */
  choices: Set<string>;
}

/** Marks a connection that must appear to come from this node, so that its answers come back here. */
export const MASQUERADE_MARK = '0x4000';
const MARK_RULE = `meta mark set meta mark or ${MASQUERADE_MARK}`;
/** Choice and place -> address and port, of all Services: the kernel searches all maps when one is made, so there is one. */
export const ENDPOINT_MAP = 'endpoints';
/** nft's limit for names is 255 bytes. */
const NAME_LIMIT = 200;

export function emptyFragment(): Fragment {
  return { sets: new Map(), chains: new Map(), elements: new Map(), spreads: new Set(), choices: new Set() };
}

/** The chains that spread a connection over `count` endpoints of the choice in its mark, as they are and in the node's name. */
export function spreadChains(count: number): [name: string, rules: string[]][] {
  const rule = (protocol: string): string =>
    `meta l4proto ${protocol} dnat ip addr . port to ct mark . numgen random mod ${count} map @${ENDPOINT_MAP}`;
  return [
    [`spread-${count}`, ['tcp', 'udp', 'sctp'].map(rule)],
    [`masquerade-${count}`, [MARK_RULE, `goto spread-${count}`]],
  ];
}

/** Where a connection goes: a verdict, after its mark was set to the choice if there is one. */
interface Target { verdict: string; choice?: number; count?: number }
const REFUSE: Target = { verdict: 'goto refuse' };
const DROP: Target = { verdict: 'drop' };

function statement(target: Target): string {
  return target.choice === undefined ? target.verdict : `ct mark set ${target.choice} ${target.verdict}`;
}

function portId(port: ServicePort): string {
  const full = `${port.namespace}/${port.serviceName}/${port.protocol}/${port.portName || port.port}`;
  const digest = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return `${digest}-${full.slice(0, NAME_LIMIT)}`;
}

/** What is written for one port of a Service. */
class PortWriter {
  private readonly fragment: Fragment;
  private readonly port: ServicePort;
  private readonly ids: ChoiceIds;
  private readonly id: string;

  constructor(fragment: Fragment, port: ServicePort, ids: ChoiceIds) {
    this.fragment = fragment;
    this.port = port;
    this.ids = ids;
    this.id = portId(port);
  }

  write(choice: Choice): void {
    const { port } = this;
    const isExternal = port.nodePort > 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
    let internal = REFUSE;
    let external = REFUSE;
    let limited = REFUSE;
    if (choice.hasAny) {
      const needsCluster = !port.internalPolicyLocal || isExternal;
      const needsLocal = port.internalPolicyLocal || (isExternal && port.externalPolicyLocal);
      const cluster = needsCluster ? this.target('service', choice.cluster) ?? REFUSE : REFUSE;
      const local = needsLocal ? this.target('local', choice.local) ?? DROP : DROP;
      internal = port.internalPolicyLocal ? local : cluster;
      if (isExternal) external = this.external(cluster, local);
      limited = port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0 ? this.firewall(external) : external;
      for (const endpoint of [...choice.cluster, ...choice.local]) {
        if (endpoint.isLocal) this.fragment.elements.set(`own-endpoints ${endpoint.address} . ${endpoint.address}`, '');
      }
    }
    const key = `${port.protocol} . ${port.port}`;
    for (const address of port.loadBalancerIPs) this.entry('service-addresses', 'address-choices', `${address} . ${key}`, limited);
    for (const address of port.externalIPs) this.entry('service-addresses', 'address-choices', `${address} . ${key}`, external);
    for (const address of port.clusterIPs) this.entry('service-addresses', 'address-choices', `${address} . ${key}`, internal);
    if (port.nodePort) this.entry('node-ports', 'port-choices', `${port.protocol} . ${port.nodePort}`, external);
  }

  private entry(map: string, choices: string, key: string, target: Target): void {
    this.fragment.elements.set(`${map} ${key}`, target.verdict);
    if (target.choice !== undefined) this.fragment.elements.set(`${choices} ${key}`, String(target.choice));
    else this.fragment.elements.delete(`${choices} ${key}`);
  }

  /** A choice among the endpoints, each with the same chance; undefined when there are none. */
  private target(kind: 'service' | 'local', endpoints: PortEndpoint[]): Target | undefined {
    const name = `${kind}-${this.id}`;
    const count = endpoints.length;
    if (count === 0) return undefined;
    if (this.port.affinitySeconds > 0) return this.sticky(name, endpoints);
    const choice = this.ids.of(name);
    endpoints.forEach((endpoint, index) => this.fragment.elements.set(`${ENDPOINT_MAP} ${choice} . ${index}`, `${endpoint.address} . ${endpoint.port}`));
    this.fragment.choices.add(name);
    this.fragment.spreads.add(count);
    return { verdict: `goto spread-${count}`, choice, count };
  }

  /** Session affinity: a set of clients for each endpoint, asked before chance is. */
  private sticky(name: string, endpoints: PortEndpoint[]): Target {
    const { fragment, port } = this;
    const rules: string[] = [];
    const targets: string[] = [];
    endpoints.forEach((endpoint, index) => {
      const part = `${this.id}/${endpoint.address}/${endpoint.port}`;
      // The timeout is part of the name: a set's own cannot be changed.
      const set = `clients-${part}-${port.affinitySeconds}`;
      fragment.sets.set(set, `{ type ipv4_addr; size 65535; flags dynamic,timeout; timeout ${port.affinitySeconds}s; }`);
      const chain = `endpoint-${part}`;
      fragment.chains.set(chain, [`update @${set} { ip saddr }`, `meta l4proto ${port.protocol} dnat ip to ${endpoint.address}:${endpoint.port}`]);
      rules.push(`ip saddr @${set} goto ${chain}`);
      targets.push(`${index} : goto ${chain}`);
    });
    fragment.chains.set(name, [...rules, `numgen random mod ${endpoints.length} vmap { ${targets.join(', ')} }`]);
    return { verdict: `goto ${name}` };
  }

  /** For what comes from outside: to any endpoint in this node's name, or to one here in the client's own. */
  private external(cluster: Target, local: Target): Target {
    const name = `external-${this.id}`;
    if (this.port.externalPolicyLocal) {
      const fromCluster = [`ip saddr @pod-ranges ${statement(cluster)}`, `fib saddr type local ${MARK_RULE} ${statement(cluster)}`];
      this.fragment.chains.set(name, [...fromCluster, statement(local)]);
    } else if (cluster.choice !== undefined) {
      return { ...cluster, verdict: `goto masquerade-${cluster.count}` };
    } else this.fragment.chains.set(name, [MARK_RULE, cluster.verdict]);
    return { verdict: `goto ${name}` };
  }

  private firewall(external: Target): Target {
    const name = `firewall-${this.id}`;
    // A rule a range: they may overlap, which a set would refuse.
    this.fragment.chains.set(name, [...this.port.sourceRanges.map((range) => `ip saddr ${range} ${statement(external)}`), 'drop']);
    return { verdict: `goto ${name}` };
  }
}

/** Adds what one port needs. `choice` is made for this node. */
export function addPort(fragment: Fragment, port: ServicePort, choice: Choice, ids: ChoiceIds): void {
  new PortWriter(fragment, port, ids).write(choice);
}
