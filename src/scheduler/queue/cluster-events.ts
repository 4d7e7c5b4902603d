/** Changes that can make a waiting pod fit, with the plugins whose refusal they may lift. */
export type ClusterEvent =
  | 'NodeAdded' | 'NodeRemoved' | 'NodeAllocatable' | 'NodeLabels' | 'NodeTaints' | 'PodAssigned' | 'PodLabels' | 'PodShrunk' | 'PodGone'
  | 'Claim' | 'Volume' | 'StorageClass' | 'CsiNode' | 'NamespaceLabels';

const VOLUMES = ['VolumeBinding', 'VolumeZone', 'VolumeRestrictions', 'NodeVolumeLimits'];

export const CONCERNED_PLUGINS: Record<ClusterEvent, 'all' | string[]> = {
  NodeAdded: 'all',
  NodeRemoved: ['PodTopologySpread'],
  NodeAllocatable: ['NodeResourcesFit'],
  NodeLabels: ['NodeAffinity', 'PodTopologySpread', 'InterPodAffinity', 'VolumeBinding', 'VolumeZone'],
  NodeTaints: ['TaintToleration', 'NodeUnschedulable', 'PodTopologySpread'],
  PodAssigned: ['InterPodAffinity', 'PodTopologySpread'],
  PodLabels: ['InterPodAffinity', 'PodTopologySpread'],
  PodShrunk: ['NodeResourcesFit'],
  PodGone: ['NodeResourcesFit', 'NodePorts', 'InterPodAffinity', 'PodTopologySpread', 'VolumeRestrictions', 'NodeVolumeLimits'],
  Claim: VOLUMES,
  Volume: VOLUMES,
  StorageClass: ['VolumeBinding', 'VolumeZone'],
  CsiNode: ['NodeVolumeLimits', 'VolumeBinding'],
  NamespaceLabels: ['InterPodAffinity'],
};
