import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { FilterPlugin } from '../framework/plugin.ts';
import type { Cluster } from '../state/cluster.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { SelectableNode } from '../../api/placement.ts';
import { canProvision, claimKey, classOf, findVolume, isBound, reachableFrom, requestOf, SELECTED_NODE } from './volume-match.ts';

const NAME = 'VolumeBinding';

/** What must be written before the pod may be bound to the node. */
export interface VolumePlan {
  bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[];
  provision: PersistentVolumeClaim[];
}

export interface PodClaims { bound: PersistentVolumeClaim[]; waiting: PersistentVolumeClaim[] }

/** The pod's claims, or why it cannot run anywhere yet. */
export function claimsOf(pod: PodInfo, cluster: Cluster): PodClaims | string {
  const claims: PodClaims = { bound: [], waiting: [] };
  let unboundImmediate = false;
  for (const { name, ephemeral } of pod.claims) {
    const claim = cluster.objects.claim(pod.namespace, name);
    if (!claim) {
      return ephemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
    }
    if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`;
    if (claim.metadata?.deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
    if (ephemeral && !claim.metadata?.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.uid)) {
      return `PVC ${claimKey(claim)} was not created for pod ${pod.key} (pod is not owner)`;
    }
    if (isBound(claim)) claims.bound.push(claim);
    else if (!claim.spec?.volumeName && cluster.objects.storageClass(classOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer') claims.waiting.push(claim);
    else unboundImmediate = true;
  }
  return unboundImmediate ? 'pod has unbound immediate PersistentVolumeClaims' : claims;
}

/** What has to be bound and made for the pod to run on the node; a list of reasons when it cannot. */
export function planVolumes(claims: PodClaims, cluster: Cluster, node: SelectableNode): VolumePlan | string[] {
  const reasons: string[] = [];
  const boundVolumes = claims.bound.map((claim) => cluster.objects.volume(claim.spec?.volumeName ?? ''));
  if (boundVolumes.some((volume) => volume && !reachableFrom(volume, node))) reasons.push("node(s) didn't match PersistentVolume's node affinity");
  const plan: VolumePlan = { bind: [], provision: [] };
  if (!planWaiting(claims.waiting, cluster, node, plan)) reasons.push("node(s) didn't find available persistent volumes to bind");
  if (boundVolumes.includes(undefined)) reasons.push('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
  return reasons.length > 0 ? reasons : plan;
}

function planWaiting(waiting: PersistentVolumeClaim[], cluster: Cluster, node: SelectableNode, plan: VolumePlan): boolean {
  const chosen = new Set<string>();
  // Small claims first, so that each gets the smallest volume that fits.
  for (const claim of waiting.toSorted((left, right) => compareQuantities(requestOf(left), requestOf(right)))) {
    const selected = cluster.assumedClaims.get(claimKey(claim)) ?? claim.metadata?.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.name) return false;
    const taken = (name: string): boolean => chosen.has(name) || (cluster.assumedVolumes.get(name) ?? claimKey(claim)) !== claimKey(claim);
    const volume = selected === undefined ? findVolume(claim, cluster.objects.volumes(), node, taken) : undefined;
    if (volume) {
      chosen.add(volume.metadata?.name ?? '');
      plan.bind.push({ claim, volume });
    } else if (canProvision(cluster.objects.storageClass(classOf(claim)), node)) {
      plan.provision.push(claim);
    } else {
      return false;
    }
  }
  return true;
}

export const volumeBinding: FilterPlugin = {
  name: NAME,
  prepare(pod, cluster) {
    if (pod.claims.length === 0) return undefined;
    const claims = claimsOf(pod, cluster);
    if (typeof claims === 'string') return { rejection: { plugin: NAME, reasons: [claims], resolvable: false } };
    return {
      filter(node) {
        const plan = planVolumes(claims, cluster, node);
        return Array.isArray(plan) ? { plugin: NAME, reasons: plan, resolvable: false } : undefined;
      },
    };
  },
};
