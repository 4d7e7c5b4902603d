import type { StatefulSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { podFromTemplate } from '../shared/pods.ts';

export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** Number behind the last dash of a member's name; -1 for a pod that is no member. */
export function ordinalOf(set: StatefulSet, pod: Pod): number {
  const prefix = `${set.metadata?.name}-`;
  const name = pod.metadata?.name ?? '';
  if (!name.startsWith(prefix) || !/^\d+$/.test(name.slice(prefix.length))) return -1;
  return Number(name.slice(prefix.length));
}

export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

export function claimName(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata?.name}-${set.metadata?.name}-${ordinal}`;
}

/** The claims that a member's volumes use, made once and kept when the member goes. */
export function memberClaims(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1', kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata, name: claimName(set, template, ordinal), namespace: set.metadata?.namespace,
      labels: { ...template.metadata?.labels, ...set.spec?.selector.matchLabels },
    },
    spec: template.spec,
  }));
}

/** Member `ordinal` of the set: its name, host name, subdomain, labels and volumes follow from the number. */
export function memberPod(set: StatefulSet, template: PodTemplateSpec, ordinal: number, revision: string): Pod {
  const name = `${set.metadata?.name}-${ordinal}`;
  const pod = podFromTemplate(template, { ...set, apiVersion: 'apps/v1', kind: 'StatefulSet' }, name);
  pod.metadata = { ...pod.metadata, labels: { ...pod.metadata?.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal), [REVISION_LABEL]: revision } };
  const spec = pod.spec as NonNullable<Pod['spec']>;
  spec.hostname = name;
  spec.subdomain = set.spec?.serviceName || undefined;
  const claims = set.spec?.volumeClaimTemplates ?? [];
  const names = new Set(claims.map((claim) => claim.metadata?.name));
  if (claims.length > 0) {
    spec.volumes = [
      ...(spec.volumes ?? []).filter((volume) => !names.has(volume.name)),
      ...claims.map((claim) => ({ name: claim.metadata?.name ?? '', persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) } })),
    ];
  }
  return pod;
}

/** A member with the labels its number gives it; undefined when it has them. One that was adopted may lack them. */
export function relabelled(set: StatefulSet, pod: Pod): Pod | undefined {
  const name = pod.metadata?.name ?? '';
  if (pod.metadata?.labels?.[POD_NAME_LABEL] === name) return undefined;
  return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinalOf(set, pod)) } } };
}
