import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { resourcePath } from '../../client/path.ts';
import { DEPLOYMENTS, REPLICATION_CONTROLLERS, REPLICA_SETS, STATEFUL_SETS } from '../../client/resources.ts';
import { rememberResources } from '../shared/all-resources.ts';
import type { ControllerContext } from '../shared/context.ts';
import { controllerOf } from '../shared/owners.ts';

/** How many pods the controllers of some pods want together. */
export interface ExpectedPods {
  /** Rejects with Error when a pod's controller has no scale. */
  count(members: Pod[]): Promise<number>;
  stop(): void;
}

interface Scale { uid: string; replicas: number }
type Scaled = KubernetesObject & { spec?: { replicas?: number } };

/** Reads the scale of pods' controllers: built-in ones from informers, others through their scale subresource. */
export function createExpectedPods(context: ControllerContext): ExpectedPods {
  const { client, informers } = context;
  const known = [REPLICA_SETS, DEPLOYMENTS, STATEFUL_SETS, REPLICATION_CONTROLLERS] as ResourceType<Scaled>[];
  for (const type of known) informers.for(type);
  const resources = rememberResources(context);

  async function read(namespace: string, owner: OwnerReference): Promise<(Scale & { object?: Scaled }) | undefined> {
    const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
    const type = known.find((candidate) => candidate.group === group && candidate.kind === owner.kind);
    if (type) {
      await informers.for(type).synced();
      const object = informers.for(type).get(namespace, owner.name);
      return object?.metadata?.uid === owner.uid ? { uid: owner.uid, replicas: object.spec?.replicas ?? 1, object } : undefined;
    }
    const other = (await resources.types()).find((candidate) => candidate.group === group && candidate.kind === owner.kind);
    if (!other) return undefined;
    try {
      const scale = (await client.raw('GET', resourcePath(other, namespace, owner.name, 'scale'))) as Scaled;
      return scale.metadata?.uid === owner.uid ? { uid: owner.uid, replicas: scale.spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if ((error as { code?: number }).code !== 404) throw error;
      throw new Error(`${other.resource}${other.group ? `.${other.group}` : ''} does not implement the scale subresource`);
    }
  }

  return {
    async count(members) {
      const scales = new Map<string, number>();
      const seen = new Set<string>();
      for (const pod of members) {
        const owner = controllerOf(pod);
        if (!owner || seen.has(owner.uid)) continue;
        seen.add(owner.uid);
        const namespace = pod.metadata?.namespace ?? '';
        const direct = await read(namespace, owner);
        if (!direct) throw new Error(`found no controllers for pod "${pod.metadata?.name}"`);
        // The ReplicaSets of a Deployment count once, as what the Deployment wants.
        const parent = owner.kind === 'ReplicaSet' && direct.object ? controllerOf(direct.object) : undefined;
        const scale = parent?.kind === 'Deployment' ? (await read(namespace, parent)) ?? direct : direct;
        scales.set(scale.uid, scale.replicas);
      }
      return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
    },
    stop: () => resources.stop(),
  };
}
