import type { Node } from '../../../schema/v1.37/types/core-v1.ts';
import type { HostPort, PodInfo } from './pod-info.ts';
import { toResources, type Resources } from './pod-resources.ts';

/** `web` and `web:latest` are one image. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}

function add(sum: Resources, more: Resources, sign: 1 | -1): void {
  for (const [name, value] of more) sum.set(name, (sum.get(name) ?? 0) + sign * value);
}

const portKey = (port: HostPort): string => `${port.protocol}/${port.port}`;

/** A node with the pods on it (also those just placed there) and the sums that plugins ask for. */
export class NodeInfo {
  node: Node;
  name: string;
  labels: Record<string, string> = {};
  allocatable: Resources = new Map();
  /** Normalised name -> bytes. */
  images = new Map<string, number>();
  readonly requested: Resources = new Map();
  readonly scoredRequested: Resources = new Map();
  readonly pods = new Map<string, PodInfo>();
  readonly podsByNamespace = new Map<string, Set<PodInfo>>();
  readonly podsWithTerms = new Set<PodInfo>();
  readonly podsWithRequiredAntiAffinity = new Set<PodInfo>();
  /** `TCP/80` -> host addresses in use, with how often. */
  private readonly ports = new Map<string, Map<string, number>>();

  constructor(node: Node) {
    this.node = node;
    this.name = node.metadata?.name ?? '';
    this.setNode(node);
  }

  setNode(node: Node): void {
    this.node = node;
    this.labels = node.metadata?.labels ?? {};
    this.allocatable = toResources(node.status?.allocatable);
    this.images = new Map();
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) this.images.set(normalizedImageName(name), image.sizeBytes ?? 0);
    }
  }

  addPod(pod: PodInfo): void {
    this.removePod(pod.key);
    this.pods.set(pod.key, pod);
    add(this.requested, pod.requests, 1);
    add(this.scoredRequested, pod.scoredRequests, 1);
    const space = this.podsByNamespace.get(pod.namespace);
    if (space) space.add(pod);
    else this.podsByNamespace.set(pod.namespace, new Set([pod]));
    if (pod.hasAffinityTerms()) this.podsWithTerms.add(pod);
    if (pod.terms.requiredAntiAffinity.length > 0) this.podsWithRequiredAntiAffinity.add(pod);
    for (const port of pod.hostPorts) {
      const addresses = this.ports.get(portKey(port)) ?? new Map<string, number>();
      addresses.set(port.hostIP, (addresses.get(port.hostIP) ?? 0) + 1);
      this.ports.set(portKey(port), addresses);
    }
  }

  removePod(key: string): PodInfo | undefined {
    const pod = this.pods.get(key);
    if (!pod) return undefined;
    this.pods.delete(key);
    add(this.requested, pod.requests, -1);
    add(this.scoredRequested, pod.scoredRequests, -1);
    const space = this.podsByNamespace.get(pod.namespace);
    space?.delete(pod);
    if (space?.size === 0) this.podsByNamespace.delete(pod.namespace);
    this.podsWithTerms.delete(pod);
    this.podsWithRequiredAntiAffinity.delete(pod);
    for (const port of pod.hostPorts) {
      const addresses = this.ports.get(portKey(port));
      const count = (addresses?.get(port.hostIP) ?? 1) - 1;
      if (count > 0) addresses?.set(port.hostIP, count);
      else addresses?.delete(port.hostIP);
      if (addresses?.size === 0) this.ports.delete(portKey(port));
    }
    return pod;
  }

  /** One address conflicts with itself and with "all addresses". */
  portInUse(port: HostPort): boolean {
    const addresses = this.ports.get(portKey(port));
    if (!addresses) return false;
    return port.hostIP === '0.0.0.0' || addresses.has('0.0.0.0') || addresses.has(port.hostIP);
  }
}
