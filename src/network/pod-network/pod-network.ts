import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { Conntrack } from '../../linux/netlink-conntrack.ts';
import {
  addAddress, createVeth, deleteLink, replaceNeighbour, replaceRoute, setLink, tokenBucket,
} from '../../linux/netlink-route.ts';
import { RouteSocket } from '../../linux/netlink.ts';
import { Nftables } from '../../linux/nftables.ts';
import type { Logger } from '../../base/log.ts';
import { ipv4ToNumber } from '../cidr.ts';
import type { PodNetwork, PodNetworkRequest, PodNetworkResult } from '../network.ts';
import { AddressPool } from './address-pool.ts';
import { hostPortElements, hostPortTable } from './host-ports.ts';
import { SandboxRecords, type SandboxRecord } from './records.ts';

export interface PodNetworkOptions {
  /** Of this node, from `spec.podCIDRs`. */
  podCidr: string;
  /** Where the allocations are remembered: one directory of its own. */
  stateDirectory: string;
  mtu?: number;
  logger: Logger;
}

/** Every pod's next hop: never on a wire, since both ends know each other's link address from the start. */
const GATEWAY = '169.254.1.1';
const NODE_MAC = 'ee:ee:ee:ee:ee:ee';
const POD_LINK = 'eth0';
const NO_IPV6 = '/proc/sys/net/ipv6/conf/default/disable_ipv6';

function linkNameOf(sandboxId: string): string {
  return `pod${createHash('sha256').update(sandboxId).digest('hex').slice(0, 12)}`;
}

function macOf(address: string): string {
  const value = ipv4ToNumber(address).toString(16).padStart(8, '0');
  return `0a:58:${value.replace(/(..)(?=.)/g, '$1:')}`;
}

/**
 * Pods on routed veth pairs: each has a /32, the node has a host route to it and is its router. No bridge, so a packet of a
 * pod to a pod of the same node passes the node's rules like any other, and a pod reaches itself through its Service.
 * Runs in the node's network namespace.
 */
class RoutedPodNetwork implements PodNetwork {
  private readonly options: PodNetworkOptions;
  private readonly pool: AddressPool;
  private readonly files: SandboxRecords;
  private readonly records = new Map<string, SandboxRecord>();
  private readonly node = RouteSocket.open();
  private readonly rules = new Nftables();
  /** The last operation of each sandbox: they come one after another. */
  private readonly running = new Map<string, Promise<unknown>>();
  private sequence = 0;

  constructor(options: PodNetworkOptions) {
    this.options = options;
    this.pool = new AddressPool(options.podCidr);
    this.files = new SandboxRecords(options.stateDirectory);
  }

  async start(): Promise<void> {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    // Links of pods need no addresses of their own; without this each costs link-local traffic for nothing.
    if (existsSync(NO_IPV6)) writeFileSync(NO_IPV6, '1');
    for (const record of await this.files.load()) {
      this.records.set(record.sandboxId, record);
      for (const address of record.addresses) this.pool.claim(address);
      this.sequence = Math.max(this.sequence, record.sequence);
    }
    await this.rules.run(hostPortTable([...this.records.values()]).join('\n'));
  }

  attach(request: PodNetworkRequest): Promise<PodNetworkResult> {
    return this.inTurn(request.sandboxId, () => this.attachNow(request));
  }

  detach(sandboxId: string): Promise<void> {
    return this.inTurn(sandboxId, () => this.detachNow(sandboxId));
  }

  attached(): Map<string, string[]> {
    return new Map([...this.records].map(([id, record]) => [id, record.addresses]));
  }

  private inTurn<T>(sandboxId: string, action: () => Promise<T>): Promise<T> {
    const before = this.running.get(sandboxId) ?? Promise.resolve();
    const result = before.then(action, action);
    const settled: Promise<unknown> = result.catch(() => undefined).then(() => {
      if (this.running.get(sandboxId) === settled) this.running.delete(sandboxId);
    });
    this.running.set(sandboxId, settled);
    return result;
  }

