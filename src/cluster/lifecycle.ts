import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from '../pki/certificate.ts';
import { ensureClusterPki, ensureNodePki, issueUserCertificate, type ClusterPki } from '../pki/cluster-pki.ts';
import { formatKubeconfig, makeKubeconfig, type Kubeconfig } from '../pki/kubeconfig.ts';
import { saveCluster, type ClusterConfig, type NodeConfig } from './config.ts';
import { attachNodeToNetwork, createMachineNetwork, removeMachineNetwork, writeNodeResolvConf } from './machine-network.ts';
import { killNodeCgroup, nodeCgroup, removeClusterCgroup, systemProcessList } from './node-cgroup.ts';
import { clusterPaths, nodePaths } from './paths.ts';
import { livePid, startSupervised, stopSupervised } from './processes.ts';
import { createSandbox, enterSandbox, holderRecord } from './sandbox.ts';

/** The command line that starts this program again in another role. */
export type SelfCommand = (role: string[]) => string[];

const CONTROL_PLANE_GRACE_MILLISECONDS = 5_000;
const AGENT_GRACE_MILLISECONDS = 2_000;

export const controlPlaneRecord = (cluster: string): string => join(clusterPaths(cluster).run, 'control-plane.pid');
export const agentRecord = (cluster: string, node: string): string => join(nodePaths(cluster, node).run, 'agent.pid');

/**
 * Starts what is not running yet of a described cluster: keys, control plane, node network, nodes, all at the same time.
 * Processes wait by themselves for the keys. Returns once everything is started, not yet ready.
 */
export async function startCluster(config: ClusterConfig, self: SelfCommand): Promise<ClusterPki> {
  const paths = clusterPaths(config.name);
  for (const directory of [paths.root, paths.logs, paths.run, paths.store, paths.pki]) mkdirSync(directory, { recursive: true });
  saveCluster(config);
  rmSync(paths.pkiReady, { force: true });
  // The bridge's address must exist before the API server listens on it.
  await createMachineNetwork(config);
  if (livePid(controlPlaneRecord(config.name)) === undefined) {
    startSupervised(self(['control-plane', config.name]), controlPlaneRecord(config.name), join(paths.logs, 'control-plane.log'));
  }
  const [pki] = await Promise.all([makeKeys(config), Promise.all(config.nodes.map((node) => startNode(config, node, self)))]);
  return pki;
}

