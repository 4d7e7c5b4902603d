import type { Flow } from '../../linux/netlink-conntrack.ts';
import type { ResolvedPort, ResolvedService } from './proxy-state.ts';

const UDP = 17;

/** Where clients send to (`address:port`, `*:port` for NodePorts) -> who may answer there (`address:port`). */
export type Frontends = Map<string, Set<string>>;

function frontendsOfPort({ port }: ResolvedPort): string[] {
  const addresses = [...port.clusterIPs, ...port.externalIPs, ...port.loadBalancerIPs];
  const keys = addresses.map((address) => `${address}:${port.port}`);
  if (port.nodePort) keys.push(`*:${port.nodePort}`);
  return keys;
}

/** Remembers the UDP ways into each Service, so that the flows of those that changed or went can be judged. */
export class UdpFrontends {
  private readonly byService = new Map<string, string[]>();

  /** The frontends that a change touches: old ones that went lead nowhere. */
  update(changed: ResolvedService[]): Frontends {
    const touched: Frontends = new Map();
    for (const service of changed) {
      for (const frontend of this.byService.get(service.key) ?? []) touched.set(frontend, new Set());
      this.byService.delete(service.key);
    }
    for (const service of changed) {
      const own: string[] = [];
      for (const resolved of service.ports) {
        if (resolved.port.protocol !== 'udp') continue;
        const answers = [...resolved.choice.cluster, ...resolved.choice.local].map((endpoint) => `${endpoint.address}:${endpoint.port}`);
        for (const frontend of frontendsOfPort(resolved)) {
          touched.set(frontend, new Set(answers));
          own.push(frontend);
        }
      }
      if (own.length > 0) this.byService.set(service.key, own);
    }
    return touched;
  }
}

/** UDP has no end: a client that keeps its port would be led to an endpoint that is gone, or past a Service that has come. */
export function isStale(flow: Flow, frontends: Frontends, nodeAddresses: ReadonlySet<string>): boolean {
  if (flow.protocol !== UDP) return false;
  const answers = frontends.get(`${flow.destination}:${flow.destinationPort}`)
    ?? (nodeAddresses.has(flow.destination) ? frontends.get(`*:${flow.destinationPort}`) : undefined);
  return answers !== undefined && !answers.has(`${flow.replySource}:${flow.replySourcePort}`);
}
