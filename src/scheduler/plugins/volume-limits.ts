import type { PersistentVolume } from '../../../schema/v1.37/types/core-v1.ts';
import type { FilterPlugin } from '../framework/plugin.ts';
import type { Cluster } from '../state/cluster.ts';
import type { PodInfo } from '../state/pod-info.ts';

const ZONE_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region'];

function* volumesOf(pod: PodInfo, cluster: Cluster): Iterable<PersistentVolume> {
  for (const { name } of pod.claims) {
    const volumeName = cluster.objects.claim(pod.namespace, name)?.spec?.volumeName;
    const volume = volumeName ? cluster.objects.volume(volumeName) : undefined;
    if (volume) yield volume;
  }
}

/** A volume labelled with a zone is reached from nodes of that zone only. Nodes without zone labels take all. */
export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  prepare(pod, cluster) {
    const wanted: { key: string; values: string[] }[] = [];
    for (const volume of volumesOf(pod, cluster)) {
      for (const key of ZONE_LABELS) {
        const value = volume.metadata?.labels?.[key];
        if (value !== undefined) wanted.push({ key, values: value.split('__') });
      }
    }
    if (wanted.length === 0) return undefined;
    const stable = (key: string): string => key.replace('failure-domain.beta.kubernetes.io', 'topology.kubernetes.io');
    return {
      filter({ labels }) {
        if (!ZONE_LABELS.some((key) => key in labels)) return undefined;
        const fits = wanted.every(({ key, values }) => values.includes(labels[key] ?? labels[stable(key)] ?? ''));
        return fits ? undefined : { plugin: 'VolumeZone', reasons: ['node(s) had no available volume zone'], resolvable: false };
      },
    };
  },
};

/** A ReadWriteOncePod claim serves one pod in the whole cluster. */
export const volumeRestrictions: FilterPlugin = {
  name: 'VolumeRestrictions',
  readsAllPods: true,
  prepare(pod, cluster) {
    const exclusive = pod.claims.map(({ name }) => cluster.objects.claim(pod.namespace, name))
      .filter((claim) => claim?.spec?.accessModes?.includes('ReadWriteOncePod'))
      .map((claim) => claim?.metadata?.name ?? '');
    if (exclusive.length === 0) return undefined;
    return {
      filter() {
        const users = exclusive.flatMap((name) => [...(cluster.claimUsers.get(`${pod.namespace}/${name}`) ?? [])])
          .filter((key) => key !== pod.key && cluster.node(cluster.nodeNameOf(key) ?? '')?.pods.has(key));
        return users.length === 0 ? undefined : {
          plugin: 'VolumeRestrictions', resolvable: true,
          reasons: ['node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod'],
        };
      },
    };
  },
};

/** CSI drivers say in the node's CSINode how many of their volumes it can hold. */
export const nodeVolumeLimits: FilterPlugin = {
  name: 'NodeVolumeLimits',
  prepare(pod, cluster) {
    const wanted = [...volumesOf(pod, cluster)].filter((volume) => volume.spec?.csi);
    if (wanted.length === 0) return undefined;
    const handle = (volume: PersistentVolume): string => `${volume.spec?.csi?.driver} ${volume.spec?.csi?.volumeHandle}`;
    return {
      filter(node) {
        const limits = new Map<string, number>();
        for (const { name, allocatable } of cluster.objects.csiNode(node.name)?.spec?.drivers ?? []) {
          if (allocatable?.count !== undefined) limits.set(name, allocatable.count);
        }
        if (limits.size === 0) return undefined;
        const handles = new Map(wanted.map((volume) => [handle(volume), volume]));
        for (const other of node.pods.values()) {
          for (const volume of volumesOf(other, cluster)) if (volume.spec?.csi) handles.set(handle(volume), volume);
        }
        const counts = new Map<string, number>();
        for (const volume of handles.values()) counts.set(volume.spec?.csi?.driver ?? '', (counts.get(volume.spec?.csi?.driver ?? '') ?? 0) + 1);
        const exceeded = wanted.some((volume) => {
          const driver = volume.spec?.csi?.driver ?? '';
          return (counts.get(driver) ?? 0) > (limits.get(driver) ?? Infinity);
        });
        return exceeded ? { plugin: 'NodeVolumeLimits', reasons: ['node(s) exceed max volume count'], resolvable: true } : undefined;
      },
    };
  },
};
