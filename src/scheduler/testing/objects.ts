import type { Container, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import type { CSINode, StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { NominatedPods } from '../framework/nominated-pods.ts';
import { decide, type NoPlacement, type Placement } from '../framework/decide.ts';
import type { FilterPlugin, ScorePlugin } from '../framework/plugin.ts';
import { Cluster, type ClusterObjects } from '../state/cluster.ts';
import { PodInfo } from '../state/pod-info.ts';

/** Short hands for tests: objects with only what a scheduler reads. */
export interface NodeOptions { cpu?: string; memory?: string; pods?: string; labels?: Record<string, string>; more?: Record<string, string>; spec?: Node['spec']; images?: [string, number][] }

export function node(name: string, { cpu = '4', memory = '8Gi', pods = '110', labels = {}, more = {}, spec = {}, images = [] }: NodeOptions = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec,
    status: { allocatable: { cpu, memory, pods, ...more }, images: images.map(([image, sizeBytes]) => ({ names: [image], sizeBytes })) },
  };
}

export interface PodOptions {
  namespace?: string; labels?: Record<string, string>; requests?: Record<string, string>; containers?: Partial<Container>[];
  priority?: number; spec?: Partial<PodSpec>; status?: Pod['status']; metadata?: Pod['metadata'];
}

export function pod(name: string, options: PodOptions = {}): Pod {
  const { namespace = 'default', labels = {}, requests = {}, containers = [{}], priority = 0, spec = {}, status = {}, metadata = {} } = options;
  return {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: `uid-${name}`, labels, ...metadata },
    spec: {
      schedulerName: 'default-scheduler', priority,
      containers: containers.map((container, index) => ({ name: `c${index}`, image: 'app', resources: { requests }, ...container })), ...spec,
    },
    status: { phase: 'Pending', ...status },
  };
}

export interface WorldOptions {
  nodes?: Node[];
  /** Pods that run, by node. */
  running?: Record<string, Pod[]>;
  namespaces?: Record<string, Record<string, string>>;
  services?: Service[];
  owners?: Record<string, LabelSelector>;
  claims?: PersistentVolumeClaim[];
  volumes?: PersistentVolume[];
  classes?: StorageClass[];
  csiNodes?: CSINode[];
  budgets?: PodDisruptionBudget[];
}

export function world(options: WorldOptions): Cluster {
  const { nodes = [], running = {}, namespaces = {}, services = [], owners = {}, claims = [], volumes = [], classes = [], csiNodes = [], budgets = [] } = options;
  const objects: ClusterObjects = {
    namespaceLabels: (namespace) => namespaces[namespace] ?? {},
    services: (namespace) => services.filter((service) => service.metadata?.namespace === namespace),
    ownerSelector: (_namespace, kind, name) => owners[`${kind}/${name}`],
    claim: (namespace, name) => claims.find((claim) => claim.metadata?.namespace === namespace && claim.metadata.name === name),
    volume: (name) => volumes.find((volume) => volume.metadata?.name === name),
    volumes: () => volumes,
    storageClass: (name) => classes.find((each) => each.metadata?.name === name),
    csiNode: (name) => csiNodes.find((each) => each.metadata?.name === name),
    disruptionBudgets: () => budgets,
  };
  const cluster = new Cluster(objects);
  for (const each of nodes) cluster.setNode(each);
  for (const name in running) {
    for (const each of running[name] as Pod[]) cluster.addPod(new PodInfo({ ...each, spec: { ...each.spec, nodeName: name } as PodSpec }), name);
  }
  return cluster;
}

/** What one filter says of every node: '' where it takes the pod, else its reasons; the rejection's reasons under `*`. */
export function filtered(plugin: FilterPlugin, newcomer: Pod, cluster: Cluster): Record<string, string> {
  const preparation = plugin.prepare(new PodInfo(newcomer), cluster);
  if (!preparation) return {};
  if ('rejection' in preparation) return { '*': preparation.rejection.reasons.join(', ') };
  return Object.fromEntries(cluster.nodes.map((each) => [each.name, preparation.filter(each)?.reasons.join(', ') ?? '']));
}

/** What one score plugin gives every node, brought to 0..100; {} when it has no say. */
export function scored(plugin: ScorePlugin, newcomer: Pod, cluster: Cluster): Record<string, number> {
  const scorer = plugin.prepare(new PodInfo(newcomer), cluster, cluster.nodes);
  if (!scorer) return {};
  const scores = cluster.nodes.map((each) => scorer.score(each));
  scorer.normalize?.(scores, cluster.nodes);
  return Object.fromEntries(cluster.nodes.map((each, index) => [each.name, scores[index] as number]));
}

export function decided(newcomer: Pod, cluster: Cluster, nominated = new NominatedPods()): Placement | NoPlacement {
  return decide({ pod: new PodInfo(newcomer), cluster, nominated, start: 0, fraction: () => 0 });
}

/** The node's name, or the message. */
export function outcome(newcomer: Pod, cluster: Cluster, nominated?: NominatedPods): string {
  const decision = decided(newcomer, cluster, nominated);
  return decision.kind === 'placed' ? decision.node.name : decision.message;
}
