import type { PodInfo } from '../state/pod-info.ts';

/** Pods for which others are making room, by the node that is to have them. */
export class NominatedPods {
  private readonly byNode = new Map<string, Map<string, PodInfo>>();
  private readonly nodeOf = new Map<string, string>();

  set(pod: PodInfo, nodeName: string): void {
    this.delete(pod.key);
    if (!nodeName) return;
    this.nodeOf.set(pod.key, nodeName);
    const pods = this.byNode.get(nodeName) ?? new Map<string, PodInfo>();
    this.byNode.set(nodeName, pods.set(pod.key, pod));
  }

  delete(key: string): void {
    const nodeName = this.nodeOf.get(key);
    if (nodeName === undefined) return;
    this.nodeOf.delete(key);
    const pods = this.byNode.get(nodeName);
    pods?.delete(key);
    if (pods?.size === 0) this.byNode.delete(nodeName);
  }

  nodeNameOf(key: string): string | undefined { return this.nodeOf.get(key); }

  on(nodeName: string): PodInfo[] {
    return [...(this.byNode.get(nodeName)?.values() ?? [])];
  }

  /** Those that `pod` may not take the place of: of its priority or above. */
  ahead(pod: PodInfo, nodeName: string): PodInfo[] {
    const pods = this.byNode.get(nodeName);
    if (!pods) return [];
    return [...pods.values()].filter((other) => other.key !== pod.key && other.priority >= pod.priority);
  }
}
