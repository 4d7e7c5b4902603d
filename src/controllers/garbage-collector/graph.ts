import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** What garbage collection knows of an object. */
export interface GraphNode {
  uid: string; type: ResourceType<KubernetesObject>; namespace: string; name: string;
  owners: OwnerReference[];
  dependents: Set<GraphNode>;
  deleting: boolean; finalizers: string[];
}

/** Who owns whom, kept up to date event by event. Pure: it decides nothing and writes nothing. */
export class OwnerGraph {
  private readonly nodes = new Map<string, GraphNode>();
  /** Objects that name an owner which was never seen, by that owner's uid. */
  private readonly waiting = new Map<string, Set<GraphNode>>();

  get(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }

  /** Takes a new state in; returns the node. */
  put(type: ResourceType<KubernetesObject>, object: KubernetesObject): GraphNode {
    const metadata = object.metadata ?? {};
    const uid = metadata.uid ?? '';
    let node = this.nodes.get(uid);
    if (!node) {
      node = { uid, type, namespace: metadata.namespace ?? '', name: metadata.name ?? '', owners: [], dependents: this.waiting.get(uid) ?? new Set(), deleting: false, finalizers: [] };
      this.waiting.delete(uid);
      this.nodes.set(uid, node);
    }
    const owners = metadata.ownerReferences ?? [];
    for (const owner of node.owners) if (!owners.some((other) => other.uid === owner.uid)) this.part(owner.uid, node);
    for (const owner of owners) this.dependentsOf(owner.uid).add(node);
    node.owners = owners;
    node.deleting = Boolean(metadata.deletionTimestamp);
    node.finalizers = metadata.finalizers ?? [];
    return node;
  }

  /** Forgets an object; returns the node with those that depended on it. */
  delete(uid: string): GraphNode | undefined {
    const node = this.nodes.get(uid);
    if (!node) return undefined;
    this.nodes.delete(uid);
    for (const owner of node.owners) this.part(owner.uid, node);
    if (node.dependents.size > 0) this.waiting.set(uid, node.dependents);
    return node;
  }

  /** An owner that was never seen is forgotten with the last that named it. */
  private part(ownerUid: string, node: GraphNode): void {
    const dependents = this.nodes.get(ownerUid)?.dependents ?? this.waiting.get(ownerUid);
    dependents?.delete(node);
    if (dependents?.size === 0) this.waiting.delete(ownerUid);
  }

  private dependentsOf(uid: string): Set<GraphNode> {
    const owner = this.nodes.get(uid);
    if (owner) return owner.dependents;
    let set = this.waiting.get(uid);
    if (!set) this.waiting.set(uid, (set = new Set()));
    return set;
  }

  /** Dependents that hold back an owner which is deleted in the foreground. */
  blockingDependents(node: GraphNode): GraphNode[] {
    return [...node.dependents].filter((dependent) => dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion));
  }
}

export function waitsForDependents(node: GraphNode): boolean {
  return node.deleting && node.finalizers.includes(FOREGROUND_FINALIZER);
}

export interface OwnerStates { solid: OwnerReference[]; dangling: OwnerReference[]; waiting: OwnerReference[] }

export type Verdict =
  | { action: 'keep' }
  /** The object has another owner that lives: only the references to the others go. */
  | { action: 'unlink'; uids: string[] }
  | { action: 'delete'; policy: 'Orphan' | 'Foreground' | 'Background'; unblock: boolean };

/** What becomes of an object, given what became of its owners. */
export function judge(node: GraphNode, owners: OwnerStates): Verdict {
  if (owners.solid.length > 0) {
    const gone = [...owners.dangling, ...owners.waiting].map((owner) => owner.uid);
    return gone.length > 0 ? { action: 'unlink', uids: gone } : { action: 'keep' };
  }
  if (owners.waiting.length > 0 && node.dependents.size > 0) {
    // Two that wait for each other would wait for ever: the one looked at no longer holds its owner back.
    const circle = [...node.dependents].some((dependent) => waitsForDependents(dependent));
    return { action: 'delete', policy: 'Foreground', unblock: circle };
  }
  if (node.finalizers.includes(ORPHAN_FINALIZER)) return { action: 'delete', policy: 'Orphan', unblock: false };
  return { action: 'delete', policy: node.finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background', unblock: false };
}
