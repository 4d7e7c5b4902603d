/** The network's part of a node agent, in a process of its own inside the node's namespace, driven over IPC. */
import { systemClock } from '../../../src/base/clock.ts';
import { createLogger } from '../../../src/base/log.ts';
import { Nftables } from '../../../src/linux/nftables.ts';
import type { NodeRoute, PodNetwork, PodNetworkRequest } from '../../../src/network/network.ts';
import { startDns, type DnsServer } from '../../../src/network/dns/dns.ts';
import { createNodeNetwork, type NodeNetwork } from '../../../src/network/node-network/node-network.ts';
import { createPodNetwork } from '../../../src/network/pod-network/pod-network.ts';
import { startPolicies } from '../../../src/network/policy/policy.ts';
import { startProxy, type ServiceProxy } from '../../../src/network/proxy/proxy.ts';
import { ListSource, answer } from './sources.ts';
import type { Namespace, Node, Pod, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { NetworkPolicy } from '../../../schema/v1.37/types/networking-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';

const logger = createLogger('agent');
const services = new ListSource<Service>();
const endpointSlices = new ListSource<EndpointSlice>();
const nodes = new ListSource<Node>();
let nodeNetwork: NodeNetwork;
let podNetwork: PodNetwork;
let proxy: ServiceProxy;
let dns: DnsServer;
const pods = new ListSource<Pod>();
const namespaces = new ListSource<Namespace>();
const policies = new ListSource<NetworkPolicy>();
const sources = { services, endpointSlices, nodes, pods, namespaces, policies };

answer({
  async start(options: { nodeName: string; address: string; podCidr: string; stateDirectory: string }) {
    const clusterPodCidrs = ['10.244.0.0/16'];
    nodeNetwork = await createNodeNetwork({ nodeName: options.nodeName, clusterPodCidrs, logger });
    podNetwork = await createPodNetwork({ podCidr: options.podCidr, stateDirectory: options.stateDirectory, logger });
    proxy = await startProxy({
      nodeName: options.nodeName, services, endpointSlices, nodes, clock: systemClock, logger,
      nodeAddresses: [options.address], clusterPodCidrs, serviceCidrs: ['10.96.0.0/16'], ownAddresses: ['10.96.0.10'],
    });
  },
  async startDns(upstreams: string[] = []) {
    dns = await startDns({ services, endpointSlices, address: '10.96.0.10', domain: 'cluster.local', ranges: ['10.96.0.0/16', '10.244.0.0/16'], upstreams, logger });
  },
  async startPolicies(nodeName: string) {
    await startPolicies({ nodeName, policies, pods: () => pods, namespaces: () => namespaces, openAddresses: ['10.96.0.10'], clock: systemClock, logger });
  },
  /** What an administrator may do by mistake. */
  async flushRules() {
    const rules = new Nftables();
    await rules.run('flush ruleset');
    await rules.close();
  },
  stopDns: () => dns.stop(),
  routes: (routes: NodeRoute[]) => nodeNetwork.setNodeRoutes(routes),
  async attach(request: PodNetworkRequest) {
    const before = performance.now();
    const { addresses } = await podNetwork.attach(request);
    return { addresses, milliseconds: performance.now() - before };
  },
  detach: (sandboxId: string) => podNetwork.detach(sandboxId),
  attached: () => [...podNetwork.attached()],
  async set(kind: keyof typeof sources, object: never) {
    const before = performance.now();
    sources[kind].set(object);
    await proxy.settled();
    return performance.now() - before;
  },
  async remove(kind: keyof typeof sources, object: never) {
    sources[kind].remove(object);
    await proxy.settled();
  },
  /** What is known before the start, as of an informer that has synced. */
  preset(kind: keyof typeof sources, objects: never[]) {
    for (const object of objects) sources[kind].set(object);
  },
  async bulk(kind: keyof typeof sources, objects: never[]) {
    for (const object of objects) sources[kind].set(object);
    await proxy.settled();
  },
});
