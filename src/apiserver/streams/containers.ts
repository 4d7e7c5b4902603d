import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { badRequest } from '../../api/status.ts';

/** The container a request means: the named one, or the only one. Throws StatusError 400. */
export function chooseContainer(pod: Pod, name: string): string {
  const podName = pod.metadata?.name ?? '';
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? { containers: [] };
  if (name) {
    if ([...containers, ...initContainers, ...ephemeralContainers].some((container) => container.name === name)) return name;
    throw badRequest(`container ${name} is not valid for pod ${podName}`);
  }
  const names = containers.map((container) => container.name);
  if (names.length === 1) return names[0] as string;
  if (names.length === 0) throw badRequest(`a container name must be specified for pod ${podName}`);
  const all = [...initContainers, ...containers, ...ephemeralContainers].map((container) => container.name);
  throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${all.join(' ')}]`);
}
