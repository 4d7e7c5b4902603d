import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { discoverResources, onResourcesChanged, type AnyResource } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { FOREGROUND_FINALIZER, judge, ORPHAN_FINALIZER, OwnerGraph, waitsForDependents, type GraphNode, type OwnerStates } from './graph.ts';

/** Objects that change all the time and own nothing. */
const IGNORED = new Set(['events', 'leases']);
/** Owners that were found gone, so that a thousand dependents do not ask a thousand times. */
const ABSENT_LIMIT = 2_000;
const LONGEST_WAIT_MILLISECONDS = 30_000;

/** Deletes what its owners left behind, and carries out foreground and orphan deletion. */
export function startGarbageCollector(context: ControllerContext): RunningController {
  const { client, logger } = context;
  const graph = new OwnerGraph();
  const absent = new Set<string>();
  const watched = new Map<string, { type: AnyResource; stop: () => void }>();
  let types: AnyResource[] = [];
  let complete = false;
  const queue = new WorkQueue(collect, { name: 'garbage-collector', logger, workers: 20, clock: context.clock });

  const stopDiscovery = onResourcesChanged(context, refresh);

  async function refresh(): Promise<void> {
    types = await discoverResources(context);
    const wanted = new Map(types.filter((type) => !IGNORED.has(type.resource)).map((type) => [`${type.group}/${type.version}/${type.resource}`, type]));
    for (const [key, { stop, type }] of watched) if (!wanted.has(key)) { stop(); watched.delete(key); context.informers.drop(type); }
    // One kind that cannot be listed (its conversion fails, say) must not keep all others from being collected.
    const late = new Promise<void>((resolve) => { context.clock.after(LONGEST_WAIT_MILLISECONDS, resolve); });
    await Promise.all([...wanted].map(async ([key, type]) => {
      if (watched.has(key)) return;
      const informer = context.informers.for(type);
      watched.set(key, { type, stop: informer.onEvent({ add: (object) => seen(type, object), update: (object) => seen(type, object), delete: gone }) });
      await Promise.race([informer.synced(), late]);
    }));
    complete = true;
  }

  function seen(type: ResourceType<KubernetesObject>, object: KubernetesObject): void {
    const node = graph.put(type, object);
    if (waitsForDependents(node)) for (const dependent of node.dependents) queue.add(dependent.uid);
    if (node.owners.length > 0 || (node.deleting && (node.finalizers.includes(FOREGROUND_FINALIZER) || node.finalizers.includes(ORPHAN_FINALIZER)))) queue.add(node.uid);
    // A dependent that no longer holds its owner back may set that owner free.
    for (const owner of node.owners) {
      const ownerNode = graph.get(owner.uid);
      if (ownerNode && waitsForDependents(ownerNode)) queue.add(ownerNode.uid);
    }
  }

  function gone(object: KubernetesObject): void {
    const node = graph.delete(object.metadata?.uid ?? '');
    if (!node) return;
    noteAbsent(node.namespace, node.uid);
    for (const dependent of node.dependents) queue.add(dependent.uid);
    for (const owner of node.owners) if (graph.get(owner.uid)) queue.add(owner.uid);
  }

  function noteAbsent(namespace: string, uid: string): void {
    absent.add(`${namespace}/${uid}`);
    if (absent.size > ABSENT_LIMIT) absent.delete(absent.values().next().value as string);
  }

  async function collect(uid: string): Promise<void> {
    const node = graph.get(uid);
    if (!node) return;
    if (!complete) return queue.addAfter(uid, 100);
    if (node.deleting && node.finalizers.includes(ORPHAN_FINALIZER)) return orphan(node);
    if (waitsForDependents(node)) return finishForeground(node);
    if (node.deleting || node.owners.length === 0) return;
    const owners = await ownerStates(node);
    const verdict = judge(node, owners);
    if (verdict.action === 'keep') return;
    if (verdict.action === 'unlink') return unlink(node, verdict.uids);
    if (verdict.unblock) await unblock(node);
    await client.delete(node.type, node.namespace || undefined, node.name, { propagationPolicy: verdict.policy, preconditions: { uid: node.uid } }).catch(unlessChanged);
  }

  async function ownerStates(node: GraphNode): Promise<OwnerStates> {
    const states: OwnerStates = { solid: [], dangling: [], waiting: [] };
    for (const owner of node.owners) {
      const ownerNode = graph.get(owner.uid);
      if (ownerNode && (ownerNode.namespace === '' || ownerNode.namespace === node.namespace)) {
        if (waitsForDependents(ownerNode)) states.waiting.push(owner);
        else states.solid.push(owner);
      } else if (await isGone(owner, node.namespace)) states.dangling.push(owner);
      else states.solid.push(owner);
    }
    return states;
  }

  /** Asks the server: the graph may be behind. A kind that nobody serves now may come back, so it counts as there. */
  async function isGone(owner: OwnerReference, namespace: string): Promise<boolean> {
    // By namespace: that there is no such owner in one says nothing of another.
    if (absent.has(`${namespace}/${owner.uid}`) || absent.has(`/${owner.uid}`)) return true;
    const group = owner.apiVersion.includes('/') ? (owner.apiVersion.split('/')[0] as string) : '';
    const type = types.find((candidate) => candidate.group === group && candidate.kind === owner.kind);
    if (!type) return false;
    if (type.namespaced && !namespace) return false;
    try {
      const found = await client.get(type, type.namespaced ? namespace : undefined, owner.name);
      if (found.metadata?.uid === owner.uid) return false;
    } catch (error) {
      if ((error as { code?: number }).code !== 404) throw error;
    }
    noteAbsent(type.namespaced ? namespace : '', owner.uid);
    return true;
  }

  async function unlink(node: GraphNode, uids: string[]): Promise<void> {
    const ownerReferences = node.owners.filter((owner) => !uids.includes(owner.uid));
    await patchMetadata(node, { ownerReferences });
  }

  async function unblock(node: GraphNode): Promise<void> {
    await patchMetadata(node, { ownerReferences: node.owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })) });
  }

  async function finishForeground(node: GraphNode): Promise<void> {
    const blocking = graph.blockingDependents(node);
    for (const dependent of node.dependents) queue.add(dependent.uid);
    if (blocking.length === 0) await dropFinalizer(node, FOREGROUND_FINALIZER);
  }

  async function orphan(node: GraphNode): Promise<void> {
    await Promise.all([...node.dependents].map((dependent) => unlink(dependent, [node.uid])));
    await dropFinalizer(node, ORPHAN_FINALIZER);
  }

  async function dropFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const fresh = await client.get(node.type, node.namespace || undefined, node.name).catch(unlessChanged);
    if (!fresh || fresh.metadata?.uid !== node.uid || !fresh.metadata.finalizers?.includes(finalizer)) return;
    const finalizers = fresh.metadata.finalizers.filter((other) => other !== finalizer);
    await client.patch(node.type, node.namespace || undefined, node.name, { metadata: { resourceVersion: fresh.metadata.resourceVersion, uid: node.uid, finalizers } }, { type: 'merge' }).catch((error: { code?: number }) => {
      if (error.code === 409) return queue.addAfter(node.uid, 20);
      return unlessChanged(error);
    });
  }

  async function patchMetadata(node: GraphNode, metadata: { ownerReferences: OwnerReference[] }): Promise<void> {
    await client.patch(node.type, node.namespace || undefined, node.name, { metadata: { uid: node.uid, ...metadata } }, { type: 'merge' }).catch(unlessChanged);
  }

  return { stop() { stopDiscovery(); for (const { stop } of watched.values()) stop(); queue.stop(); } };
}

/** Gone, or another object of the same name: nothing is left to do. */
function unlessChanged(error: { code?: number }): undefined {
  if (error.code === 404 || error.code === 409) return undefined;
  throw error as Error;
}
