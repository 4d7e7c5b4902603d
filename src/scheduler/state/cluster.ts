import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import type { CSINode, StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** Objects that plugins read besides nodes and pods. */
export interface ClusterObjects {
  namespaceLabels(namespace: string): Record<string, string> | undefined;
  services(namespace: string): Iterable<Service>;
  /** The selector of the ReplicaSet, StatefulSet or ReplicationController that owns a pod. */
  ownerSelector(namespace: string, kind: string, name: string): LabelSelector | undefined;
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): Iterable<PersistentVolume>;
  storageClass(name: string): StorageClass | undefined;
  csiNode(name: string): CSINode | undefined;
  disruptionBudgets(): Iterable<PodDisruptionBudget>;
}

/**
 * All nodes with their pods, kept up by single changes. A scheduling cycle runs without a pause in one turn of the event
 * loop, so it reads this directly: there is no snapshot to take.
 */
export class Cluster {
  readonly objects: ClusterObjects;
  readonly nodes: NodeInfo[] = [];
  readonly nodesWithTerms = new Set<NodeInfo>();
  readonly nodesWithRequiredAntiAffinity = new Set<NodeInfo>();
  /** Image -> number of nodes that have it. */
  readonly imageNodes = new Map<string, number>();
  /** `namespace/claim` -> pods that use it, by key. */
  readonly claimUsers = new Map<string, Set<string>>();
  /** Volumes that a pod on its way to a node is going to bind: volume -> `namespace/claim`. */
  readonly assumedVolumes = new Map<string, string>();
  /** Claims of such pods: `namespace/claim` -> node. */
  readonly assumedClaims = new Map<string, string>();
  private readonly byName = new Map<string, NodeInfo>();
  private readonly nodeOfPod = new Map<string, string>();
  /** Pods on nodes that are not known (yet). */
  private readonly homeless = new Map<string, Map<string, PodInfo>>();

  constructor(objects: ClusterObjects) {
    this.objects = objects;
  }

  node(name: string): NodeInfo | undefined { return this.byName.get(name); }
  get podCount(): number { return this.nodeOfPod.size; }

  setNode(node: Node): NodeInfo {
    const name = node.metadata?.name ?? '';
    let info = this.byName.get(name);
    if (info) {
      this.countImages(info, -1);
      info.setNode(node);
    } else {
      info = new NodeInfo(node);
      this.byName.set(name, info);
      this.nodes.push(info);
      for (const pod of this.homeless.get(name)?.values() ?? []) info.addPod(pod);
      this.homeless.delete(name);
      this.noteTerms(info);
    }
    this.countImages(info, 1);
    return info;
  }

  removeNode(name: string): void {
    const info = this.byName.get(name);
    if (!info) return;
    this.byName.delete(name);
    this.nodes.splice(this.nodes.indexOf(info), 1);
    this.nodesWithTerms.delete(info);
    this.nodesWithRequiredAntiAffinity.delete(info);
    this.countImages(info, -1);
    if (info.pods.size > 0) this.homeless.set(name, new Map(info.pods));
  }

  /** Puts the pod on the node, or moves it there. */
  addPod(pod: PodInfo, nodeName: string): void {
    if (this.nodeOfPod.has(pod.key)) this.removePod(pod.key);
    this.nodeOfPod.set(pod.key, nodeName);
    for (const claim of pod.claims) {
      const id = `${pod.namespace}/${claim.name}`;
      const users = this.claimUsers.get(id);
      if (users) users.add(pod.key);
      else this.claimUsers.set(id, new Set([pod.key]));
    }
    const info = this.byName.get(nodeName);
    if (!info) {
      const pods = this.homeless.get(nodeName) ?? new Map<string, PodInfo>();
      this.homeless.set(nodeName, pods.set(pod.key, pod));
      return;
    }
    info.addPod(pod);
    this.noteTerms(info);
  }

  removePod(key: string): PodInfo | undefined {
    const nodeName = this.nodeOfPod.get(key);
    if (nodeName === undefined) return undefined;
    this.nodeOfPod.delete(key);
    const info = this.byName.get(nodeName);
    let pod = info?.removePod(key);
    if (info) this.noteTerms(info);
    else {
      const pods = this.homeless.get(nodeName);
      pod = pods?.get(key);
      pods?.delete(key);
      if (pods?.size === 0) this.homeless.delete(nodeName);
    }
    for (const claim of pod?.claims ?? []) {
      const id = `${(pod as PodInfo).namespace}/${claim.name}`;
      const users = this.claimUsers.get(id);
      users?.delete(key);
      if (users?.size === 0) this.claimUsers.delete(id);
    }
    return pod;
  }

  nodeNameOf(podKey: string): string | undefined { return this.nodeOfPod.get(podKey); }

  private noteTerms(info: NodeInfo): void {
    if (info.podsWithTerms.size > 0) this.nodesWithTerms.add(info);
    else this.nodesWithTerms.delete(info);
    if (info.podsWithRequiredAntiAffinity.size > 0) this.nodesWithRequiredAntiAffinity.add(info);
    else this.nodesWithRequiredAntiAffinity.delete(info);
  }

  private countImages(info: NodeInfo, sign: 1 | -1): void {
    for (const image of info.images.keys()) {
      const count = (this.imageNodes.get(image) ?? 0) + sign;
      if (count > 0) this.imageNodes.set(image, count);
      else this.imageNodes.delete(image);
    }
  }
}
