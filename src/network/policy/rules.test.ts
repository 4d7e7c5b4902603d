import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { NetworkPolicy, NetworkPolicySpec } from '../../../schema/v1.37/types/networking-v1.ts';
import { compilePolicies, type PolicyRules } from './rules.ts';

function pod(name: string, address: string, labels: Record<string, string>, namespace = 'd', nodeName = 'n1'): Pod {
  const containers = [{ name: 'c', ports: [{ name: 'web', containerPort: Number(address.split('.')[3]) + 8000 }] }];
  return { metadata: { namespace, name, labels }, spec: { nodeName, containers }, status: { podIP: address, phase: 'Running' } };
}
const policy = (spec: NetworkPolicySpec): NetworkPolicy => ({ metadata: { namespace: 'd', name: 'p' }, spec });
const PODS = [pod('a', '10.0.0.1', { app: 'a' }), pod('b', '10.0.0.2', { app: 'b' }, 'd', 'n2'), pod('x', '10.0.0.3', { app: 'b' }, 'other')];

function compile(...policies: NetworkPolicy[]): PolicyRules {
  return compilePolicies({ nodeName: 'n1', policies, pods: PODS, namespaceLabels: (name) => ({ name }) });
}
function chainOf(rules: PolicyRules, direction: 'ingress' | 'egress', address: string): string[] | undefined {
  return rules.chains.get(rules[direction].get(address) ?? '')?.map((rule) => rule.replace(/@(peers-\w+)/, (_, name: string) => `{${rules.sets.get(name)?.elements.join()}}`));
}

test('a policy without rules closes the pods it selects, in its namespace and on this node', () => {
  const rules = compile(policy({ podSelector: {} }));
  assert.deepEqual([...rules.ingress.keys()], ['10.0.0.1']);
  assert.deepEqual(chainOf(rules, 'ingress', '10.0.0.1'), ['drop']);
  assert.equal(rules.egress.size, 0);
});

test('peers are pods of the namespace, or of the namespaces that are selected', () => {
  const from = (peer: object): NetworkPolicy => policy({ podSelector: { matchLabels: { app: 'a' } }, ingress: [{ from: [peer], ports: [{ port: 80, protocol: 'TCP' }] }] });
  assert.deepEqual(chainOf(compile(from({ podSelector: { matchLabels: { app: 'b' } } })), 'ingress', '10.0.0.1'), ['ip saddr {10.0.0.2} meta l4proto tcp th dport 80 return', 'drop']);
  assert.deepEqual(chainOf(compile(from({ namespaceSelector: { matchLabels: { name: 'other' } } })), 'ingress', '10.0.0.1'), ['ip saddr {10.0.0.3} meta l4proto tcp th dport 80 return', 'drop']);
  assert.deepEqual(chainOf(compile(from({ podSelector: { matchLabels: { app: 'none' } } })), 'ingress', '10.0.0.1'), ['drop']);
});

test('blocks have exceptions, ports ranges', () => {
  const rules = compile(policy({
    podSelector: {}, policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.9/32'] } }], ports: [{ port: 1000, endPort: 2000, protocol: 'UDP' }] }],
  }));
  assert.equal(rules.ingress.size, 0);
  assert.deepEqual(chainOf(rules, 'egress', '10.0.0.1'), ['ip daddr 192.0.2.0/24 ip daddr != 192.0.2.9/32 meta l4proto udp th dport 1000-2000 return', 'drop']);
});

test('a port by name is looked up at the pod that is reached', () => {
  const rules = compile(policy({
    podSelector: {}, policyTypes: ['Ingress', 'Egress'],
    ingress: [{ ports: [{ port: 'web' }] }], egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'web' }] }],
  }));
  assert.deepEqual(chainOf(rules, 'ingress', '10.0.0.1'), ['meta l4proto tcp th dport 8001 return', 'drop']);
  assert.deepEqual(chainOf(rules, 'egress', '10.0.0.1'), ['ip daddr . meta l4proto . th dport {10.0.0.1 . tcp . 8001,10.0.0.2 . tcp . 8002} return', 'drop']);
});
