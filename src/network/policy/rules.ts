import { createHash } from 'node:crypto';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../schema/v1.37/types/networking-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { isIPv6 } from '../cidr.ts';

export interface PolicyInput {
  nodeName: string;
  policies: NetworkPolicy[];
  pods: Pod[];
  namespaceLabels(name: string): Record<string, string> | undefined;
}

/** What filters the pods of this node. Chains and sets are named after their content, so pods alike share them. */
export interface PolicyRules {
  /** Name -> type and elements. */
  sets: Map<string, { type: string; elements: string[] }>;
  /** Name -> rules: `return` lets pass, the last one drops. */
  chains: Map<string, string[]>;
  /** Address of a pod -> chain. Pods that no policy selects are absent. */
  ingress: Map<string, string>;
  egress: Map<string, string>;
}

type Direction = 'ingress' | 'egress';
interface Rule { peers: NetworkPolicyPeer[]; ports: NetworkPolicyPort[] }

function digest(lines: string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

function addressOf(pod: Pod): string | undefined {
  const isOver = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  const address = pod.status?.podIP;
  return isOver || pod.spec?.hostNetwork || !address || isIPv6(address) ? undefined : address;
}

function appliesTo(policy: NetworkPolicy, direction: Direction): boolean {
  const types = policy.spec?.policyTypes ?? (policy.spec?.egress ? ['Ingress', 'Egress'] : ['Ingress']);
  return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function rulesOf(policy: NetworkPolicy, direction: Direction): Rule[] {
  if (direction === 'ingress') return (policy.spec?.ingress ?? []).map((rule) => ({ peers: rule.from ?? [], ports: rule.ports ?? [] }));
  return (policy.spec?.egress ?? []).map((rule) => ({ peers: rule.to ?? [], ports: rule.ports ?? [] }));
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const containers = [...pod.spec?.containers ?? [], ...(pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')];
  return containers.flatMap((container) => container.ports ?? []).find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

class PolicyCompiler {
  private readonly input: PolicyInput;
  private readonly rules: PolicyRules = { sets: new Map(), chains: new Map(), ingress: new Map(), egress: new Map() };

  constructor(input: PolicyInput) {
    this.input = input;
  }

  compile(): PolicyRules {
    for (const pod of this.input.pods) {
      const address = addressOf(pod);
      if (address === undefined || pod.spec?.nodeName !== this.input.nodeName) continue;
      for (const direction of ['ingress', 'egress'] as const) {
        const policies = this.input.policies.filter((policy) => policy.metadata?.namespace === pod.metadata?.namespace
          && appliesTo(policy, direction) && matchesLabelSelector(policy.spec?.podSelector ?? {}, pod.metadata?.labels));
        if (policies.length > 0) this.rules[direction].set(address, this.chain(direction, pod, policies));
      }
    }
    return this.rules;
  }

  private chain(direction: Direction, pod: Pod, policies: NetworkPolicy[]): string {
    const lines = policies.flatMap((policy) => rulesOf(policy, direction).flatMap((rule) => this.lines(direction, pod, policy, rule)));
    const rules = [...new Set(lines)].sort();
    const name = `${direction}-${digest(rules)}`;
    this.rules.chains.set(name, [...rules, 'drop']);
    return name;
  }

  private lines(direction: Direction, pod: Pod, policy: NetworkPolicy, rule: Rule): string[] {
    const field = direction === 'ingress' ? 'saddr' : 'daddr';
    const matches = rule.peers.length === 0 ? [''] : rule.peers.flatMap((peer) => this.peerMatch(field, policy, peer));
    if (rule.ports.length === 0) return matches.map((match) => `${match}return`);
    return rule.ports.flatMap((port) => {
      const isNamed = typeof port.port === 'string';
      if (isNamed && direction === 'egress') return this.namedEgress(policy, rule.peers, port);
      const number = isNamed ? namedPort(pod, port.port as string, port.protocol ?? 'TCP') : port.port as number | undefined;
      if (isNamed && number === undefined) return [];
      const range = number === undefined ? '' : ` th dport ${number}${port.endPort ? `-${port.endPort}` : ''}`;
      return matches.map((match) => `${match}meta l4proto ${(port.protocol ?? 'TCP').toLowerCase()}${range} return`);
    });
  }

  private peerMatch(field: string, policy: NetworkPolicy, peer: NetworkPolicyPeer): string[] {
    if (peer.ipBlock) {
      if (isIPv6(peer.ipBlock.cidr)) return [];
      const except = (peer.ipBlock.except ?? []).map((cidr) => `ip ${field} != ${cidr} `).join('');
      return [`ip ${field} ${peer.ipBlock.cidr} ${except}`];
    }
    const addresses = this.peerPods(policy, peer).map(addressOf).filter((address): address is string => address !== undefined);
    return addresses.length === 0 ? [] : [`ip ${field} @${this.set('ipv4_addr', addresses)} `];
  }

  /** A port by name means another number at each pod: so addresses and ports stand in a set together. */
  private namedEgress(policy: NetworkPolicy, peers: NetworkPolicyPeer[], port: NetworkPolicyPort): string[] {
    const protocol = port.protocol ?? 'TCP';
    const targets = peers.length === 0 ? this.input.pods : peers.filter((peer) => !peer.ipBlock).flatMap((peer) => this.peerPods(policy, peer));
    const elements = targets.flatMap((pod) => {
      const address = addressOf(pod);
      const number = namedPort(pod, port.port as string, protocol);
      return address !== undefined && number !== undefined ? [`${address} . ${protocol.toLowerCase()} . ${number}`] : [];
    });
    return elements.length === 0 ? [] : [`ip daddr . meta l4proto . th dport @${this.set('ipv4_addr . inet_proto . inet_service', elements)} return`];
  }

  private peerPods(policy: NetworkPolicy, peer: NetworkPolicyPeer): Pod[] {
    return this.input.pods.filter((pod) => {
      const namespace = pod.metadata?.namespace ?? '';
      const isInside = peer.namespaceSelector
        ? matchesLabelSelector(peer.namespaceSelector, this.input.namespaceLabels(namespace))
        : namespace === policy.metadata?.namespace;
      return isInside && (!peer.podSelector || matchesLabelSelector(peer.podSelector, pod.metadata?.labels));
    });
  }

  private set(type: string, elements: string[]): string {
    const sorted = [...new Set(elements)].sort();
    const name = `peers-${digest([type, ...sorted])}`;
    this.rules.sets.set(name, { type, elements: sorted });
    return name;
  }
}

/** What the policies mean for the pods of a node. Pure. */
export function compilePolicies(input: PolicyInput): PolicyRules {
  return new PolicyCompiler(input).compile();
}
