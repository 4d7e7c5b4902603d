import type { Namespace, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { NetworkPolicy } from '../../../schema/v1.37/types/networking-v1.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { Nftables } from '../../linux/nftables.ts';
import { follow, type ObjectSource } from '../source.ts';
import { compilePolicies } from './rules.ts';
import { policyTable } from './table.ts';

export interface PolicyOptions {
  nodeName: string;
  policies: ObjectSource<NetworkPolicy>;
  /** All pods and namespaces of the cluster. Opened with the first policy: without any, a node need not know them. */
  pods: () => ObjectSource<Pod>;
  namespaces: () => ObjectSource<Namespace>;
  /** Addresses every pod may talk to, such as the name server's. */
  openAddresses: string[];
  clock: Clock;
  logger: Logger;
}

export interface PolicyEnforcer {
  /** The rules stay. */
  stop(): Promise<void>;
}

const GATHER_MILLISECONDS = 10;
const RETRY_MILLISECONDS = 1000;

class NftablesPolicies implements PolicyEnforcer {
  private readonly options: PolicyOptions;
  private readonly rules = new Nftables();
  private readonly policies = new Map<string, NetworkPolicy>();
  private readonly pods = new Map<string, Pod>();
  private readonly namespaces = new Map<string, Namespace>();
  private readonly unfollow: (() => void)[] = [];
  private peers: Promise<unknown> | undefined;
  private timer: Timer | undefined;
  private running: Promise<void> = Promise.resolve();
  private applied = '';
  private stopped = false;

  constructor(options: PolicyOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    this.followInto(this.options.policies, this.policies);
    await this.options.policies.synced();
    await this.apply();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const end of this.unfollow) end();
    this.timer?.cancel();
    await this.running;
    await this.rules.close();
  }

  private followInto<T extends { metadata?: { namespace?: string; name?: string } }>(source: ObjectSource<T>, objects: Map<string, T>): void {
    const key = (object: T): string => `${object.metadata?.namespace ?? ''}/${object.metadata?.name}`;
    const set = (object: T): void => { objects.set(key(object), object); this.schedule(GATHER_MILLISECONDS); };
    this.unfollow.push(follow(source, set, (object) => { objects.delete(key(object)); this.schedule(GATHER_MILLISECONDS); }));
  }

  private schedule(milliseconds: number): void {
    if (this.stopped) return;
    this.timer ??= this.options.clock.after(milliseconds, () => void this.apply());
  }

  private apply(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    this.running = this.running.then(() => this.applyNow()).catch((error: Error) => {
      this.options.logger.error('the network policies could not be set', { error: error.message.slice(0, 2000) });
      this.schedule(RETRY_MILLISECONDS);
    });
    return this.running;
  }

  private async applyNow(): Promise<void> {
    if (this.stopped) return;
    if (this.policies.size > 0) await this.openPeers();
    const rules = compilePolicies({
      nodeName: this.options.nodeName, policies: [...this.policies.values()], pods: this.policies.size > 0 ? [...this.pods.values()] : [],
      namespaceLabels: (name) => this.namespaces.get(`/${name}`)?.metadata?.labels,
    });
    const commands = policyTable(rules, this.options.openAddresses).join('\n');
    if (commands === this.applied) return;
    await this.rules.run(commands);
    this.applied = commands;
  }

  private openPeers(): Promise<unknown> {
    this.peers ??= (async () => {
      const [pods, namespaces] = [this.options.pods(), this.options.namespaces()];
      this.followInto(pods, this.pods);
      this.followInto(namespaces, this.namespaces);
      await Promise.all([pods.synced(), namespaces.synced()]);
    })();
    return this.peers;
  }
}

/** Enforces NetworkPolicies on the pods of this node. Runs in the node's network namespace. */
export async function startPolicies(options: PolicyOptions): Promise<PolicyEnforcer> {
  const enforcer = new NftablesPolicies(options);
  await enforcer.start();
  return enforcer;
}
