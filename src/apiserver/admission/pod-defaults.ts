import type { Node, Pod, Toleration } from '../../../schema/v1.37/types/core-v1.ts';
import type { RuntimeClass } from '../../../schema/v1.37/types/node-v1.ts';
import type { PriorityClass } from '../../../schema/v1.37/types/scheduling-v1.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { StatusError } from '../../api/status.ts';
import { concerns, forbid } from './attributes.ts';
import type { TolerationSeconds } from './settings.ts';
import { unusableName } from './unusable-name.ts';
import type { ResourceList } from '../../api/quota/pod-resources.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const TOLERATION_SECONDS = 300;

/** Pods stay for five minutes (or as long as a flag says) on a node that is not ready or not reachable, unless they say otherwise. */
export function defaultTolerationSeconds({ notReady = TOLERATION_SECONDS, unreachable = TOLERATION_SECONDS }: TolerationSeconds = {}): AdmissionPlugin {
  const seconds: Record<string, number> = { [NOT_READY]: notReady, [UNREACHABLE]: unreachable };
  const tolerates = ({ key, effect }: Toleration, taint: string): boolean => (key === taint || !key) && (effect === 'NoExecute' || !effect);
  return {
    name: 'DefaultTolerationSeconds',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE'),
    admit({ object }) {
      const { spec } = object as Pod;
      if (!spec) return;
      const given = spec.tolerations ?? [];
      const missing = [NOT_READY, UNREACHABLE].filter((taint) => !given.some((toleration) => tolerates(toleration, taint)));
      if (missing.length === 0) return;
      spec.tolerations = [...given, ...missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds[key]! }))];
    },
  };
}

/** New nodes are not ready until the node lifecycle controller says so. */
export function taintNodesByCondition(): AdmissionPlugin {
  return {
    name: 'TaintNodesByCondition',
    handles: (attributes) => concerns(attributes, 'nodes', 'CREATE'),
    admit({ object }) {
      const node = object as Node;
      const taints = node.spec?.taints ?? [];
      if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return;
      node.spec = { ...node.spec, taints: [...taints, { key: NOT_READY, effect: 'NoSchedule' }] };
    },
  };
}

/** Turns a pod's priority class into its number. */
export function priority(reader: ObjectReader): AdmissionPlugin {
  function defaultClass(): PriorityClass | undefined {
    let found: PriorityClass | undefined;
    for (const object of reader.list('scheduling.k8s.io', 'priorityclasses')) {
      const candidate = object as unknown as PriorityClass;
      if (candidate.globalDefault && (!found || (found.value ?? 0) > (candidate.value ?? 0))) found = candidate;
    }
    return found;
  }
  function admitPod(attributes: AdmissionAttributes): void {
    const { spec } = attributes.object as Pod;
    if (!spec) return;
    const old = (attributes.oldObject as Pod | undefined)?.spec;
    if (attributes.operation === 'UPDATE') {
      if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
      if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
      return;
    }
    const named = spec.priorityClassName ? reader.get('scheduling.k8s.io', 'priorityclasses', '', spec.priorityClassName) as PriorityClass | undefined : defaultClass();
    if (spec.priorityClassName && !named) throw forbid(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
    if (named) spec.priorityClassName = named.metadata?.name;
    const value = named?.value ?? 0;
    const policy = named ? named.preemptionPolicy : 'PreemptLowerPriority';
    if (spec.priority !== undefined && spec.priority !== value) {
      throw forbid(attributes, `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`);
    }
    spec.priority = value;
    if (policy === undefined) return;
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
      throw forbid(attributes, `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`);
    }
    spec.preemptionPolicy = policy;
  }
  return {
    name: 'Priority',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE') || concerns(attributes, 'priorityclasses.scheduling.k8s.io', 'CREATE', 'UPDATE'),
    admit(attributes) {
      if (attributes.info.resource === 'pods') admitPod(attributes);
    },
    validate(attributes) {
      const object = attributes.object as unknown as PriorityClass;
      if (attributes.info.resource !== 'priorityclasses' || !object.globalDefault) return;
      const other = defaultClass()?.metadata?.name;
      if (other !== undefined && (attributes.operation === 'CREATE' || other !== object.metadata?.name)) {
        throw forbid(attributes, `PriorityClass ${other} is already marked as default. Only one default can exist`);
      }
    },
  };
}

function sameResources(one: ResourceList, other: ResourceList): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => other[name] !== undefined && compareQuantities(one[name]!, other[name]) === 0);
}

const sameToleration = (one: Toleration, other: Toleration): boolean => one.key === other.key && one.operator === other.operator
  && one.value === other.value && one.effect === other.effect && one.tolerationSeconds === other.tolerationSeconds;

/** Overhead and placement that a pod's RuntimeClass brings. */
export function runtimeClass(reader: ObjectReader): AdmissionPlugin {
  function find(attributes: AdmissionAttributes): RuntimeClass | undefined {
    const name = (attributes.object as Pod).spec?.runtimeClassName;
    if (name == null) return undefined;
    const found = reader.get('node.k8s.io', 'runtimeclasses', '', name) as RuntimeClass | undefined;
    const unusable = unusableName(name);
    if (unusable) throw new StatusError(500, '', unusable);
    if (!found) throw forbid(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found;
  }
  return {
    name: 'RuntimeClass',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE'),
    admit(attributes) {
      const found = find(attributes);
      const { spec } = attributes.object as Pod;
      if (!found || !spec) return;
      const fixed = found.overhead?.podFixed;
      if (found.overhead) {
        if (spec.overhead && Object.keys(spec.overhead).length > 0 && !sameResources(spec.overhead, fixed ?? {})) {
          throw forbid(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        }
        spec.overhead = { ...fixed };
      }
      for (const [key, value] of Object.entries(found.scheduling?.nodeSelector ?? {})) {
        const own = spec.nodeSelector?.[key];
        if (own !== undefined && own !== value) {
          throw forbid(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`);
        }
        spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
      }
      const more = (found.scheduling?.tolerations ?? []).filter((toleration) => !spec.tolerations?.some((own) => sameToleration(own, toleration)));
      if (more.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...more];
    },
    validate(attributes) {
      const overhead = find(attributes)?.overhead;
      const given = (attributes.object as Pod).spec?.overhead;
      if (overhead && !sameResources(overhead.podFixed ?? {}, given ?? {})) {
        throw forbid(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      }
      if (!overhead && given) throw forbid(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
    },
  };
}

const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Pods carry the zone and region of the node they are bound to. */
export function podTopologyLabels(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: ({ operation, info, subresource }) => operation === 'CREATE' && info.resource === 'pods' && info.group === '' && (subresource === '' || subresource === 'binding'),
    admit({ object, subresource }) {
      const target = object?.['target'] as { kind?: string; name?: string } | undefined;
      const nodeName = subresource === 'binding' ? (target?.kind === 'Node' ? target.name : undefined) : (object as Pod).spec?.nodeName;
      const labels = nodeName ? reader.get('', 'nodes', '', nodeName)?.metadata?.labels : undefined;
      if (!labels || !object) return;
      for (const label of TOPOLOGY_LABELS) {
        if (labels[label] !== undefined) object.metadata = { ...object.metadata, labels: { ...object.metadata?.labels, [label]: labels[label] } };
      }
    },
  };
}
