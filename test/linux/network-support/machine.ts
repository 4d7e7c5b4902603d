/** The machine's part: the cluster's bridge, in a process inside the namespace that plays the machine. */
import { createClusterNetwork, type ClusterNetwork } from '../../../src/network/node-network/cluster-network.ts';
import { answer } from './sources.ts';

let network: ClusterNetwork;

answer({
  async create(referenceDirectory: string) {
    network = await createClusterNetwork({ clusterIndex: 7, clusterRanges: ['10.244.0.0/16', '10.96.0.0/16'], referenceDirectory });
    return { gateway: network.gateway, first: network.nodeAddress(1) };
  },
  attachNode: (name: string, path: string, address: string) => network.attachNode(name, path, address),
  detachNode: (name: string) => network.detachNode(name),
  remove: () => network.remove(),
});
