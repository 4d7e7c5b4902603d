import type { KeyPair } from './certificate.ts';

export interface KubeconfigInput {
  clusterName: string;
  /** `https://127.0.0.1:6443` */
  server: string;
  caPem: string;
  userName: string;
  credentials: { keyPair: KeyPair } | { token: string };
  namespace?: string;
  /** By default the cluster's name, as kind and k3d do. */
  contextName?: string;
}

export interface Kubeconfig {
  apiVersion: 'v1'; kind: 'Config'; preferences: Record<string, never>; 'current-context': string;
  clusters: { name: string; cluster: Record<string, string> }[];
  users: { name: string; user: Record<string, string> }[];
  contexts: { name: string; context: Record<string, string> }[];
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig with one cluster, user and context, certificates embedded. */
export function makeKubeconfig(input: KubeconfigInput): Kubeconfig {
  const { credentials } = input;
  const contextName = input.contextName ?? input.clusterName;
  const user: Record<string, string> = 'token' in credentials ? { token: credentials.token } : {
    'client-certificate-data': base64(credentials.keyPair.certificatePem), 'client-key-data': base64(credentials.keyPair.privateKeyPem),
  };
  const context = { cluster: input.clusterName, user: input.userName, ...(input.namespace ? { namespace: input.namespace } : {}) };
  return {
    apiVersion: 'v1', kind: 'Config', preferences: {}, 'current-context': contextName,
    clusters: [{ name: input.clusterName, cluster: { 'certificate-authority-data': base64(input.caPem), server: input.server } }],
    users: [{ name: input.userName, user }],
    contexts: [{ name: contextName, context }],
  };
}

/** YAML of a kubeconfig made here: every value is a quoted string, so that no YAML library is needed at start. */
export function formatKubeconfig(config: Kubeconfig): string {
  const block = (name: 'cluster' | 'user' | 'context', entries: { name: string; values: Record<string, string> }[]): string =>
    `${name}s:\n` + entries.map((entry) => `- name: ${JSON.stringify(entry.name)}\n  ${name}:\n`
      + Object.entries(entry.values).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`).join('')).join('');
  return `apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: ${JSON.stringify(config['current-context'])}\n`
    + block('cluster', config.clusters.map(({ name, cluster }) => ({ name, values: cluster })))
    + block('user', config.users.map(({ name, user }) => ({ name, values: user })))
    + block('context', config.contexts.map(({ name, context }) => ({ name, values: context })));
}
