import { createClusterNetwork, removeClusterNetwork, type ClusterNetworkOptions } from '../network/node-network/cluster-network.ts';
import { readFileSync, writeFileSync } from 'node:fs';
import { formatResolvConf, settingsForNode } from '../network/dns/resolv-conf.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { nodePaths } from './paths.ts';
import { networkNamespaceOf } from './sandbox.ts';

function networkOptions(config: ClusterConfig): ClusterNetworkOptions {
  return { clusterIndex: config.index, subnet: config.nodeNetwork, clusterRanges: [config.podCidr, config.serviceCidr], outside: config.options.egress };
}

/** The cluster's bridge on the machine, and the routes that keep its ranges from leaving the machine. Idempotent. */
export async function createMachineNetwork(config: ClusterConfig): Promise<void> {
  await createClusterNetwork(networkOptions(config));
}

/** Plugs a node's network namespace into the bridge. Idempotent. */
export async function attachNodeToNetwork(config: ClusterConfig, node: NodeConfig, holderPid: number): Promise<void> {
  const network = await createClusterNetwork(networkOptions(config));
  await network.attachNode(node.name, networkNamespaceOf(holderPid), node.address);
}

/** Takes away all that was made for the cluster; ranges that other clusters use keep their routes. */
export async function removeMachineNetwork(config: ClusterConfig): Promise<void> {
  await removeClusterNetwork(networkOptions(config));
}

/** Writes down where a node asks for names outside the cluster: its own file tree cannot tell, the machine's stub is none of its own. */
export function writeNodeResolvConf(config: ClusterConfig, node: string): void {
  const settings = settingsForNode(readText('/etc/resolv.conf'), readText('/run/systemd/resolve/resolv.conf'));
  writeFileSync(nodePaths(config.name, node).resolvConf, formatResolvConf(settings));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
