import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { isExtendedResource } from '../../api/kinds/common/resource-names.ts';
import { matchesRequiredNodeAffinity, untoleratedTaint } from '../../api/placement.ts';
import { podResources } from '../container/resources.ts';
import { milliUnits, wholeUnits, type ResourceList } from '../quantities.ts';

export interface Rejection { reason: string; message: string }

/** Whether the node takes a pod that was bound to it: the scheduler may have been passed by, or worked with an old picture. */
export function admitPod(pod: Pod, node: Node, others: Pod[], allocatable: ResourceList): Rejection | undefined {
  return affinityRejection(pod, node) ?? resourceRejection(pod, others, allocatable) ?? portRejection(pod, others) ?? taintRejection(pod, node);
}

function affinityRejection(pod: Pod, node: Node): Rejection | undefined {
  const matches = matchesRequiredNodeAffinity(pod, { name: node.metadata?.name ?? '', labels: node.metadata?.labels ?? {} });
  return matches ? undefined : { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector' };
}

/** Of taints only those that drive pods out are a node's own business. */
function taintRejection(pod: Pod, node: Node): Rejection | undefined {
  const taint = untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoExecute']);
  return taint && { reason: 'TaintToleration', message: 'Predicate TaintToleration failed: node(s) had taints that the pod didn\'t tolerate' };
}

export function podRequests(pod: Pod): ResourceList {
  const { cpu, memory } = podResources(pod).requests;
  const extended: Record<string, number> = {};
  for (const container of pod.spec?.containers ?? []) {
    for (const [name, value] of Object.entries(container.resources?.requests ?? {})) {
      if (name !== 'cpu' && name !== 'memory') extended[name] = (extended[name] ?? 0) + wholeUnits(value);
    }
  }
  return { cpu, memory, ...extended };
}

function resourceRejection(pod: Pod, others: Pod[], allocatable: ResourceList): Rejection | undefined {
  if (others.length + 1 > wholeUnits(allocatable['pods'] ?? 110)) {
    return { reason: 'OutOfpods', message: `Node didn't have enough resource: pods, requested: 1, used: ${others.length}, capacity: ${wholeUnits(allocatable['pods'] ?? 110)}` };
  }
  for (const [name, requested] of Object.entries(podRequests(pod))) {
    // Of an extended resource that the node does not offer somebody else keeps account.
    if (Number(requested) === 0 || (isExtendedResource(name) && allocatable[name] === undefined)) continue;
    const capacity = name === 'cpu' ? milliUnits(allocatable[name]) : wholeUnits(allocatable[name]);
    const used = others.reduce((sum, other) => sum + Number(podRequests(other)[name] ?? 0), 0);
    if (used + Number(requested) > capacity) {
      return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}` };
    }
  }
  return undefined;
}

function portRejection(pod: Pod, others: Pod[]): Rejection | undefined {
  const taken = others.flatMap(portsOf);
  const clash = portsOf(pod).some((port) => taken.some((other) => other.port === port.port && other.protocol === port.protocol
    && (other.ip === port.ip || other.ip === '0.0.0.0' || port.ip === '0.0.0.0')));
  return clash ? { reason: 'NodePorts', message: 'Predicate NodePorts failed: node(s) didn\'t have free ports for the requested pod ports' } : undefined;
}

function portsOf(pod: Pod): { port: number; protocol: string; ip: string }[] {
  return (pod.spec?.containers ?? []).flatMap((container) => (container.ports ?? [])
    .filter((port) => port.hostPort).map((port) => ({ port: port.hostPort ?? 0, protocol: port.protocol ?? 'TCP', ip: port.hostIP || '0.0.0.0' })));
}
