import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { CommandError } from '../base/command-error.ts';
import type { ApiServerFlagValues } from './api-server-flags.ts';
import { cpus, networkInterfaces, totalmem } from 'node:os';
import { CLUSTERS_DIRECTORY, clusterPaths } from './paths.ts';

export interface NodeConfig {
  name: string;
  /** On the cluster's bridge. */
  address: string;
  podCidr: string;
  cpus: number;
  memoryBytes: number;
  labels: Record<string, string>;
}

export interface ClusterConfig {
  name: string;
  /** Tells the clusters of one machine apart: bridge `naru-<index>`, node network 172.30.<index>.0/24. */
  index: number;
  /** Of the API server on 127.0.0.1. */
  apiPort: number;
  gateway: string;
  nodeNetwork: string;
  loadBalancerPool: string;
  podCidr: string;
  serviceCidr: string;
  kubernetesServiceAddress: string;
  dnsAddress: string;
  dnsDomain: string;
  nodes: NodeConfig[];
  /** On at the start; later the cluster itself knows. */
  addons: string[];
  options: { allowDuplicatePorts: boolean; egress: boolean; apiServer?: ApiServerFlagValues };
}

export interface NewCluster {
  name: string; nodes: number; nodeCpus?: number; nodeMemoryBytes?: number; addons: string[]; allowDuplicatePorts: boolean; egress: boolean;
}

const FIRST_API_PORT = 16443;
const MAXIMUM_CLUSTERS = 200;
const NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/;

export function listClusters(): ClusterConfig[] {
  if (!existsSync(CLUSTERS_DIRECTORY)) return [];
  return readdirSync(CLUSTERS_DIRECTORY).sort().map(loadCluster).filter((config) => config !== undefined);
}

export function loadCluster(name: string): ClusterConfig | undefined {
  const file = clusterPaths(name).config;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterConfig) : undefined;
}

export function saveCluster(config: ClusterConfig): void {
  const paths = clusterPaths(config.name);
  mkdirSync(paths.root, { recursive: true, mode: 0o700 });
  writeFileSync(`${paths.config}.new`, JSON.stringify(config, undefined, 2) + '\n');
  renameSync(`${paths.config}.new`, paths.config);
}

/** Describes a new cluster; throws when the name is no good or taken. */
export function describeCluster(request: NewCluster, existing: ClusterConfig[]): ClusterConfig {
  checkName('cluster', request.name);
  if (request.nodes < 1 || request.nodes > 100) throw new CommandError(`a cluster has 1 to 100 nodes, not ${request.nodes}`);
  const taken = new Set([...existing.map((cluster) => cluster.index), ...bridgesOfMachine()]);
  let index = 1;
  while (taken.has(index)) index++;
  if (index > MAXIMUM_CLUSTERS) throw new CommandError(`there are ${existing.length} clusters already; end one with: naru down --name NAME`);
  const config: ClusterConfig = {
    name: request.name, index, apiPort: FIRST_API_PORT + index - 1,
    gateway: `172.30.${index}.1`, nodeNetwork: `172.30.${index}.0/24`, loadBalancerPool: `172.30.${index}.192/26`,
    podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16', kubernetesServiceAddress: '10.96.0.1', dnsAddress: '10.96.0.10',
    dnsDomain: 'cluster.local', nodes: [], addons: request.addons,
    options: { allowDuplicatePorts: request.allowDuplicatePorts, egress: request.egress },
  };
  for (let number = 1; number <= request.nodes; number++) addNode(config, `node${number}`, request.nodeCpus, request.nodeMemoryBytes);
  return config;
}

/** Indexes that clusters of this machine use, of other state folders too. */
function bridgesOfMachine(): number[] {
  return readdirSync('/sys/class/net').flatMap((name) => /^naru-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

/** Gives the node the first free address and pod range; changes `config`. */
export function addNode(config: ClusterConfig, name: string, nodeCpus?: number, nodeMemoryBytes?: number): NodeConfig {
  checkName('node', name);
  if (config.nodes.some((node) => node.name === name)) throw new CommandError(`cluster ${config.name} has a node ${name} already`);
  const used = new Set(config.nodes.map((node) => Number(node.address.split('.')[3])));
  let host = 11;
  while (used.has(host)) host++;
  if (host > 190) throw new CommandError(`cluster ${config.name} is full: no address for another node`);
  const node: NodeConfig = {
    name, address: `172.30.${config.index}.${host}`, podCidr: `10.244.${host - 11}.0/24`,
    cpus: nodeCpus ?? cpus().length, memoryBytes: nodeMemoryBytes ?? totalmem(),
    labels: { hostname: name },
  };
  config.nodes.push(node);
  return node;
}

export function nextNodeName(config: ClusterConfig): string {
  let number = 1;
  while (config.nodes.some((node) => node.name === `node${number}`)) number++;
  return `node${number}`;
}

function checkName(what: string, name: string): void {
  if (!NAME.test(name)) throw new CommandError(`${JSON.stringify(name)} cannot name a ${what}: use up to 32 lower-case letters, digits and '-'`);
}
