/** The machine's part: the cluster's bridge and the load balancer, in a process inside the namespace that plays the machine. */
import { createLogger } from '../../../src/base/log.ts';
import { startLoadBalancer, type LoadBalancer } from '../../../src/network/load-balancer/load-balancer.ts';
import { machineEffects } from '../../../src/network/load-balancer/machine-routes.ts';
import { createClusterNetwork, type ClusterNetwork } from '../../../src/network/node-network/cluster-network.ts';
import type { Node, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { ListSource, answer } from './sources.ts';

let network: ClusterNetwork;
let balancer: LoadBalancer;
const sources = { services: new ListSource<Service>(), endpointSlices: new ListSource<EndpointSlice>(), nodes: new ListSource<Node>() };
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

answer({
  async create(referenceDirectory: string) {
    network = await createClusterNetwork({ clusterIndex: 7, clusterRanges: ['10.244.0.0/16', '10.96.0.0/16'], referenceDirectory });
    return { gateway: network.gateway, first: network.nodeAddress(1) };
  },
  attachNode: (name: string, path: string, address: string) => network.attachNode(name, path, address),
  detachNode: (name: string) => network.detachNode(name),
  remove: () => network.remove(),
  async startLoadBalancer() {
    balancer = await startLoadBalancer({
      ...sources, pool: '172.30.7.192/26', effects: machineEffects(), logger: createLogger('machine'),
      updateStatus: async (service) => sources.services.set(service),
    });
    await settle();
  },
  stopLoadBalancer: (release: boolean) => balancer.stop({ release }),
  async set(kind: keyof typeof sources, object: never) {
    sources[kind].set(object);
    await settle();
  },
  async forget(kind: keyof typeof sources, object: never) {
    sources[kind].remove(object);
    await settle();
  },
  service: (namespace: string, name: string) => sources.services.get(namespace, name),
});
