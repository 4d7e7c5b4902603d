import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../schema/v1.37/types/core-v1.ts';
import { startAgent } from '../agent/agent.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { createClient } from '../client/api-client.ts';
import { createHttpTransport } from '../client/http-transport.ts';
import { InformerSet } from '../client/informer.ts';
import { ENDPOINT_SLICES, NAMESPACES, NETWORK_POLICIES, NODES, PODS, SERVICES } from '../client/resources.ts';
import type { ClusterConfig, NodeConfig } from '../cluster/config.ts';
import { nodeCgroup } from '../cluster/node-cgroup.ts';
import { IMAGES_DIRECTORY, nodePaths, type NodePaths } from '../cluster/paths.ts';
import type { NodeRoute } from '../network/network.ts';
import { startDns } from '../network/dns/dns.ts';
import { parseResolvConf, type DnsSettings } from '../network/dns/resolv-conf.ts';
import { createNodeNetwork } from '../network/node-network/node-network.ts';
import { createPodNetwork } from '../network/pod-network/pod-network.ts';
import { startPolicies } from '../network/policy/policy.ts';
import { startProxy } from '../network/proxy/proxy.ts';
import { createImageService } from '../runtime/images/service.ts';
import { createImageStore } from '../runtime/images/store.ts';
import { createRuncRuntime } from '../runtime/runc/runtime.ts';
import { shareMachineImages } from './images.ts';
import { onceTerminated } from './signals.ts';
import { waitForFile } from './wait-for-file.ts';

const API_SERVER_PORT = 6443;
const MAXIMUM_PODS = 110;

/** A node's own process, until SIGTERM. Runs inside the node's namespaces; the containers go on without it. */
export async function runNode(clusterName: string, nodeName: string): Promise<void> {
  const { config, node } = findNode(clusterName, nodeName);
  const paths = nodePaths(clusterName, nodeName);
  const logger = createLogger(nodeName);
  const store = await createImageStore(IMAGES_DIRECTORY);
  const images = createImageService(store, { node: `${clusterName}.${nodeName}` });
  await shareMachineImages(store, images);
  const [runtime, podNetwork, nodeNetwork] = await Promise.all([
    createRuncRuntime({ root: join(paths.root, 'runtime'), stateDirectory: join(paths.run, 'runtime'), images, logger: logger.child('runtime') }),
    createPodNetwork({ podCidr: node.podCidr, stateDirectory: join(paths.run, 'pod-network'), logger: logger.child('pod-network') }),
    createNodeNetwork({ nodeName, clusterPodCidrs: [config.podCidr], logger: logger.child('node-network') }),
    waitForFile(join(paths.root, 'pki', 'ready')),
  ]);
  const connect = (identity: string, name: string): ReturnType<typeof createClient> => createClient(createHttpTransport({
    server: `https://${config.gateway}:${API_SERVER_PORT}`, certificateAuthority: readPki(paths, 'ca.crt'),
    clientCertificate: readPki(paths, `${identity}.crt`), clientKey: readPki(paths, `${identity}.key`),
  }), name);
  const proxyInformers = new InformerSet(connect('kube-proxy', 'kube-proxy'), logger.child('proxy'));
  followNodes(proxyInformers, nodeNetwork, logger);
  const hostDns = parseResolvConf(readFileSync(paths.resolvConf, 'utf8'));
  const network = startServiceNetwork(config, node, hostDns, proxyInformers, logger);
  const client = connect('kubelet-client', 'kubelet');
  const informers = new InformerSet(client, logger.child('informer'));
  const agent = await startAgent({
    nodeName, client, informers, runtime, images, podNetwork,
    node: { addresses: [node.address], labels: node.labels, podCidr: node.podCidr, capacity: capacityOf(node, paths) },
    paths: { root: paths.root, pods: join(paths.root, 'pods'), logs: '/var/log/pods' },
    tls: { cert: readPki(paths, 'kubelet.crt'), key: readPki(paths, 'kubelet.key'), clientCa: readPki(paths, 'ca.crt') },
    clusterDns: [config.dnsAddress], hostDns, clusterDomain: config.dnsDomain, apiServer: { host: config.kubernetesServiceAddress, port: 443 },
    cgroupRoot: nodeCgroup(clusterName, nodeName), clock: systemClock, random: systemRandom, logger,
  });
  await onceTerminated();
  await agent.stop();
  await (await network).stop();
  process.exit(0);
}

