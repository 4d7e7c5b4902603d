import type { ContainerState } from '../../runtime/runtime.ts';
import { podContainers } from '../pod/specs.ts';
import type { PodWorker } from '../pod/pod-worker.ts';

/** Answered with its code, as plain text. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The instance of a container whose log is meant; throws RequestError when it has none. */
export function logInstance(worker: PodWorker, container: string, previous: boolean): ContainerState {
  const podName = worker.pod.metadata?.name ?? '';
  if (!podContainers(worker.pod).some((entry) => entry.spec.name === container)) throw new RequestError(404, `container "${container}" in pod "${podName}" is not available`);
  const instances = worker.container(container);
  if (previous) {
    if (instances.previous) return instances.previous;
    throw new RequestError(400, `previous terminated container "${container}" in pod "${podName}" not found`);
  }
  const { latest } = instances;
  if (latest && latest.state !== 'created') return latest;
  if (instances.previous) return instances.previous;
  throw new RequestError(400, `container "${container}" in pod "${podName}" is waiting to start: ${waitingText(worker.waitingReason(container))}`);
}

function waitingText(reason: string): string {
  if (reason === 'ErrImagePull') return 'image can\'t be pulled';
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image';
  return reason;
}
