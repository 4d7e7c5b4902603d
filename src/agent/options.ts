import type { Taint } from '../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import type { InformerSet } from '../client/informer.ts';
import type { PodNetwork } from '../network/network.ts';
import type { DnsSettings } from '../network/dns/resolv-conf.ts';
import type { ImageService, Runtime } from '../runtime/runtime.ts';
import type { ResourceList } from './quantities.ts';

export interface NodeOptions {
  /** InternalIP addresses, the primary one first. */
  addresses: string[];
  /** cpu, memory, pods, ephemeral-storage and whatever else the node has. */
  capacity: ResourceList;
  /** By default the capacity. */
  allocatable?: ResourceList;
  labels: Record<string, string>;
  taints?: Taint[];
  podCidr?: string;
}

export interface AgentPaths {
  /** The node's own state: `/var/lib/naru/<cluster>/nodes/<node>`. */
  root: string;
  /** A directory a pod, named by its uid: volumes, hosts file, termination messages. */
  pods: string;
  /** A directory a pod, `<namespace>_<name>_<uid>`: `/var/log/pods` in the node's tree. */
  logs: string;
}

export interface AgentOptions {
  nodeName: string;
  client: Client;
  informers: InformerSet;
  runtime: Runtime;
  images: ImageService;
  podNetwork: PodNetwork;
  node: NodeOptions;
  paths: AgentPaths;
  /** Of the HTTPS server; PEM texts. Clients must show a certificate that `clientCa` signed. */
  tls: { cert: string; key: string; clientCa: string };
  /** Port of the HTTPS server, 10250 by default; 0 takes any free one. */
  port?: number;
  listenAddress?: string;
  clusterDns: string[];
  /** What pods get that ask as their node does; its search domains also come after the cluster's. */
  hostDns: DnsSettings;
  clusterDomain: string;
  /** For KUBERNETES_SERVICE_HOST while the `kubernetes` Service is not known. */
  apiServer: { host: string; port: number };
  /** Cgroup under which `kubepods` is made: `/naru-c1/node1`. */
  cgroupRoot: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Unmount, cgroups and the like; replaced in tests that do not run as root. */
  system?: import('./system.ts').System;
}
