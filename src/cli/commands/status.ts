import type { Node } from '../../../schema/v1.37/types/core-v1.ts';
import { NODES } from '../../client/resources.ts';
import { listClusters, type ClusterConfig } from '../../cluster/config.ts';
import { agentRecord, isRunning, serverUrl } from '../../cluster/lifecycle.ts';
import { livePid } from '../../cluster/processes.ts';
import { requireCluster, withClient } from '../cluster-access.ts';
import { printTable } from '../output.ts';

export async function status(options: { name: string }): Promise<void> {
  const config = requireCluster(options.name);
  const running = isRunning(config);
  process.stdout.write(`cluster ${config.name}: ${running ? 'running' : 'stopped'}, API server ${serverUrl(config)}\n`);
  const nodes = running ? await withClient(config, (client) => client.list(NODES)).catch(() => undefined) : undefined;
  if (running && !nodes) process.stdout.write('the API server does not answer; naru logs says why\n');
  const rows = config.nodes.map((node) => {
    const agent = livePid(agentRecord(config.name, node.name)) === undefined ? 'stopped' : 'running';
    return [node.name, node.address, agent, readiness(nodes?.items.find((item) => item.metadata?.name === node.name))];
  });
  printTable([['NODE', 'ADDRESS', 'AGENT', 'STATUS'], ...rows]);
  if (!running) process.exitCode = 1;
}

function readiness(node: Node | undefined): string {
  const condition = node?.status?.conditions?.find((entry) => entry.type === 'Ready');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'Ready' : 'NotReady';
}

export function list(): void {
  const row = (config: ClusterConfig): string[] => [config.name, isRunning(config) ? 'running' : 'stopped', String(config.nodes.length), serverUrl(config)];
  printTable([['NAME', 'STATUS', 'NODES', 'SERVER'], ...listClusters().map(row)]);
}
