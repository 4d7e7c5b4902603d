import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { deleteRoute, replaceRoute } from '../../linux/netlink-route.ts';
import { RouteSocket } from '../../linux/netlink.ts';
import { PROXY_HEALTH_PORT } from '../proxy/health-server.ts';

/** What the load balancer does outside the cluster. */
export interface LoadBalancerEffects {
  /** Sends packets for `address` to one of the gateways, by connection; with none, refuses them. */
  route(address: string, gateways: string[]): void;
  unroute(address: string): void;
  /** Addresses with a route of ours, also from an earlier life. */
  routed(): string[];
  /** Whether the node at this address answers. */
  probe(address: string): Promise<boolean>;
}

const PROBE_MILLISECONDS = 400;

function setSysctl(name: string, value: string): void {
  const path = `/proc/sys/net/ipv4/${name}`;
  if (readFileSync(path, 'utf8').trim() !== value) writeFileSync(path, value);
}

/** Routes in the main table of the namespace this process is in: the machine, or a router in front of the nodes. */
export function machineEffects(): LoadBalancerEffects {
  let prepared = false;
  const withRoutes = (action: (routes: RouteSocket) => void): void => {
    const routes = RouteSocket.open();
    try {
      action(routes);
    } finally {
      routes.close();
    }
  };
  return {
    route(address, gateways) {
      if (!prepared) {
        // Choose by ports too, and never a neighbour that is known to be dead.
        setSysctl('fib_multipath_hash_policy', '1');
        setSysctl('fib_multipath_use_neigh', '1');
        prepared = true;
      }
      const destination = `${address}/32`;
      const route = gateways.length > 0 ? { destination, nextHops: gateways.map((gateway) => ({ gateway })) } : { destination, type: 'unreachable' as const };
      withRoutes((routes) => routes.apply([replaceRoute(route)]));
    },
    unroute(address) {
      withRoutes((routes) => routes.apply([deleteRoute({ destination: `${address}/32` })], 'ESRCH'));
    },
    routed() {
      const addresses: string[] = [];
      withRoutes((routes) => {
        for (const { destination } of routes.ownRoutes()) if (destination.endsWith('/32')) addresses.push(destination.slice(0, -3));
      });
      return addresses;
    },
    probe: (address) => new Promise((resolve) => {
      const socket = connect(PROXY_HEALTH_PORT, address);
      const finish = (isUp: boolean): void => { socket.destroy(); resolve(isUp); };
      socket.setTimeout(PROBE_MILLISECONDS, () => finish(false));
      socket.on('connect', () => finish(true));
      socket.on('error', () => finish(false));
    }),
  };
}
