import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import {
  addAddress, addRoute, createBridge, createVeth, deleteLink, deleteRoute, replaceRoute, setLink,
} from '../../linux/netlink-route.ts';
import { RouteSocket } from '../../linux/netlink.ts';
import { Nftables } from '../../linux/nftables.ts';
import { cidrContains, ipv4ToNumber, numberToIPv4, parseCidr } from '../cidr.ts';
import { RangeReferences } from './range-references.ts';

export interface ClusterNetworkOptions {
  /** Also names the bridge, `naru-<index>`, and picks the default subnet, `172.30.<index>.0/24`. */
  clusterIndex: number;
  /** The nodes' own addresses; the first one is the machine's. */
  subnet?: string;
  /** Ranges that mean something only inside the cluster: packets to them never leave the machine. */
  clusterRanges: string[];
  /** Nodes and pods reach the world outside in the machine's name. Without it they reach the machine and no further. */
  outside?: boolean;
  mtu?: number;
  /** Where clusters note which ranges they use, since several may use the same. */
  referenceDirectory?: string;
}

export interface ClusterNetwork {
  bridgeName: string;
  /** The machine's address on the bridge. */
  gateway: string;
  /** The address of the n-th node, counted from 1: `.11`, `.12`, ... */
  nodeAddress(ordinal: number): string;
  /** Gives the namespace its `eth0` with that address, its loopback and its default route. Idempotent. */
  attachNode(nodeName: string, namespacePath: string, address: string): Promise<void>;
  detachNode(nodeName: string): Promise<void>;
  /** Takes everything away that was made here, also after a crash of who made it. */
  remove(): Promise<void>;
}

const NODE_LINK = 'eth0';
const FIRST_NODE = 10;

function macOf(address: string): string {
  return `0a:58:${ipv4ToNumber(address).toString(16).padStart(8, '0').replace(/(..)(?=.)/g, '$1:')}`;
}

class BridgedClusterNetwork implements ClusterNetwork {
  readonly bridgeName: string;
  readonly gateway: string;
  private readonly options: ClusterNetworkOptions;
  private readonly subnet: { first: number; prefixLength: number };
  private readonly references: RangeReferences;

  constructor(options: ClusterNetworkOptions) {
    this.options = options;
    this.bridgeName = `naru-${options.clusterIndex}`;
    this.subnet = parseCidr(options.subnet ?? `172.30.${options.clusterIndex}.0/24`);
    this.gateway = numberToIPv4(this.subnet.first + 1);
    this.references = new RangeReferences(options.referenceDirectory ?? '/run/naru/ranges');
  }

  nodeAddress(ordinal: number): string {
    return numberToIPv4(this.subnet.first + FIRST_NODE + ordinal);
  }

  async create(): Promise<void> {
    await this.withMachine((machine) => this.createBridge(machine));
    await this.withRules(this.fence());
  }

  private async createBridge(machine: RouteSocket): Promise<void> {
    for (const range of this.options.clusterRanges) {
      await this.references.add(range, this.bridgeName);
      machine.apply([addRoute({ destination: range, type: 'unreachable' })], 'EEXIST');
    }
    // A fixed link address: a bridge without one takes that of a port, and neighbours lose it when ports come and go.
    const create = createBridge(this.bridgeName, { mac: macOf(this.gateway), mtu: this.options.mtu });
    await machine.applyInThread([create], 'EEXIST');
    const bridge = machine.link(this.bridgeName);
    if (!bridge) throw new Error(`the bridge ${this.bridgeName} is not there`);
    machine.apply([
      setLink(bridge.index, { up: true }),
      addAddress(bridge.index, `${this.gateway}/${this.subnet.prefixLength}`),
    ]);
  }

  attachNode(nodeName: string, namespacePath: string, address: string): Promise<void> {
    return this.withMachine((machine) => this.attach(machine, nodeName, namespacePath, address));
  }

  private async attach(machine: RouteSocket, nodeName: string, namespacePath: string, address: string): Promise<void> {
    const bridge = machine.link(this.bridgeName);
    if (!bridge) throw new Error(`the bridge ${this.bridgeName} is not there`);
    const node = RouteSocket.open(namespacePath);
    try {
      if (!node.link(NODE_LINK)) await this.plug(machine, nodeName, namespacePath, address, bridge.index);
      const link = node.link(NODE_LINK);
      const loopback = node.link('lo');
      if (!link || !loopback) throw new Error(`node ${nodeName} has no link after it was made`);
      node.apply([
        setLink(loopback.index, { up: true }),
        setLink(link.index, { up: true }),
        addAddress(link.index, `${address}/${this.subnet.prefixLength}`),
        replaceRoute({ destination: '0.0.0.0/0', nextHops: [{ gateway: this.gateway, linkIndex: link.index }], source: address }),
      ]);
    } finally {
      node.close();
    }
  }

