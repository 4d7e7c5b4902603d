import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import type { ContainerState } from '../../runtime/runtime.ts';
import { LABEL } from '../container/labels.ts';
import { RUNTIME_SCHEME } from './container-status.ts';

const LOST_EXIT_CODE = 137;

/**
 * The instances that the API knows of, as ended ones. The runtime's own records take their place where it has them; what is left
 * was lost (the machine was started anew), and must not look as if it had never run.
 */
export function reportedInstances(pod: Pod): ContainerState[] {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])];
  return statuses.filter((status) => status.containerID?.startsWith(RUNTIME_SCHEME) && (status.state?.running ?? status.state?.terminated)).map((status) => {
    const { running, terminated } = status.state ?? {};
    const startedAt = parseTime(running?.startedAt ?? terminated?.startedAt ?? '') || 0;
    return {
      id: (status.containerID ?? '').slice(RUNTIME_SCHEME.length), sandboxId: '', name: status.name, attempt: status.restartCount, imageId: status.imageID,
      labels: { [LABEL.imageReference]: status.imageID, [LABEL.imageName]: status.image, ...(running ? { [LABEL.lost]: 'true' } : {}) },
      state: 'exited', createdAt: startedAt, startedAt, finishedAt: parseTime(terminated?.finishedAt ?? '') || startedAt,
      exitCode: terminated?.exitCode ?? LOST_EXIT_CODE, ...(terminated?.reason === 'OOMKilled' ? { oomKilled: true } : {}), logPath: '',
      message: running ? 'The container could not be located when the pod was terminated' : terminated?.message,
    };
  });
}
