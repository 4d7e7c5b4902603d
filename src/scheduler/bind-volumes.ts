import type { PersistentVolumeClaim } from '../../schema/v1.37/types/core-v1.ts';
import { PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, PODS } from '../client/resources.ts';
import type { SchedulerContext } from './context.ts';
import type { VolumePlan } from './plugins/volume-binding.ts';
import { BOUND_BY_CONTROLLER, claimKey, isBound, SELECTED_NODE } from './plugins/volume-match.ts';
import type { PodInfo } from './state/pod-info.ts';

const BIND_TIMEOUT = 600_000;

function claimsIn(plan: VolumePlan): PersistentVolumeClaim[] {
  return [...plan.bind.map(({ claim }) => claim), ...plan.provision];
}

/** Keeps others from planning with the same volumes and claims. Returns the function that lets go. */
export function reserveVolumes({ cluster }: SchedulerContext, plan: VolumePlan, nodeName: string): () => void {
  for (const { claim, volume } of plan.bind) cluster.assumedVolumes.set(volume.metadata?.name ?? '', claimKey(claim));
  for (const claim of claimsIn(plan)) cluster.assumedClaims.set(claimKey(claim), nodeName);
  return () => {
    for (const { volume } of plan.bind) cluster.assumedVolumes.delete(volume.metadata?.name ?? '');
    for (const claim of claimsIn(plan)) cluster.assumedClaims.delete(claimKey(claim));
  };
}

/**
 * Reserves chosen volumes for their claims, asks for the others to be made for the node, and resolves when the volume
 * controller has bound them all. Rejects when that fails or takes too long: the pod is then tried anew.
 */
export async function bindVolumes(context: SchedulerContext, pod: PodInfo, nodeName: string, plan: VolumePlan): Promise<void> {
  if (claimsIn(plan).length === 0) return;
  const { client } = context;
  await Promise.all([
    ...plan.bind.map(({ claim, volume }) => client.patch(PERSISTENT_VOLUMES, undefined, volume.metadata?.name ?? '', {
      metadata: { resourceVersion: volume.metadata?.resourceVersion, annotations: { [BOUND_BY_CONTROLLER]: 'yes' } },
      spec: {
        claimRef: {
          kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: claim.metadata?.namespace, name: claim.metadata?.name,
          uid: claim.metadata?.uid, resourceVersion: claim.metadata?.resourceVersion,
        },
      },
    }, { type: 'merge' })),
    ...plan.provision.map((claim) => client.patch(PERSISTENT_VOLUME_CLAIMS, claim.metadata?.namespace, claim.metadata?.name ?? '', {
      metadata: { annotations: { [SELECTED_NODE]: nodeName } },
    }, { type: 'merge' })),
  ]);
  await untilBound(context, pod, nodeName, plan);
}

/** True when bound, false when not yet; throws when it will not be. */
function checkBound(context: SchedulerContext, plan: VolumePlan, nodeName: string, annotated: Set<string>): boolean {
  const { objects } = context.cluster;
  let all = true;
  for (const { metadata } of claimsIn(plan)) {
    const claim = objects.claim(metadata?.namespace ?? '', metadata?.name ?? '');
    if (!claim) throw new Error(`persistentvolumeclaim "${metadata?.name}" is gone`);
    if (isBound(claim) && claim.status?.phase === 'Bound') continue;
    all = false;
    // A provisioner that fails takes the annotation away; before it was first seen it is only late.
    if (claim.metadata?.annotations?.[SELECTED_NODE] === nodeName) annotated.add(claimKey(claim));
    else if (annotated.has(claimKey(claim))) throw new Error(`provisioning failed for PVC "${metadata?.name}"`);
  }
  return all;
}

function untilBound(context: SchedulerContext, pod: PodInfo, nodeName: string, plan: VolumePlan): Promise<void> {
  const { informers, clock } = context;
  const annotated = new Set<string>();
  const ends: (() => void)[] = [];
  return new Promise<void>((resolve, reject) => {
    const check = (): void => {
      try {
        if (!informers.for(PODS).get(pod.namespace, pod.name)) throw new Error('pod does not exist any more');
        if (checkBound(context, plan, nodeName, annotated)) resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    const timer = clock.after(BIND_TIMEOUT, () => reject(new Error('timed out waiting for the volumes to be bound')));
    ends.push(
      () => timer.cancel(),
      informers.for(PERSISTENT_VOLUME_CLAIMS).onEvent({ update: check, delete: check }),
      informers.for(PODS).onEvent({ delete: (gone) => { if (gone.metadata?.uid === pod.uid) check(); } }),
    );
    check();
  }).finally(() => { for (const end of ends) end(); });
}
