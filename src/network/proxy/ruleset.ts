import { createHash } from 'node:crypto';
import type { Choice, PortEndpoint } from './endpoints.ts';
import type { ServicePort } from './service-ports.ts';

/**
 * The nft objects of one Service: what stands in the table for it and nowhere else. Elements may be claimed by several
 * Services (an external address given to two); the owner of the first claim is served.
 */
export interface Fragment {
  /** Name -> definition. */
  sets: Map<string, string>;
  /** Name -> rules in order. */
  chains: Map<string, string[]>;
  /** `<map or set> <key>` -> verdict, empty for elements of sets. */
  elements: Map<string, string>;
}

/** Marks a connection that must appear to come from this node, so that its answers come back here. */
export const MASQUERADE_MARK = '0x4000';
const MARK_RULE = `meta mark set meta mark or ${MASQUERADE_MARK}`;
/** nft's limit for names is 255 bytes. */
const NAME_LIMIT = 200;

export function emptyFragment(): Fragment {
  return { sets: new Map(), chains: new Map(), elements: new Map() };
}

function portId(port: ServicePort): string {
  const full = `${port.namespace}/${port.serviceName}/${port.protocol}/${port.portName || port.port}`;
  const digest = createHash('sha256').update(full).digest('hex').slice(0, 8);
  return `${digest}-${full.slice(0, NAME_LIMIT)}`;
}

/** A rule that sends each new connection to one of the endpoints, all with the same chance. */
function spread(protocol: string, endpoints: PortEndpoint[]): string {
  const [first] = endpoints;
  if (endpoints.length === 1 && first) return `meta l4proto ${protocol} dnat ip to ${first.address}:${first.port}`;
  const targets = endpoints.map((endpoint, index) => `${index} : ${endpoint.address} . ${endpoint.port}`);
  return `meta l4proto ${protocol} dnat ip addr . port to numgen random mod ${endpoints.length} map { ${targets.join(', ')} }`;
}

/** Session affinity: a set of clients for each endpoint, asked before chance is. */
function sticky(fragment: Fragment, id: string, port: ServicePort, endpoints: PortEndpoint[]): string[] {
  const rules: string[] = [];
  const targets: string[] = [];
  endpoints.forEach((endpoint, index) => {
    const part = `${id}/${endpoint.address}/${endpoint.port}`;
    // The timeout is part of the name: a set's own cannot be changed.
    const set = `clients-${part}-${port.affinitySeconds}`;
    fragment.sets.set(set, `{ type ipv4_addr; size 65535; flags dynamic,timeout; timeout ${port.affinitySeconds}s; }`);
    const chain = `endpoint-${part}`;
    fragment.chains.set(chain, [`update @${set} { ip saddr }`, spread(port.protocol, [endpoint])]);
    rules.push(`ip saddr @${set} goto ${chain}`);
    targets.push(`${index} : goto ${chain}`);
  });
  return [...rules, `numgen random mod ${endpoints.length} vmap { ${targets.join(', ')} }`];
}

function addChoice(fragment: Fragment, name: string, id: string, port: ServicePort, endpoints: PortEndpoint[]): string {
  const rules = port.affinitySeconds > 0 ? sticky(fragment, id, port, endpoints) : [spread(port.protocol, endpoints)];
  fragment.chains.set(name, rules);
  return `goto ${name}`;
}

/** The chain for what comes from outside: to any endpoint in this node's name, or to one here in the client's own. */
function addExternal(fragment: Fragment, id: string, port: ServicePort, cluster: string, local: string): string {
  const name = `external-${id}`;
  const fromCluster = [`ip saddr @pod-ranges ${cluster}`, `fib saddr type local ${MARK_RULE} ${cluster}`];
  fragment.chains.set(name, port.externalPolicyLocal ? [...fromCluster, local] : [MARK_RULE, cluster]);
  return `goto ${name}`;
}

function addFirewall(fragment: Fragment, id: string, port: ServicePort, external: string): string {
  const name = `firewall-${id}`;
  fragment.chains.set(name, [`ip saddr { ${port.sourceRanges.join(', ')} } ${external}`, 'drop']);
  return `goto ${name}`;
}

function needsLocal(port: ServicePort): boolean {
  return port.externalPolicyLocal || port.internalPolicyLocal;
}

/** Adds what one port needs. `choice` is made for this node. */
export function addPort(fragment: Fragment, port: ServicePort, choice: Choice): void {
  const id = portId(port);
  const isExternal = port.nodePort > 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
  let internal = 'goto refuse';
  let external = 'goto refuse';
  let limited = external;
  if (choice.hasAny) {
    const usesCluster = !port.internalPolicyLocal || isExternal;
    const cluster = usesCluster && choice.cluster.length > 0 ? addChoice(fragment, `service-${id}`, id, port, choice.cluster) : 'goto refuse';
    const local = needsLocal(port) && choice.local.length > 0 ? addChoice(fragment, `local-${id}`, id, port, choice.local) : 'drop';
    internal = port.internalPolicyLocal ? local : cluster;
    if (isExternal) external = addExternal(fragment, id, port, cluster, local);
    limited = port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0 ? addFirewall(fragment, id, port, external) : external;
    for (const endpoint of [...choice.cluster, ...choice.local]) {
      if (endpoint.isLocal) fragment.elements.set(`own-endpoints ${endpoint.address} . ${endpoint.address}`, '');
    }
  }
  const key = `${port.protocol} . ${port.port}`;
  for (const address of port.loadBalancerIPs) fragment.elements.set(`service-addresses ${address} . ${key}`, limited);
  for (const address of port.externalIPs) fragment.elements.set(`service-addresses ${address} . ${key}`, external);
  for (const address of port.clusterIPs) fragment.elements.set(`service-addresses ${address} . ${key}`, internal);
  if (port.nodePort) fragment.elements.set(`node-ports ${port.protocol} . ${port.nodePort}`, external);
}
