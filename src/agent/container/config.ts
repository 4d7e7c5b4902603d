import { createHash } from 'node:crypto';
import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerConfig, ContainerResources, ContainerSecurity, ImageInfo, Mount } from '../../runtime/runtime.ts';
import { expand } from './expansion.ts';
import { LABEL } from './labels.ts';

export interface ContainerConfigInput {
  id: string; pod: Pod; container: Container & { targetContainerName?: string }; attempt: number; sandboxId: string;
  image: ImageInfo; environment: Map<string, string>; mounts: Mount[]; devices: ContainerConfig['devices'];
  security: ContainerSecurity; resources: ContainerResources; targetContainerId?: string;
  /** The file in the node's tree that is mounted at terminationMessagePath. */
  terminationMessageFile: string;
}

/** Everything the runtime must know to make the container. Pure. */
export function containerConfig(input: ContainerConfigInput): ContainerConfig {
  const { container, environment, image, pod } = input;
  const lookup = (name: string): string | undefined => environment.get(name);
  const messagePath = container.terminationMessagePath || '/dev/termination-log';
  const stopSignal = container.lifecycle?.stopSignal;
  return {
    id: input.id, sandboxId: input.sandboxId, name: container.name, attempt: input.attempt, imageId: image.id,
    ...(container.command?.length ? { command: container.command.map((word) => expand(word, lookup)) } : {}),
    ...(container.args?.length ? { args: container.args.map((word) => expand(word, lookup)) } : {}),
    environment: [...environment],
    ...(container.workingDir ? { workingDirectory: container.workingDir } : {}),
    mounts: [...input.mounts, { hostPath: input.terminationMessageFile, containerPath: messagePath, readOnly: false, propagation: 'private' }],
    devices: input.devices,
    stdin: container.stdin ?? false, stdinOnce: container.stdinOnce ?? false, tty: container.tty ?? false,
    logPath: `${container.name}/${input.attempt}.log`,
    security: input.security, resources: input.resources,
    ...(input.targetContainerId ? { targetContainerId: input.targetContainerId } : {}),
    ...(stopSignal ? { stopSignal } : {}),
    labels: {
      ...podLabels(pod), [LABEL.containerName]: container.name, [LABEL.hash]: containerHash(container),
      [LABEL.terminationMessagePath]: messagePath, [LABEL.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
      [LABEL.terminationMessageFile]: input.terminationMessageFile,
      [LABEL.imageName]: image.repoTags[0] ?? container.image ?? '', [LABEL.imageReference]: image.repoDigests[0] ?? image.id,
      [LABEL.gracePeriod]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
      ...(stopSignal ?? image.stopSignal ? { [LABEL.stopSignal]: stopSignal ?? image.stopSignal ?? '' } : {}),
      ...(input.security.user !== undefined ? { [LABEL.user]: userLabel(input.security) } : {}),
    },
  };
}

function userLabel(security: ContainerSecurity): string {
  const group = security.group ?? 0;
  return [security.user, group, group, ...security.supplementalGroups].join(',');
}

export function podLabels(pod: Pod): Record<string, string> {
  const { uid = '', name = '', namespace = '' } = pod.metadata ?? {};
  return { [LABEL.podUid]: uid, [LABEL.podName]: name, [LABEL.podNamespace]: namespace };
}

/** A running container whose hash is not that of its specification is made anew: of its fields only the image may change. */
export function containerHash(container: Pick<Container, 'name' | 'image'>): string {
  return createHash('sha256').update(`${container.name}\0${container.image ?? ''}`).digest('hex').slice(0, 16);
}
