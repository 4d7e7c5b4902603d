import type { LoadBalancerIngress, Node, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { systemClock, type Clock, type Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { follow, type ObjectSource } from '../source.ts';
import { LoadBalancerPool } from './address-pool.ts';
import { balancedNode, decideIngress, isOurs, keyOf, nextHops, recordedAddress, type BalancedNode } from './decide.ts';
import type { LoadBalancerEffects } from './machine-routes.ts';
import { NodeProbes } from './node-probes.ts';

export interface LoadBalancerOptions {
  services: ObjectSource<Service>;
  endpointSlices: ObjectSource<EndpointSlice>;
  nodes: ObjectSource<Node>;
  /** Writes a Service whose status was changed; rejects on a conflict, which is tried again with the newer object. */
  updateStatus: (service: Service) => Promise<unknown>;
  /** E.g. `172.30.1.192/26`. */
  pool: string;
  effects: LoadBalancerEffects;
  clock?: Clock;
  logger: Logger;
}

export interface LoadBalancer {
  /** Stops; with `release` Services lose their addresses, as when the add-on is taken away. */
  stop(options?: { release?: boolean }): Promise<void>;
}

const RETRY_MILLISECONDS = 1000;
const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

class PoolLoadBalancer implements LoadBalancer {
  private readonly options: LoadBalancerOptions;
  private readonly clock: Clock;
  private readonly pool: LoadBalancerPool;
  private readonly probes: NodeProbes;
  private readonly services = new Map<string, Service>();
  private readonly slices = new Map<string, Map<string, EndpointSlice>>();
  private readonly nodes = new Map<string, BalancedNode>();
  /** Address -> gateways, as the machine has them. */
  private readonly routes = new Map<string, string>();
  private readonly dirty = new Set<string>();
  private readonly retries = new Map<string, Timer>();
  private unfollow: (() => void)[] = [];
  private started = false;
  private running: Promise<void> | undefined;

  constructor(options: LoadBalancerOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.pool = new LoadBalancerPool(options.pool);
    this.probes = new NodeProbes(options.effects.probe, this.clock, () => this.touchAll());
  }

  async start(): Promise<void> {
    const { services, endpointSlices, nodes } = this.options;
    this.unfollow = [
      follow(services, (service) => this.setService(service), (service) => this.deleteService(service)),
      follow(endpointSlices, (slice) => this.setSlice(slice, true), (slice) => this.setSlice(slice, false)),
      follow(nodes, (node) => this.setNode(node, balancedNode(node)), (node) => this.setNode(node, undefined)),
    ];
    await Promise.all([services.synced(), endpointSlices.synced(), nodes.synced()]);
    // Addresses in use first, so that nobody else is given one of them.
    for (const service of this.services.values()) if (isOurs(service)) this.pool.assign(keyOf(service), recordedAddress(service, this.pool));
    this.removeForgottenRoutes();
    this.started = true;
    this.touchAll();
  }

  async stop(options: { release?: boolean } = {}): Promise<void> {
    this.started = false;
    for (const end of this.unfollow) end();
    for (const timer of this.retries.values()) timer.cancel();
    this.probes.stop();
    await this.running;
    if (!options.release) return;
    for (const address of [...this.routes.keys()]) this.unroute(address);
    for (const service of this.services.values()) {
      if (recordedAddress(service, this.pool) !== undefined) await this.writeIngress(service, []).catch(() => undefined);
    }
  }

  private removeForgottenRoutes(): void {
    const used = new Set([...this.services.keys()].map((key) => this.pool.addressOf(key)));
    for (const address of this.options.effects.routed()) if (this.pool.contains(address) && !used.has(address)) this.unroute(address);
  }

  private setService(service: Service): void {
    this.services.set(keyOf(service), service);
    this.touch(keyOf(service));
  }

  private deleteService(service: Service): void {
    this.services.delete(keyOf(service));
    this.touch(keyOf(service));
  }

  private setSlice(slice: EndpointSlice, isThere: boolean): void {
    const service = `${slice.metadata?.namespace}/${slice.metadata?.labels?.[SERVICE_NAME_LABEL]}`;
    const slices = this.slices.get(service) ?? new Map<string, EndpointSlice>();
    if (isThere) slices.set(keyOf(slice), slice);
    else slices.delete(keyOf(slice));
    if (slices.size > 0) this.slices.set(service, slices);
    else this.slices.delete(service);
    if (this.pool.addressOf(service) !== undefined) this.touch(service);
  }

  private setNode(node: Node, balanced: BalancedNode | undefined): void {
    const name = node.metadata?.name ?? '';
    if (this.nodes.get(name)?.address === balanced?.address) return;
    if (balanced) this.nodes.set(name, balanced);
    else this.nodes.delete(name);
    this.touchAll();
  }

  private touch(key: string): void {
    this.dirty.add(key);
    if (this.started) this.running ??= Promise.resolve().then(() => this.work()).finally(() => { this.running = undefined; });
  }

  private touchAll(): void {
    for (const [key, service] of this.services) if (isOurs(service) || recordedAddress(service, this.pool) !== undefined) this.touch(key);
  }

  /** An address was given back: somebody may have waited for one. */
  private touchWaiting(): void {
    for (const [key, service] of this.services) if (isOurs(service) && this.pool.addressOf(key) === undefined) this.touch(key);
  }

  private async work(): Promise<void> {
    while (this.dirty.size > 0 && this.started) {
      const [key] = this.dirty as Iterable<string> as [string];
      this.dirty.delete(key);
      try {
        await this.reconcile(key);
      } catch (error) {
        this.options.logger.debug('a load balancer waits', { service: key, error: (error as Error).message });
        this.retries.get(key)?.cancel();
        this.retries.set(key, this.clock.after(RETRY_MILLISECONDS, () => { this.retries.delete(key); this.touch(key); }));
      }
    }
    this.probes.watch(this.routes.size > 0 ? [...this.nodes.values()].map((node) => node.address) : []);
  }

  private async reconcile(key: string): Promise<void> {
    const service = this.services.get(key);
    const before = this.pool.addressOf(key);
    const ingress = service && decideIngress(service, this.pool);
    if (!service) this.pool.release(key);
    const address = this.pool.addressOf(key);
    if (before !== undefined && before !== address) {
      this.unroute(before);
      this.touchWaiting();
    }
    if (service && address !== undefined) this.route(address, service);
    if (service && ingress) await this.writeIngress(service, ingress);
  }

  private route(address: string, service: Service): void {
    const all = [...this.nodes.values()];
    const up = all.filter((node) => !this.probes.isDown(node.address));
    // When nobody answers the fault may be here: then the cluster's own word counts.
    const gateways = nextHops(service, this.slices.get(keyOf(service))?.values() ?? [], up.length > 0 ? up : all);
    if (this.routes.get(address) === gateways.join()) return;
    this.options.effects.route(address, gateways);
    this.routes.set(address, gateways.join());
  }

  private unroute(address: string): void {
    this.routes.delete(address);
    try {
      this.options.effects.unroute(address);
    } catch (error) {
      this.options.logger.warn('a load-balancer route could not be removed', { address, error: (error as Error).message });
    }
  }

  private async writeIngress(service: Service, ingress: LoadBalancerIngress[]): Promise<void> {
    const loadBalancer = ingress.length > 0 ? { ingress } : {};
    await this.options.updateStatus({ ...service, status: { ...service.status, loadBalancer } });
    this.options.logger.info('load balancer', { service: keyOf(service), address: ingress[0]?.ip ?? 'none' });
  }
}

/** Gives Services of type LoadBalancer addresses of a pool, and the machine routes to them. */
export async function startLoadBalancer(options: LoadBalancerOptions): Promise<LoadBalancer> {
  const balancer = new PoolLoadBalancer(options);
  await balancer.start();
  return balancer;
}