  private async attachNow(request: PodNetworkRequest): Promise<PodNetworkResult> {
    const known = this.records.get(request.sandboxId);
    if (known && this.node.link(known.linkName)) return { addresses: known.addresses };
    const record: SandboxRecord = known ?? {
      sandboxId: request.sandboxId, linkName: linkNameOf(request.sandboxId), addresses: [this.pool.take()],
      hostPorts: request.hostPorts, sequence: ++this.sequence,
    };
    this.records.set(record.sandboxId, record);
    try {
      if (!known) await this.files.save(record);
      await this.connect(record, request);
      if (!known) await this.openHostPorts(record);
    } catch (error) {
      await this.detachNow(record.sandboxId).catch(() => undefined);
      throw error;
    }
    return { addresses: record.addresses };
  }

  private async connect(record: SandboxRecord, request: PodNetworkRequest): Promise<void> {
    const address = record.addresses[0] as string;
    const mac = macOf(address);
    const mtu = this.options.mtu;
    const namespaceFd = openSync(request.networkNamespacePath, 'r');
    try {
      await this.node.applyInThread([createVeth(record.linkName, { mac: NODE_MAC, mtu, up: true }, { name: POD_LINK, mac, mtu, namespaceFd })]);
    } finally {
      closeSync(namespaceFd);
    }
    const link = this.node.link(record.linkName);
    if (!link) throw new Error(`the link ${record.linkName} went away while it was being set up`);
    this.setUpPodSide(address, request);
    const messages = [
      replaceRoute({ destination: `${address}/32`, scope: 'link', nextHops: [{ linkIndex: link.index }] }),
      replaceNeighbour(link.index, address, mac),
    ];
    if (request.ingressBandwidth) messages.push(tokenBucket(link.index, request.ingressBandwidth));
    this.node.apply(messages);
    if (record.hostPorts.length > 0) writeFileSync(`/proc/sys/net/ipv4/conf/${record.linkName}/route_localnet`, '1');
  }

  private setUpPodSide(address: string, request: PodNetworkRequest): void {
    const pod = RouteSocket.open(request.networkNamespacePath);
    try {
      const link = pod.link(POD_LINK);
      const loopback = pod.link('lo');
      if (!link || !loopback) throw new Error('the pod has no link after it was made');
      const messages = [
        setLink(loopback.index, { up: true }),
        setLink(link.index, { up: true }),
        addAddress(link.index, `${address}/32`),
        replaceNeighbour(link.index, GATEWAY, NODE_MAC),
        replaceRoute({ destination: `${GATEWAY}/32`, scope: 'link', nextHops: [{ linkIndex: link.index }] }),
        replaceRoute({ destination: '0.0.0.0/0', nextHops: [{ gateway: GATEWAY, linkIndex: link.index }], source: address }),
      ];
      if (request.egressBandwidth) messages.push(tokenBucket(link.index, request.egressBandwidth));
      pod.apply(messages);
    } finally {
      pod.close();
    }
  }

  private async openHostPorts(record: SandboxRecord): Promise<void> {
    if (record.hostPorts.length === 0) return;
    await this.rules.run(hostPortElements('add', record.addresses[0] as string, record.hostPorts).join('\n'));
    this.forgetFlows(record);
  }

  private async detachNow(sandboxId: string): Promise<void> {
    const record = this.records.get(sandboxId);
    if (!record) return;
    if (record.hostPorts.length > 0) {
      const lines = hostPortElements('delete', record.addresses[0] as string, record.hostPorts).join('\n');
      await this.rules.run(lines).catch((error: Error) => this.options.logger.debug('hostPorts were gone already', { sandboxId, error: error.message }));
      this.forgetFlows(record);
    }
    await this.node.applyInThread([deleteLink(record.linkName)], 'ENODEV');
    await this.files.remove(sandboxId);
    this.records.delete(sandboxId);
    for (const address of record.addresses) this.pool.release(address);
  }

  /** UDP has no end of its own: a client that keeps its port would go on to talk to where the port led before. */
  private forgetFlows(record: SandboxRecord): void {
    const ports = new Set(record.hostPorts.filter((port) => port.protocol === 'UDP').map((port) => port.hostPort));
    if (ports.size === 0) return;
    const conntrack = new Conntrack();
    try {
      conntrack.forget((flow) => flow.protocol === 17 && ports.has(flow.destinationPort));
    } finally {
      conntrack.close();
    }
  }
}

export async function createPodNetwork(options: PodNetworkOptions): Promise<PodNetwork> {
  const network = new RoutedPodNetwork(options);
  await network.start();
  return network;
}
