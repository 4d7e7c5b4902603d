import { writeFileSync } from 'node:fs';
import type { Logger } from '../../base/log.ts';
import { addRoute, deleteRoute, replaceRoute } from '../../linux/netlink-route.ts';
import { RouteSocket } from '../../linux/netlink.ts';
import { Nftables } from '../../linux/nftables.ts';
import type { NodeRoute } from '../network.ts';
import { changeBetween, desiredState, type NodeNetworkState } from './node-routes.ts';

export interface NodeNetworkOptions {
  nodeName: string;
  /** The range of all pods of the cluster. */
  clusterPodCidrs: string[];
  logger: Logger;
}

/** Keeps this node's way to the pods of all other nodes. Runs in the node's network namespace. */
export interface NodeNetwork {
  /** All nodes of the cluster, this one too. Only differences to the last call cost anything. */
  setNodeRoutes(nodes: Iterable<NodeRoute>): Promise<void>;
  stop(): Promise<void>;
}

const TABLE = 'ip naru-node';

class RoutedNodeNetwork implements NodeNetwork {
  private readonly options: NodeNetworkOptions;
  private readonly routes = RouteSocket.open();
  private readonly rules = new Nftables();
  private state: NodeNetworkState = { routes: new Map(), addresses: new Set() };
  private last: Promise<void> = Promise.resolve();

  constructor(options: NodeNetworkOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    const ranges = this.options.clusterPodCidrs.filter((range) => !range.includes(':'));
    // Where no node has a route for a pod, the packet ends here and the sender hears of it.
    this.routes.apply(ranges.map((range) => addRoute({ destination: range, type: 'unreachable' })), 'EEXIST');
    // Routes of an earlier life of the agent stay until the nodes are known again: connections go on meanwhile.
    for (const route of this.routes.ownRoutes()) {
      if (route.gateway && !route.destination.startsWith('0.0.0.0/')) this.state.routes.set(route.destination, route.gateway);
    }
    await this.rules.run(this.baseRules(ranges).join('\n'));
  }

  setNodeRoutes(nodes: Iterable<NodeRoute>): Promise<void> {
    const desired = desiredState(this.options.nodeName, nodes);
    this.last = this.last.catch(() => undefined).then(() => this.change(desired));
    return this.last;
  }

  async stop(): Promise<void> {
    await this.last.catch(() => undefined);
    await this.rules.close();
    this.routes.close();
  }

  private async change(desired: NodeNetworkState): Promise<void> {
    const change = changeBetween(this.state, desired);
    this.routes.apply(change.deleteRoutes.map((destination) => deleteRoute({ destination })), 'ESRCH');
    this.routes.apply(change.replaceRoutes.map(([destination, gateway]) => replaceRoute({ destination, nextHops: [{ gateway }] })));
    this.state.routes = desired.routes;
    const lines = [
      ...change.addAddresses.map((address) => `add element ${TABLE} nodes { ${address} }`),
      ...change.deleteAddresses.map((address) => `delete element ${TABLE} nodes { ${address} }`),
    ];
    if (lines.length > 0) await this.rules.run(lines.join('\n'));
    this.state.addresses = desired.addresses;
  }

  /** Pods speak in their own name to pods and nodes, and in the node's name to everybody else. */
  private baseRules(ranges: string[]): string[] {
    const lines = [`add table ${TABLE}`, `delete table ${TABLE}`, `add table ${TABLE}`, `add set ${TABLE} nodes { type ipv4_addr; }`];
    lines.push(`add chain ${TABLE} postrouting { type nat hook postrouting priority 101; }`);
    if (ranges.length > 0) {
      const pods = `{ ${ranges.join(', ')} }`;
      lines.push(`add rule ${TABLE} postrouting ip saddr ${pods} ip daddr != ${pods} ip daddr != @nodes ip daddr != 224.0.0.0/4 masquerade`);
    }
    return lines;
  }
}

export async function createNodeNetwork(options: NodeNetworkOptions): Promise<NodeNetwork> {
  const network = new RoutedNodeNetwork(options);
  await network.start();
  return network;
}
