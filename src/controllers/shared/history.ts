import type { ControllerRevision } from '../../../schema/v1.37/types/apps-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Client, ResourceType } from '../../client/client.ts';
import { CONTROLLER_REVISIONS } from '../../client/resources.ts';
import { claim, decideClaim } from './claim.ts';
import { controllerReference, isControlledBy } from './owners.ts';
import { canonicalJson, templateHash } from './template-hash.ts';

/** Label of DaemonSet and StatefulSet pods that names their revision: its hash with the former, its whole name with the latter. */
export const REVISION_LABEL = 'controller-revision-hash';
/** Where the revisions themselves carry their hash: DaemonSets use the label of pods, StatefulSets one of its own. */
export const HASH_LABEL = 'controller.kubernetes.io/hash';

export interface HistoryOwner extends KubernetesObject {
  spec?: { selector?: LabelSelector; template?: unknown; revisionHistoryLimit?: number };
}

/** The owner's template as a patch, the content of its revisions. Members are sorted: clients compare the very bytes. */
export function revisionData(owner: HistoryOwner): Record<string, unknown> {
  return JSON.parse(canonicalJson({ spec: { template: { ...(owner.spec?.template as object), $patch: 'replace' } } })) as Record<string, unknown>;
}

/** Revisions that belong to the owner, oldest first; orphans that match its selector are adopted. */
export async function ownRevisions(client: Client, type: ResourceType<KubernetesObject>, owner: HistoryOwner, all: Iterable<ControllerRevision>): Promise<ControllerRevision[]> {
  const decision = decideClaim(owner, owner.spec?.selector, all, () => true);
  const owned = await claim(client, CONTROLLER_REVISIONS, type, owner, { ...decision, release: [] });
  return owned.sort((left, right) => (left.revision ?? 0) - (right.revision ?? 0) || (left.metadata?.name ?? '').localeCompare(right.metadata?.name ?? ''));
}

/** The revision of the owner's present template; an earlier equal one is moved to the end, otherwise one is made. */
export async function currentRevision(client: Client, owner: HistoryOwner, existing: ControllerRevision[], hashLabel = REVISION_LABEL, collisions = 0): Promise<ControllerRevision> {
  const data = revisionData(owner);
  const text = canonicalJson(data);
  const next = (existing.at(-1)?.revision ?? 0) + 1;
  const equal = existing.findLast((revision) => canonicalJson(revision.data) === text);
  if (equal) {
    if (equal.revision === next - 1) return equal;
    return client.update(CONTROLLER_REVISIONS, { ...equal, revision: next });
  }
  const hash = templateHash(owner.spec?.template, collisions);
  const labels = { ...(owner.spec?.template as { metadata?: { labels?: Record<string, string> } }).metadata?.labels, [hashLabel]: hash };
  const revision: ControllerRevision = {
    apiVersion: 'apps/v1', kind: 'ControllerRevision',
    metadata: { name: `${owner.metadata?.name}-${hash}`, namespace: owner.metadata?.namespace, labels, ownerReferences: [controllerReference(owner)] },
    data, revision: next,
  };
  try {
    return await client.create(CONTROLLER_REVISIONS, revision);
  } catch (error) {
    if ((error as { code?: number }).code !== 409) throw error;
    const standing = await client.get(CONTROLLER_REVISIONS, owner.metadata?.namespace, revision.metadata?.name ?? '');
    if (canonicalJson(standing.data) === text && isControlledBy(standing, owner)) return standing;
    if (collisions > 10) throw error;
    return currentRevision(client, owner, existing, hashLabel, collisions + 1);
  }
}

/** The value of pods' revision label for a revision. */
export function revisionHash(revision: ControllerRevision): string {
  return revision.metadata?.labels?.[REVISION_LABEL] ?? revision.metadata?.name ?? '';
}

/** Removes the oldest revisions beyond the limit that nobody uses. */
export async function trimHistory(client: Client, owner: HistoryOwner, existing: ControllerRevision[], used: Set<string>): Promise<void> {
  const unused = existing.filter((revision) => !used.has(revision.metadata?.name ?? '') && !used.has(revisionHash(revision)));
  const surplus = unused.slice(0, Math.max(0, unused.length - (owner.spec?.revisionHistoryLimit ?? 10)));
  await Promise.all(surplus.map((revision) => client.delete(CONTROLLER_REVISIONS, revision.metadata?.namespace, revision.metadata?.name ?? '').catch(() => undefined)));
}
