import { readFile } from 'node:fs/promises';
import type { ContainerImage, Node, NodeCondition, NodeStatus, NodeSystemInfo } from '../../../schema/v1.37/types/core-v1.ts';
import { RESIZE_INIT_CONTAINERS, RESIZE_PODS, RESTART_ALL_CONTAINERS } from '../../api/kinds/pod/required-features.ts';
import { formatTime } from '../../base/clock.ts';
import type { ImageInfo } from '../../runtime/runtime.ts';
import type { NodeOptions } from '../options.ts';
import type { ResourceList } from '../quantities.ts';

export const KUBELET_VERSION = 'v1.37.2';
const MAX_IMAGES = 50;
/** Of what pods may depend on, what this agent can do; in alphabetical order. */
const DECLARED_FEATURES = [RESIZE_PODS, RESIZE_INIT_CONTAINERS, RESTART_ALL_CONTAINERS];

export interface Pressure { memory: boolean; disk: boolean; pid: boolean }

/** What a kubelet says of the machine. */
export async function readSystemInfo(runtimeVersion: string): Promise<NodeSystemInfo> {
  const text = (path: string): Promise<string> => readFile(path, 'utf8').then((content) => content.trim(), () => '');
  const [machineID, productUuid, bootID, kernelVersion, release] = await Promise.all([
    text('/etc/machine-id'), text('/sys/class/dmi/id/product_uuid'), text('/proc/sys/kernel/random/boot_id'), text('/proc/sys/kernel/osrelease'), text('/etc/os-release'),
  ]);
  return {
    machineID, systemUUID: productUuid || machineID, bootID, kernelVersion, osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'Linux',
    containerRuntimeVersion: runtimeVersion, kubeletVersion: KUBELET_VERSION, kubeProxyVersion: '', operatingSystem: 'linux', architecture: architecture(),
  };
}

export function architecture(): string {
  return process.arch === 'x64' ? 'amd64' : process.arch;
}

export interface NodeStatusInput {
  nodeName: string; node: NodeOptions; info: NodeSystemInfo; images: ImageInfo[]; pressure: Pressure; port: number; volumesInUse: string[]; now: number;
  /** Why the node is not ready; undefined when it is. */
  problem?: string;
  old: NodeStatus | undefined;
}

export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { node, pressure } = input;
  const condition = (type: string, bad: boolean, good: [string, string], worse: [string, string]): NodeCondition => stamp(input, {
    type, status: bad ? 'True' : 'False', reason: bad ? worse[0] : good[0], message: bad ? worse[1] : good[1],
  });
  return {
    addresses: [...node.addresses.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: input.nodeName }],
    capacity: asQuantities(node.capacity), allocatable: asQuantities(node.allocatable ?? node.capacity),
    conditions: [
      condition('MemoryPressure', pressure.memory, ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'], ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']),
      condition('DiskPressure', pressure.disk, ['KubeletHasNoDiskPressure', 'kubelet has no disk pressure'], ['KubeletHasDiskPressure', 'kubelet has disk pressure']),
      condition('PIDPressure', pressure.pid, ['KubeletHasSufficientPID', 'kubelet has sufficient PID available'], ['KubeletHasInsufficientPID', 'kubelet has insufficient PID available']),
      stamp(input, input.problem === undefined
        ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
        : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: input.problem }),
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: input.port } },
    nodeInfo: input.info,
    images: imageList(input.images),
    runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }],
    features: { supplementalGroupsPolicy: true },
    declaredFeatures: DECLARED_FEATURES,
    ...(input.volumesInUse.length > 0 ? { volumesInUse: input.volumesInUse } : {}),
  };
}

function stamp({ now, old }: NodeStatusInput, condition: Omit<NodeCondition, 'lastHeartbeatTime'>): NodeCondition {
  const before = old?.conditions?.find((known) => known.type === condition.type);
  const kept = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return { ...condition, lastHeartbeatTime: formatTime(now), lastTransitionTime: kept ?? formatTime(now) };
}

function asQuantities(list: ResourceList): Record<string, string> {
  return Object.fromEntries(Object.entries(list).map(([name, value]) => [name, String(value)]));
}

function imageList(images: ImageInfo[]): ContainerImage[] {
  return [...images].sort((left, right) => right.size - left.size).slice(0, MAX_IMAGES)
    .map(({ repoDigests, repoTags, size }) => ({ names: [...repoDigests, ...repoTags].slice(0, 5), sizeBytes: size }));
}

/** The object to register. */
export function nodeObject(nodeName: string, node: NodeOptions, status: NodeStatus): Node {
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': architecture(),
        'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': architecture(), ...node.labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { ...(node.podCidr ? { podCIDR: node.podCidr, podCIDRs: [node.podCidr] } : {}), ...(node.taints?.length ? { taints: node.taints } : {}) },
    status,
  };
}
