import type { NodeRoute } from '../network.ts';
import { isIPv6 } from '../cidr.ts';

/** What a node keeps about the others: routes to their pods, and their addresses, to which pods speak in their own name. */
export interface NodeNetworkState {
  /** Pod range -> the address of its node. */
  routes: Map<string, string>;
  addresses: Set<string>;
}

export interface NodeNetworkChange {
  replaceRoutes: [range: string, gateway: string][];
  deleteRoutes: string[];
  addAddresses: string[];
  deleteAddresses: string[];
}

/** The state that belongs to these nodes, seen from `ownName`. */
export function desiredState(ownName: string, nodes: Iterable<NodeRoute>): NodeNetworkState {
  const routes = new Map<string, string>();
  const addresses = new Set<string>();
  for (const node of nodes) {
    if (!node.internalAddress || isIPv6(node.internalAddress)) continue;
    addresses.add(node.internalAddress);
    if (node.nodeName === ownName) continue;
    for (const range of node.podCidrs) if (!isIPv6(range)) routes.set(range, node.internalAddress);
  }
  return { routes, addresses };
}

export function changeBetween(current: NodeNetworkState, desired: NodeNetworkState): NodeNetworkChange {
  return {
    replaceRoutes: [...desired.routes].filter(([range, gateway]) => current.routes.get(range) !== gateway),
    deleteRoutes: [...current.routes.keys()].filter((range) => !desired.routes.has(range)),
    addAddresses: [...desired.addresses].filter((address) => !current.addresses.has(address)),
    deleteAddresses: [...current.addresses].filter((address) => !desired.addresses.has(address)),
  };
}
