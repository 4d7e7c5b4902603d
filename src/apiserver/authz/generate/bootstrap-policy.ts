/**
 * Writes `../bootstrap-policy.json`, the table of upstream's default roles and bindings, from the YAML files with which
 * the pinned upstream module tests its own:
 *
 *     node src/apiserver/authz/generate/bootstrap-policy.ts <k8s.io/kubernetes>/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { PolicyTable, RoleEntry } from '../bootstrap-policy.ts';

interface Rule { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[]; nonResourceURLs?: string[] }
interface Item {
  kind: string; metadata: { name: string; namespace?: string; labels?: Record<string, string> }; rules?: Rule[] | null;
  aggregationRule?: { clusterRoleSelectors: { matchLabels: Record<string, string> }[] };
  roleRef?: { kind: string; name: string }; subjects?: { kind: string; name: string; namespace?: string }[];
}

const BOOTSTRAPPING = 'kubernetes.io/bootstrapping';
const directory = process.argv[2] as string;
const read = (file: string): Item[] => (parse(readFileSync(join(directory, file), 'utf8')) as { items: Item[] }).items;

function encodeRole({ metadata, rules, aggregationRule }: Item): RoleEntry {
  const labels = Object.keys(metadata.labels ?? {}).filter((label) => label !== BOOTSTRAPPING);
  return {
    name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), ...(labels.length > 0 ? { labels } : {}),
    ...(aggregationRule ? { aggregates: aggregationRule.clusterRoleSelectors.flatMap((selector) => Object.keys(selector.matchLabels)) } : {}),
    rules: (rules ?? []).map((rule) => (rule.nonResourceURLs
      ? [rule.verbs.join(), null, rule.nonResourceURLs.join()]
      : [rule.verbs.join(), rule.apiGroups!.join(), rule.resources!.join(), ...(rule.resourceNames ? [rule.resourceNames.join()] : [])])),
  };
}

function unique<T extends { name: string; namespace?: string }>(entries: T[]): T[] {
  return [...new Map(entries.map((entry) => [`${entry.namespace ?? ''}/${entry.name}`, entry])).values()];
}

const bindings = ['cluster-role-bindings.yaml', 'controller-role-bindings.yaml', 'namespace-role-bindings.yaml'].flatMap(read).map((item) => ({
  name: item.metadata.name, ...(item.metadata.namespace ? { namespace: item.metadata.namespace } : {}),
  role: `${item.roleRef!.kind}/${item.roleRef!.name}`,
  subjects: (item.subjects ?? []).map(({ kind, name, namespace }) => `${kind}/${namespace ? `${namespace}/` : ''}${name}`),
}));
const table: PolicyTable = {
  roles: unique(['cluster-roles.yaml', 'controller-roles.yaml', 'namespace-roles.yaml'].flatMap(read).map(encodeRole)),
  bindings: unique(bindings),
};
const lines = (entries: unknown[]): string => entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
writeFileSync(new URL('../bootstrap-policy.json', import.meta.url), `{"roles": [\n${lines(table.roles)}\n],\n"bindings": [\n${lines(table.bindings)}\n]}\n`);
