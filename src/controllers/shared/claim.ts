import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { Client, ResourceType } from '../../client/client.ts';
import { controllerOf, controllerReference } from './owners.ts';

interface Owned { metadata?: ObjectMeta }

export interface ClaimDecision<T> { owned: T[]; adopt: T[]; release: T[] }

/** Which objects the owner has, should take (orphans that match) and should let go (its own that match no more). */
export function decideClaim<T extends Owned>(owner: KubernetesObject, selector: LabelSelector | undefined, candidates: Iterable<T>, adoptable: (object: T) => boolean): ClaimDecision<T> {
  const decision: ClaimDecision<T> = { owned: [], adopt: [], release: [] };
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = matchesLabelSelector(selector, object.metadata?.labels);
    if (controller) {
      if (controller.uid !== owner.metadata?.uid) continue;
      if (matches) decision.owned.push(object);
      else if (!owner.metadata?.deletionTimestamp) decision.release.push(object);
    } else if (matches && !owner.metadata?.deletionTimestamp && !object.metadata?.deletionTimestamp && adoptable(object)) {
      decision.adopt.push(object);
    }
  }
  return decision;
}

/** Carries a claim out and resolves with all objects that are the owner's now. Objects that are gone meanwhile are left out. */
export async function claim<T extends Owned>(
  client: Client, type: ResourceType<T>, ownerType: ResourceType<KubernetesObject>, owner: KubernetesObject, decision: ClaimDecision<T>,
): Promise<T[]> {
  const owned = [...decision.owned];
  if (decision.adopt.length > 0) {
    // The informer may be behind: an owner that is being deleted, or is another one of the same name, must not adopt.
    const fresh = await client.get(ownerType, owner.metadata?.namespace, owner.metadata?.name ?? '');
    if (fresh.metadata?.uid !== owner.metadata?.uid || fresh.metadata?.deletionTimestamp) return owned;
  }
  await Promise.all([
    ...decision.adopt.map(async (object) => {
      const body = { metadata: { uid: object.metadata?.uid, ownerReferences: [controllerReference(owner)] } };
      const adopted = await patchOrGone(client, type, object, body);
      if (adopted) owned.push(adopted);
    }),
    ...decision.release.map((object) => {
      const body = { metadata: { uid: object.metadata?.uid, ownerReferences: [{ $patch: 'delete', uid: owner.metadata?.uid }] } };
      return patchOrGone(client, type, object, body);
    }),
  ]);
  return owned;
}

async function patchOrGone<T extends Owned>(client: Client, type: ResourceType<T>, object: T, body: unknown): Promise<T | undefined> {
  try {
    return await client.patch(type, object.metadata?.namespace, object.metadata?.name ?? '', body, { type: 'strategic' });
  } catch (error) {
    const code = (error as { code?: number }).code;
    if (code === 404 || code === 409 || code === 422) return undefined;
    throw error;
  }
}
