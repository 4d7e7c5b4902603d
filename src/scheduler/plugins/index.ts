import type { FilterPlugin, ScorePlugin } from '../framework/plugin.ts';
import { dynamicResources } from './dynamic-resources.ts';
import { imageLocality } from './image-locality.ts';
import { interPodAffinityFilter, interPodAffinityScore } from './inter-pod-affinity.ts';
import { nodeAffinityFilter, nodeAffinityScore } from './node-affinity.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { balancedAllocationScore, leastAllocatedScore, nodeResourcesFit } from './node-resources.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { podTopologySpreadFilter, podTopologySpreadScore } from './pod-topology-spread.ts';
import { taintFilter, taintScore } from './taint-toleration.ts';
import { volumeBinding } from './volume-binding.ts';
import { nodeVolumeLimits, volumeRestrictions, volumeZone } from './volume-limits.ts';

/** In the order in which they are asked; the first that refuses a node is the reason told. */
export const FILTER_PLUGINS: FilterPlugin[] = [
  nodeUnschedulable, nodeName, nodeDeclaredFeatures, taintFilter, nodeAffinityFilter, nodePorts, nodeResourcesFit, volumeRestrictions, nodeVolumeLimits,
  volumeBinding, volumeZone, podTopologySpreadFilter, interPodAffinityFilter, dynamicResources,
];

export const SCORE_PLUGINS: ScorePlugin[] = [
  taintScore, nodeAffinityScore, leastAllocatedScore, podTopologySpreadScore, interPodAffinityScore, balancedAllocationScore, imageLocality,
];
