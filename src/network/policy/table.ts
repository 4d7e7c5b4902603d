import type { PolicyRules } from './rules.ts';

const TABLE = 'ip naru-policy';

/**
 * The whole table in one transaction. Answers always pass; the node itself always reaches its pods; a pod always reaches
 * itself and the addresses in `open` (the name server, which is no pod that a policy could name).
 */
export function policyTable(rules: PolicyRules, open: string[]): string[] {
  const lines = [`add table ${TABLE}`, `delete table ${TABLE}`];
  if (rules.ingress.size + rules.egress.size === 0) return lines;
  lines.push(`add table ${TABLE}`);
  for (const [name, { type, elements }] of rules.sets) lines.push(`add set ${TABLE} ${name} { type ${type}; elements = { ${elements.join(', ')} }; }`);
  for (const [name, chain] of rules.chains) lines.push(`add chain ${TABLE} ${name}`, ...chain.map((rule) => `add rule ${TABLE} ${name} ${rule}`));
  const own = [...new Set([...rules.ingress.keys(), ...rules.egress.keys()])].map((address) => `${address} . ${address}`);
  lines.push(`add set ${TABLE} own { type ipv4_addr . ipv4_addr; elements = { ${own.join(', ')} }; }`);
  for (const direction of ['ingress', 'egress'] as const) {
    lines.push(`add map ${TABLE} ${direction} { type ipv4_addr : verdict; }`);
    const elements = [...rules[direction]].map(([address, chain]) => `${address} : jump ${chain}`);
    if (elements.length > 0) lines.push(`add element ${TABLE} ${direction} { ${elements.join(', ')} }`);
  }
  const answers = 'ct state established,related accept';
  const hooks: [name: string, rules: string[]][] = [
    ['forward', [answers, 'ip saddr . ip daddr @own accept', 'ip saddr vmap @egress', 'ip daddr vmap @ingress']],
    ['input', [answers, ...open.map((address) => `ip daddr ${address} accept`), 'ip saddr vmap @egress']],
  ];
  for (const [name, chain] of hooks) {
    lines.push(`add chain ${TABLE} ${name} { type filter hook ${name} priority 0; }`, ...chain.map((rule) => `add rule ${TABLE} ${name} ${rule}`));
  }
  return lines;
}
