import { mkdir } from 'node:fs/promises';
import type { Service } from '../../schema/v1.37/types/core-v1.ts';
import type { ClusterTrustBundle } from '../../schema/v1.37/types/certificates-v1.ts';
import { matchesLabelSelector } from '../api/label-selector.ts';
import { StatusError } from '../api/status.ts';
import { createEventRecorder } from '../client/events.ts';
import { CLUSTER_TRUST_BUNDLES, PODS, SERVICES } from '../client/resources.ts';
import { ImageManager } from './images/image-manager.ts';
import { NodeStatusReporter } from './node/node-reporter.ts';
import { ObjectCache } from './object-cache.ts';
import type { AgentOptions } from './options.ts';
import type { PodContext } from './pod/pod-context.ts';
import { PodManager } from './pod/pod-manager.ts';
import { StatusManager } from './pod/status-manager.ts';
import { wholeUnits } from './quantities.ts';
import { linuxSystem } from './system.ts';
import { PodCertificates } from './volumes/pod-certificate.ts';
import type { TrustBundleQuery } from './volumes/projected.ts';
import { TokenSource } from './volumes/token.ts';

export interface Agent {
  /** Ends the agent; the pods' containers go on. */
  stop(): Promise<void>;
  pods: PodManager;
  /** Of the HTTPS server. */
  port: number;
}

/** Starts the agent of a node: registers it, takes over the containers that run, and follows the pods bound to it. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { client, clock, informers, logger, nodeName, node, paths, system = linuxSystem } = options;
  await Promise.all([mkdir(paths.pods, { recursive: true }), mkdir(paths.logs, { recursive: true }), mkdir(`${paths.root}/memory`, { recursive: true })]);
  // Secrets and tokens live here, never on a disk.
  if (!system.isMounted(`${paths.root}/memory`)) system.mountTmpfs(`${paths.root}/memory`, 'mode=0751');
  const events = createEventRecorder({ client, clock, component: 'kubelet', host: nodeName, random: options.random });
  const objects = new ObjectCache(client, clock, logger.child('objects'));
  const services = informers.for(SERVICES);
  const reporter = new NodeStatusReporter({ ...options, system, events });
  const context: PodContext = {
    nodeName, hostIPs: node.addresses, client, runtime: options.runtime, images: options.images,
    imageManager: new ImageManager(options.images, clock), podNetwork: options.podNetwork, system, objects,
    tokens: new TokenSource(client, clock), certificates: new PodCertificates({ client, clock, random: options.random, events, nodeName }), statuses: new StatusManager(client, clock, logger.child('status')), events, paths,
    cgroupRoot: options.cgroupRoot, clock, random: options.random, logger: logger.child('pods'), startedAt: clock.now(),
    dns: { clusterDns: options.clusterDns, clusterDomain: options.clusterDomain, host: options.hostDns },
    memoryCapacity: wholeUnits(node.capacity['memory']) || 1, allocatable: () => node.allocatable ?? node.capacity,
    services: (namespace): Iterable<Service> => services.list(namespace), apiServer: options.apiServer,
    trustBundles: (query) => trustBundles(options, query),
    resizeFits: (pod) => pods.resizeFits(pod),
  };
  const pods = new PodManager({
    context, informer: informers.for(PODS, { fieldSelector: `spec.nodeName=${nodeName}` }), node: () => reporter.node, unfit: (pod) => reporter.unfit(pod),
  });
  const { startServer } = await import('./server/server.ts');
  const server = await startServer({ ...options, pods, system });
  reporter.serverPort = server.port;
  // Pods are admitted against the node's labels, also those that only the API knows.
  await Promise.all([reporter.start(pods), services.synced()]);
  await pods.start();
  return {
    pods, port: server.port,
    async stop() {
      await reporter.stop();
      pods.stop();
      objects.stop();
      await server.close();
    },
  };
}

async function trustBundles({ client }: AgentOptions, query: TrustBundleQuery): Promise<ClusterTrustBundle[]> {
  if (query.name) {
    return client.get(CLUSTER_TRUST_BUNDLES, undefined, query.name).then((bundle) => [bundle], (error: unknown) => {
      if (error instanceof StatusError && error.code === 404) return [];
      throw error;
    });
  }
  if (!query.labelSelector) return [];
  const { items } = await client.list(CLUSTER_TRUST_BUNDLES, { fieldSelector: `spec.signerName=${query.signerName}` });
  return items.filter((bundle) => matchesLabelSelector(query.labelSelector, bundle.metadata?.labels));
}