  async detachNode(nodeName: string): Promise<void> {
    await this.withMachine((machine) => machine.applyInThread([deleteLink(this.portName(nodeName))], 'ENODEV'));
  }

  async remove(): Promise<void> {
    await this.withMachine((machine) => this.removeLinksAndRoutes(machine));
    await this.withRules([`add table ${this.table}`, `delete table ${this.table}`]);
  }

  private async removeLinksAndRoutes(machine: RouteSocket): Promise<void> {
    const bridge = machine.link(this.bridgeName);
    if (bridge) {
      const ports = machine.links().filter((link) => link.master === bridge.index);
      await machine.applyInThread([...ports, bridge].map((link) => deleteLink(link.name)), 'ENODEV');
    }
    // Addresses of load balancers that led nowhere belong to no link and would stay.
    const subnet = this.options.subnet ?? `172.30.${this.options.clusterIndex}.0/24`;
    const left = machine.ownRoutes().filter((route) => cidrContains(subnet, route.destination.split('/')[0] as string));
    machine.apply(left.map((route) => deleteRoute({ destination: route.destination })), 'ESRCH');
    for (const range of this.options.clusterRanges) {
      const isLast = await this.references.remove(range, this.bridgeName);
      if (isLast) machine.apply([deleteRoute({ destination: range, type: 'unreachable' })], 'ESRCH');
    }
  }

  private async plug(machine: RouteSocket, nodeName: string, namespacePath: string, address: string, master: number): Promise<void> {
    const port = this.portName(nodeName);
    // The port of an earlier life of this node: its namespace is gone or going, and the name is needed now.
    await machine.applyInThread([deleteLink(port)], 'ENODEV');
    const namespaceFd = openSync(namespacePath, 'r');
    try {
      const mtu = this.options.mtu;
      const peer = { name: NODE_LINK, mac: macOf(address), mtu, namespaceFd };
      await machine.applyInThread([createVeth(port, { mtu, master, up: true }, peer)]);
    } finally {
      closeSync(namespaceFd);
    }
  }

  private portName(nodeName: string): string {
    return `n${this.options.clusterIndex}-${createHash('sha256').update(nodeName).digest('hex').slice(0, 10)}`;
  }

  private get table(): string {
    return `ip ${this.bridgeName}`;
  }

  /** What the machine does with packets of the cluster for others, should it forward at all. */
  private fence(): string[] {
    const lines = [`add table ${this.table}`, `delete table ${this.table}`, `add table ${this.table}`];
    if (this.options.outside) {
      lines.push(`add chain ${this.table} postrouting { type nat hook postrouting priority srcnat; }`);
      lines.push(`add rule ${this.table} postrouting iifname "${this.bridgeName}" oifname != "${this.bridgeName}" masquerade`);
    } else {
      lines.push(`add chain ${this.table} forward { type filter hook forward priority filter; }`);
      lines.push(`add rule ${this.table} forward iifname "${this.bridgeName}" oifname != "${this.bridgeName}" reject`);
    }
    return lines;
  }

  private async withMachine(action: (machine: RouteSocket) => Promise<void>): Promise<void> {
    const machine = RouteSocket.open();
    try {
      await action(machine);
    } finally {
      machine.close();
    }
  }

  private async withRules(lines: string[]): Promise<void> {
    const rules = new Nftables();
    try {
      await rules.run(lines.join('\n'));
    } finally {
      await rules.close();
    }
  }
}

/** The machine's side of a cluster's network. Runs in the machine's own network namespace. Idempotent. */
export async function createClusterNetwork(options: ClusterNetworkOptions): Promise<ClusterNetwork> {
  const network = new BridgedClusterNetwork(options);
  await network.create();
  return network;
}

/** Removes what an earlier process made with the same options. */
export async function removeClusterNetwork(options: ClusterNetworkOptions): Promise<void> {
  await new BridgedClusterNetwork(options).remove();
}
