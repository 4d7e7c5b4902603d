import type { Node, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { Conntrack } from '../../linux/netlink-conntrack.ts';
import { Nftables } from '../../linux/nftables.ts';
import { follow, type ObjectSource } from '../source.ts';
import { baseRules, type BaseRulesOptions } from './base-rules.ts';
import { ChoiceIds } from './choice-ids.ts';
import { HealthCheckPorts } from './health-check.ts';
import { PROXY_HEALTH_PORT, serveProxyHealth } from './health-server.ts';
import { fragmentOf, ProxyState, type ResolvedService } from './proxy-state.ts';
import { isStale, UdpFrontends } from './stale-flows.ts';
import { TableContents } from './table-changes.ts';

export interface ProxyOptions extends BaseRulesOptions {
  nodeName: string;
  services: ObjectSource<Service>;
  endpointSlices: ObjectSource<EndpointSlice>;
  /** Of which this node's zone is read. */
  nodes: ObjectSource<Node>;
  /** 10256 by default; 0 for none. */
  healthPort?: number;
  clock: Clock;
  logger: Logger;
}

export interface ServiceProxy {
  /** The rules stay: Services go on working without the agent. */
  stop(): Promise<void>;
  /** What `/healthz` says. Times are milliseconds since the epoch. */
  health(): { healthy: boolean; lastUpdated: number };
  /** Resolves when everything heard of so far stands in the kernel; rejects when the kernel refused it. */
  settled(): Promise<void>;
}

/** Changes that come together (a Deployment rolls, a Service with its slice) share a transaction. */
const GATHER_MILLISECONDS = 2;
const RETRY_MILLISECONDS = 1000;
/** Rules unchanged for so long while changes wait mean that this proxy is stuck. */
const UNHEALTHY_MILLISECONDS = 120_000;

class NftablesProxy implements ServiceProxy {
  private readonly options: ProxyOptions;
  private readonly state: ProxyState;
  private readonly contents = new TableContents();
  private ids = new ChoiceIds();
  private readonly udp = new UdpFrontends();
  private readonly rules = new Nftables();
  private readonly healthChecks: HealthCheckPorts;
  private readonly nodeAddresses: ReadonlySet<string>;
  private unfollow: (() => void)[] = [];
  private timer: Timer | undefined;
  private applying: Promise<void> | undefined;
  private ready = false;
  private stopped = false;
  /** The kernel's table is not what `contents` says: the next transaction starts from nothing. */
  private mustRebuild = true;
  private retryMilliseconds = GATHER_MILLISECONDS;
  private lastUpdated: number;
  private waitingSince: number | undefined;

  constructor(options: ProxyOptions) {
    this.options = options;
    this.state = new ProxyState(options.nodeName);
    this.healthChecks = new HealthCheckPorts(options.logger);
    this.nodeAddresses = new Set(options.nodeAddresses);
    this.lastUpdated = options.clock.now();
  }

  async start(): Promise<void> {
    const { services, endpointSlices, nodes, nodeName } = this.options;
    const then = <T>(action: (object: T) => void) => (object: T): void => { action(object); this.changed(); };
    const setNode = (node: Node): void => { if (node.metadata?.name === nodeName) this.state.setNode(node); };
    this.unfollow = [
      follow(services, then((service) => this.state.setService(service)), then((service) => this.state.deleteService(service))),
      follow(endpointSlices, then((slice) => this.state.setSlice(slice)), then((slice) => this.state.deleteSlice(slice))),
      follow(nodes, then(setNode), () => undefined),
    ];
    // With a part of the picture, rules of an earlier life would be replaced by worse ones.
    await Promise.all([services.synced(), endpointSlices.synced(), nodes.synced()]);
    this.ready = true;
    await this.apply();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.unfollow) end();
    this.timer?.cancel();
    this.healthChecks.stop();
    await this.applying;
    await this.rules.close();
  }

  health(): { healthy: boolean; lastUpdated: number } {
    const now = this.options.clock.now();
    const healthy = this.ready && (this.waitingSince === undefined || now - this.waitingSince < UNHEALTHY_MILLISECONDS);
    return { healthy, lastUpdated: healthy ? now : this.lastUpdated };
  }

  async settled(): Promise<void> {
    while (!this.stopped && (this.applying || this.timer || this.state.hasChanges)) {
      await (this.applying ?? this.apply());
      if (this.mustRebuild) throw new Error('the Service rules were refused');
    }
  }

  private changed(): void {
    if (!this.ready || this.stopped || !this.state.hasChanges) return;
    this.waitingSince ??= this.options.clock.now();
    if (!this.applying) this.schedule(GATHER_MILLISECONDS);
  }

  private schedule(milliseconds: number): void {
    this.timer ??= this.options.clock.after(milliseconds, () => void this.apply());
  }

  /** Never rejects: a failure is logged and tried again. */
  private apply(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    this.applying ??= this.applyChanges().finally(() => {
      this.applying = undefined;
      if (!this.stopped && (this.state.hasChanges || this.mustRebuild)) this.schedule(this.retryMilliseconds);
    });
    return this.applying;
  }

  private async applyChanges(): Promise<void> {
    const lines: string[] = [];
    if (this.mustRebuild) {
      this.contents.clear();
      this.ids = new ChoiceIds();
      this.state.touchAll();
      lines.push(...baseRules(this.options));
    }
    const changed = this.state.takeChanged();
    lines.push(...this.changeContents(changed));
    try {
      if (lines.length > 0) await this.rules.run(lines.join('\n'));
      this.mustRebuild = false;
      this.retryMilliseconds = GATHER_MILLISECONDS;
      this.lastUpdated = this.options.clock.now();
      this.waitingSince = undefined;
    } catch (error) {
      this.options.logger.error('the Service rules were refused; all of them are made anew', { error: (error as Error).message.slice(0, 2000) });
      // A change that was refused is made good at once; a whole table that was refused will hardly be taken sooner.
      if (this.mustRebuild) this.retryMilliseconds = RETRY_MILLISECONDS;
      this.mustRebuild = true;
      this.state.giveBack(changed);
      return;
    }
    this.forgetStaleFlows(changed);
    this.healthChecks.update(changed);
  }

  private changeContents(changed: ResolvedService[]): string[] {
    const before = new Map(changed.map((service) => [service.key, [...this.contents.choicesOf(service.key)]]));
    const fragments = new Map(changed.map((service) => [service.key, fragmentOf(service, this.ids)]));
    const lines = this.contents.change(fragments);
    for (const [key, names] of before) for (const name of names) if (!fragments.get(key)?.choices.has(name)) this.ids.release(name);
    return lines;
  }

  private forgetStaleFlows(changed: ResolvedService[]): void {
    const frontends = this.udp.update(changed);
    if (frontends.size === 0) return;
    const conntrack = new Conntrack();
    try {
      conntrack.forget((flow) => isStale(flow, frontends, this.nodeAddresses));
    } catch (error) {
      this.options.logger.warn('stale UDP flows could not be ended', { error: (error as Error).message });
    } finally {
      conntrack.close();
    }
  }
}

/** Serves the cluster's Services on this node. Runs in the node's network namespace; resolves when the rules stand. */
export async function startProxy(options: ProxyOptions): Promise<ServiceProxy> {
  const proxy = new NftablesProxy(options);
  await proxy.start();
  const { healthPort = PROXY_HEALTH_PORT, clock, logger } = options;
  if (healthPort === 0) return proxy;
  const server = await serveProxyHealth(healthPort, () => proxy.health(), clock).catch((error: Error) => {
    logger.warn('the health of the proxy is not served', { port: healthPort, error: error.message });
    return undefined;
  });
  return {
    health: () => proxy.health(),
    settled: () => proxy.settled(),
    stop: async () => {
      server?.close();
      server?.closeAllConnections();
      await proxy.stop();
    },
  };
}