/** Service rules, names and policies. None of them must hold up the node: the API server may be the one that is not there yet. */
async function startServiceNetwork(config: ClusterConfig, node: NodeConfig, hostDns: DnsSettings, informers: InformerSet, logger: Logger): Promise<{ stop(): Promise<void> }> {
  const [services, endpointSlices, nodes] = [informers.for(SERVICES), informers.for(ENDPOINT_SLICES), informers.for(NODES)];
  const [proxy, dns, policies] = await Promise.all([
    startProxy({
      nodeName: node.name, nodeAddresses: [node.address], clusterPodCidrs: [config.podCidr], serviceCidrs: [config.serviceCidr], ownAddresses: [config.dnsAddress],
      services, endpointSlices, nodes, clock: systemClock, logger: logger.child('proxy'),
    }),
    startDns({
      services, endpointSlices, address: config.dnsAddress, domain: config.dnsDomain, ranges: [config.podCidr, config.serviceCidr],
      upstreams: config.options.egress ? hostDns.nameservers : [], logger: logger.child('dns'),
    }),
    startPolicies({
      nodeName: node.name, policies: informers.for(NETWORK_POLICIES), pods: () => informers.for(PODS), namespaces: () => informers.for(NAMESPACES),
      openAddresses: [config.dnsAddress], clock: systemClock, logger: logger.child('policy'),
    }),
  ]);
  return { async stop() { await Promise.all([proxy.stop(), dns.stop(), policies.stop()]); } };
}

/** Keeps the routes to other nodes' pods. */
function followNodes(informers: InformerSet, network: Awaited<ReturnType<typeof createNodeNetwork>>, logger: Logger): void {
  const nodes = informers.for(NODES);
  const routeOf = (node: Node): NodeRoute => ({
    nodeName: node.metadata?.name ?? '', podCidrs: node.spec?.podCIDRs ?? (node.spec?.podCIDR ? [node.spec.podCIDR] : []),
    internalAddress: node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '',
  });
  const update = (): void => {
    const routes = [...nodes.list()].map(routeOf).filter((route) => route.internalAddress && route.podCidrs.length > 0);
    network.setNodeRoutes(routes).catch((error: Error) => logger.error('routes to other nodes could not be set', { error: error.message }));
  };
  const place = (node: Node): string => JSON.stringify(routeOf(node));
  nodes.onEvent({ add: update, delete: update, update: (node, old) => { if (place(node) !== place(old)) update(); } });
}

function findNode(clusterName: string, nodeName: string): { config: ClusterConfig; node: NodeConfig } {
  const config = JSON.parse(readFileSync(nodePaths(clusterName, nodeName).config, 'utf8')) as ClusterConfig;
  const node = config.nodes.find((entry) => entry.name === nodeName);
  if (!node) throw new Error(`there is no node ${nodeName} in cluster ${clusterName}`);
  return { config, node };
}

function readPki(paths: NodePaths, name: string): string {
  return readFileSync(join(paths.root, 'pki', name), 'utf8');
}

function capacityOf(node: NodeConfig, paths: NodePaths): Record<string, string> {
  const disk = statfsSync(paths.root);
  return {
    cpu: Number.isInteger(node.cpus) ? String(node.cpus) : `${Math.round(node.cpus * 1000)}m`, memory: `${Math.floor(node.memoryBytes / 1024)}Ki`,
    pods: String(MAXIMUM_PODS), 'ephemeral-storage': `${Math.floor(disk.blocks * disk.bsize / 1024)}Ki`, 'hugepages-1Gi': '0', 'hugepages-2Mi': '0',
  };
}
