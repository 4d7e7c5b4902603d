import { NODES } from '../../client/resources.ts';
import { addNode, nextNodeName, type ClusterConfig, type NodeConfig } from '../../cluster/config.ts';
import { removeNode, startAddedNode, startNode, stopNode } from '../../cluster/lifecycle.ts';
import { forgetImages } from '../../compose/images.ts';
import { selfCommand } from '../../compose/self.ts';
import { requireRunning, withClient } from '../cluster-access.ts';
import { CommandError, step } from '../output.ts';

export async function addNodeCommand(name: string | undefined, options: { name: string; nodeCpus?: number; nodeMemory?: number }): Promise<void> {
  const config = requireRunning(options.name);
  const node = addNode(config, name ?? nextNodeName(config), options.nodeCpus, options.nodeMemory);
  await step(`node ${node.name} started`, () => startAddedNode(config, node, selfCommand));
}

export async function nodeCommand(verb: 'remove' | 'stop' | 'start', name: string, options: { name: string }): Promise<void> {
  const config = requireRunning(options.name);
  const node = requireNode(config, name);
  if (verb === 'start') await step(`node ${name} started`, () => startNode(config, node, selfCommand));
  if (verb === 'stop') await step(`node ${name} stopped`, () => stopNode(config, name));
  if (verb === 'remove') {
    await step(`node ${name} removed`, async () => {
      await removeNode(config, name);
      await forgetImages([`${config.name}.${name}`]);
      await withClient(config, (client) => client.delete(NODES, undefined, name)).catch((error: { code?: number }) => {
        if (error.code !== 404) throw error;
      });
    });
  }
}

function requireNode(config: ClusterConfig, name: string): NodeConfig {
  const node = config.nodes.find((entry) => entry.name === name);
  if (!node) throw new CommandError(`cluster ${config.name} has no node ${name}; it has: ${config.nodes.map((entry) => entry.name).join(', ')}`);
  return node;
}
