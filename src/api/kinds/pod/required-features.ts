import type { Container, Pod, PodSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { isDeepStrictEqual } from 'node:util';
import { compareQuantities } from '../../quantity.ts';

/** What a node says it can do (`status.declaredFeatures`), where a pod may depend on it. */
export const RESTART_ALL_CONTAINERS = 'RestartAllContainersOnContainerExits';
export const RESIZE_INIT_CONTAINERS = 'InPlacePodVerticalScalingInitContainers';
export const RESIZE_PODS = 'InPlacePodLevelResourcesVerticalScaling';
const RESIZE_MEMORY_VOLUMES = 'InPlacePodVerticalScalingMemoryBackedVolumes';
const USER_NAMESPACE_OF_HOST_NETWORK = 'UserNamespacesHostNetworkSupport';

/** What a node must have declared for a pod to run there. */
export function featuresToRun({ spec }: Pod): string[] {
  const restartsAll = [...spec?.containers ?? [], ...spec?.initContainers ?? []].some(({ restartPolicyRules }) => restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'));
  const hostNetworkInUserNamespace = spec?.hostNetwork === true && spec.hostUsers === false;
  return [...(restartsAll ? [RESTART_ALL_CONTAINERS] : []), ...(hostNetworkInUserNamespace ? [USER_NAMESPACE_OF_HOST_NETWORK] : [])];
}

const plainInit = ({ restartPolicy }: Container): boolean => restartPolicy !== 'Always';

function memoryVolumeResized(spec: PodSpec, old: PodSpec): boolean {
  const [now = [], before = []] = [spec.volumes, old.volumes];
  return now.length === before.length && now.some(({ name, emptyDir }, index) => {
    const was = before[index];
    if (was?.name !== name || emptyDir?.medium !== 'Memory') return false;
    const [limit, oldLimit] = [emptyDir.sizeLimit, was.emptyDir?.sizeLimit];
    return limit !== undefined && oldLimit !== undefined && compareQuantities(limit, oldLimit) !== 0;
  });
}

/** What the node a pod runs on must have declared for the pod's spec to change like this. */
export function featuresToChange(pod: Pod, old: Pod): string[] {
  const spec = pod.spec ?? { containers: [] }, before = old.spec ?? { containers: [] };
  const initResized = (before.initContainers ?? []).some((container, index) => plainInit(container) && !isDeepStrictEqual(container.resources ?? {}, spec.initContainers?.[index]?.resources ?? {}));
  return [
    ...(!isDeepStrictEqual(before.resources ?? {}, spec.resources ?? {}) ? [RESIZE_PODS] : []),
    ...(initResized ? [RESIZE_INIT_CONTAINERS] : []),
    ...(memoryVolumeResized(spec, before) ? [RESIZE_MEMORY_VOLUMES] : []),
  ];
}