/** Makes (or reads) all keys and certificates, writes the administrator's kubeconfig, then says so to those who wait. */
export async function makeKeys(config: ClusterConfig): Promise<ClusterPki> {
  const paths = clusterPaths(config.name);
  const pki = await ensureClusterPki(paths.pki, {
    apiServer: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.svc.${config.dnsDomain}`, 'localhost',
      '127.0.0.1', config.gateway, config.kubernetesServiceAddress],
  });
  await Promise.all(config.nodes.map((node) => makeNodeKeys(config, pki.ca, node)));
  writeFileSync(paths.kubeconfig, formatKubeconfig(adminKubeconfig(config, pki)), { mode: 0o600 });
  writeFileSync(paths.pkiReady, '');
  return pki;
}

async function makeNodeKeys(config: ClusterConfig, authority: KeyPair, node: NodeConfig): Promise<void> {
  const directory = join(nodePaths(config.name, node.name).root, 'pki');
  await ensureNodePki(authority, directory, node.name, [node.address]);
  writeFileSync(join(directory, 'ca.crt'), authority.certificatePem);
  writeFileSync(join(directory, 'ready'), '');
}

/** Names as kind and k3d choose them: the context of the cluster `naru` is `naru`, of others `naru-<name>`. */
export function contextName(cluster: string): string {
  return cluster === 'naru' ? 'naru' : `naru-${cluster}`;
}

export function serverUrl(config: ClusterConfig): string {
  return `https://127.0.0.1:${config.apiPort}`;
}

function adminKubeconfig(config: ClusterConfig, pki: ClusterPki): Kubeconfig {
  const context = contextName(config.name);
  return makeKubeconfig({
    clusterName: context, contextName: context, userName: `${context}-admin`, server: serverUrl(config), caPem: pki.ca.certificatePem, credentials: { keyPair: pki.admin },
  });
}

/** A kubeconfig for a person: a client certificate with the name and groups that RBAC knows them by. */
export async function userKubeconfig(config: ClusterConfig, user: string, groups: string[], namespace?: string): Promise<string> {
  const pki = await ensureClusterPki(clusterPaths(config.name).pki, { apiServer: [] });
  const context = contextName(config.name);
  return formatKubeconfig(makeKubeconfig({
    clusterName: context, contextName: `${user}@${context}`, userName: user, server: serverUrl(config), caPem: pki.ca.certificatePem,
    credentials: { keyPair: issueUserCertificate(pki.ca, user, groups) }, namespace,
  }));
}

/** Sandbox, network, agent of one node; fine when parts of it run already. */
export async function startNode(config: ClusterConfig, node: NodeConfig, self: SelfCommand): Promise<void> {
  const logs = clusterPaths(config.name).logs;
  mkdirSync(nodePaths(config.name, node.name).root, { recursive: true });
  writeFileSync(nodePaths(config.name, node.name).config, JSON.stringify(config));
  writeNodeResolvConf(config, node.name);
  const holder = await createSandbox(config.name, node.name, join(logs, `${node.name}.log`));
  const processList = systemProcessList(nodeCgroup(config.name, node.name));
  writeFileSync(processList, String(holder));
  await attachNodeToNetwork(config, node, holder);
  if (livePid(agentRecord(config.name, node.name)) !== undefined) return;
  const command = enterSandbox(holder, self(['agent', config.name, node.name]));
  startSupervised(command, agentRecord(config.name, node.name), join(logs, `${node.name}.log`), { NODE_NAME: node.name }, processList);
}

/** Adds keys for a node that joined the description later, then starts it. */
export async function startAddedNode(config: ClusterConfig, node: NodeConfig, self: SelfCommand): Promise<void> {
  saveCluster(config);
  const pki = await ensureClusterPki(clusterPaths(config.name).pki, { apiServer: [] });
  await makeNodeKeys(config, pki.ca, node);
  await startNode(config, node, self);
}

/** Ends a node as a power cut would: agent, containers, namespaces. Its disk stays. */
export async function stopNode(config: ClusterConfig, node: string): Promise<void> {
  await killAgent(config, node);
  await killNodeCgroup(nodeCgroup(config.name, node));
  rmSync(holderRecord(config.name, node), { force: true });
}

function killAgent(config: ClusterConfig, node: string): Promise<void> {
  return stopSupervised(agentRecord(config.name, node), AGENT_GRACE_MILLISECONDS, 'SIGKILL');
}

export async function removeNode(config: ClusterConfig, node: string): Promise<void> {
  await stopNode(config, node);
  config.nodes = config.nodes.filter((other) => other.name !== node);
  saveCluster(config);
  rmSync(join(clusterPaths(config.name).nodes, node), { recursive: true, force: true });
}

/** Ends the cluster. Its data goes too, unless `keepData`. */
export async function stopCluster(config: ClusterConfig, keepData: boolean): Promise<void> {
  const paths = clusterPaths(config.name);
  // Agents first: a server that is closing its connections may not notice that a client dies meanwhile, and wait for it.
  await Promise.all(config.nodes.map((node) => killAgent(config, node.name)));
  await Promise.all([
    stopSupervised(controlPlaneRecord(config.name), CONTROL_PLANE_GRACE_MILLISECONDS),
    ...config.nodes.map((node) => stopNode(config, node.name)),
  ]);
  await Promise.all([removeMachineNetwork(config), removeClusterCgroup(config.name)]);
  rmSync(paths.run, { recursive: true, force: true });
  if (!keepData) rmSync(paths.root, { recursive: true, force: true });
}

export function isRunning(config: ClusterConfig): boolean {
  return existsSync(clusterPaths(config.name).config) && livePid(controlPlaneRecord(config.name)) !== undefined;
}
