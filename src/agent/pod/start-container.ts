import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { readInsideDirectory } from '../../linux/open-inside.ts';
import type { ImageInfo } from '../../runtime/runtime.ts';
import { containerConfig } from '../container/config.ts';
import { containerEnvironment, ContainerConfigError } from '../container/environment.ts';
import { runHook } from '../container/hooks.ts';
import { containerResources } from '../container/resources.ts';
import { containerSecurity, verifyNonRoot } from '../container/security.ts';
import { ImageUnavailable } from '../images/image-manager.ts';
import { containerMounts } from '../volumes/container-mounts.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { podDirectory, podEvent, type PodContext } from './pod-context.ts';
import { podFileMounts } from './pod-sandbox.ts';
import type { PodReferences } from './references.ts';
import type { ContainerEntry } from './specs.ts';

/** A start that did not get there: what the container's waiting state says. */
export class StartFailure extends Error {
  override name = 'StartFailure';
  readonly reason: string;
  /** Known when an image decides it. */
  readonly retryAt: number | undefined;
  constructor(reason: string, message: string, retryAt?: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

export interface StartRequest {
  pod: Pod;
  entry: ContainerEntry;
  attempt: number;
  sandboxId: string;
  podIPs: string[];
  volumes: PodVolumes;
  references: PodReferences;
  /** Instance of the container whose processes an ephemeral one shares. */
  targetContainerId?: string;
  /** True once the start is not wanted any more; nothing is created then. */
  cancelled(): boolean;
  /** Called before the runtime creates it: from here on there is something to clean up. */
  creating(id: string): void;
  /** The process runs; a postStart hook may follow. */
  started(): void;
}

/** Of a file with variables. */
const VARIABLES_LIMIT = 1024 * 1024;
const NEVER_MILLISECONDS = 2 ** 31 - 1;

/** Image, configuration, create, start, postStart. Resolves when the container runs (or was cancelled); throws StartFailure. */
export async function startContainer(context: PodContext, request: StartRequest): Promise<void> {
  const { pod, entry } = request;
  const event = (type: 'Normal' | 'Warning', reason: string, message: string): void => podEvent(context, pod, type, reason, message, entry);
  const image = await ensureImage(context, request, event);
  if (request.cancelled()) return;
  const id = Buffer.from(context.random.bytes(32)).toString('hex');
  const config = await configure(context, request, image, id).catch((error: Error) => {
    event('Warning', 'Failed', `Error: ${error.message}`);
    throw new StartFailure('CreateContainerConfigError', error.message);
  });
  if (request.cancelled()) return;
  request.creating(id);
  try {
    await context.runtime.createContainer(config);
  } catch (error) {
    event('Warning', 'Failed', `Error: ${(error as Error).message}`);
    throw new StartFailure('CreateContainerError', (error as Error).message);
  }
  event('Normal', 'Created', 'Container created');
  try {
    await context.runtime.startContainer(id);
  } catch (error) {
    event('Warning', 'Failed', `Error: ${(error as Error).message}`);
    throw new StartFailure('RunContainerError', (error as Error).message);
  }
  event('Normal', 'Started', 'Container started');
  request.started();
  await postStart(context, request, id, event);
}

type EventFunction = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

async function ensureImage(context: PodContext, { pod, entry, references }: StartRequest, event: EventFunction): Promise<ImageInfo> {
  try {
    return await context.imageManager.ensure({
      image: entry.spec.image ?? '', policy: entry.spec.imagePullPolicy ?? 'IfNotPresent', podUid: pod.metadata?.uid ?? '',
      secrets: () => references.pullSecrets(pod), event,
    });
  } catch (error) {
    const failure = error instanceof ImageUnavailable ? error : new ImageUnavailable('ImageInspectError', (error as Error).message, context.clock.now() + 10_000);
    event('Warning', 'Failed', `Error: ${failure.reason}`);
    throw new StartFailure(failure.reason, failure.message, failure.retryAt);
  }
}

async function configure(context: PodContext, request: StartRequest, image: ImageInfo, id: string): Promise<ReturnType<typeof containerConfig>> {
  const { pod, entry, attempt, volumes, references } = request;
  const container = entry.spec;
  const directory = podDirectory(context, pod.metadata?.uid ?? '');
  verifyNonRoot(pod, container, image);
  const environment = await containerEnvironment(pod, container, {
    configMap: (name) => references.configMap(name), secret: (name) => references.secret(name), services: context.services,
    apiServer: context.apiServer, allocatable: context.allocatable(), nodeName: context.nodeName, hostIPs: context.hostIPs, podIPs: request.podIPs,
    volumeFile: async (name, path) => {
      const volume = volumes.get(name);
      if (volume?.kind !== 'path') throw new ContainerConfigError(`volume "${name}" not found`);
      // Other containers may have put a link or a pipe there.
      return readInsideDirectory(volume.path, path, VARIABLES_LIMIT);
    },
  });
  const mounts = await containerMounts({ pod, container, environment, volume: (name) => volumes.get(name), system: context.system, directory });
  return containerConfig({
    id, pod, container, attempt, sandboxId: request.sandboxId, image, environment, mounts: [...mounts, ...podFileMounts(context, pod, mounts)],
    devices: [], security: containerSecurity(pod, container, `${context.paths.root}/seccomp`),
    resources: containerResources(pod, container, context.memoryCapacity), targetContainerId: request.targetContainerId,
    terminationMessageFile: await messageFile(directory, container.name, id),
  });
}

async function messageFile(directory: string, name: string, id: string): Promise<string> {
  const folder = `${directory}/containers/${name}`;
  await mkdir(folder, { recursive: true });
  const file = `${folder}/${id.slice(0, 8)}`;
  await writeFile(file, '');
  // Any user in the container may write it.
  await chmod(file, 0o666);
  return file;
}

async function postStart(context: PodContext, request: StartRequest, id: string, event: EventFunction): Promise<void> {
  const { entry } = request;
  const hook = entry.spec.lifecycle?.postStart;
  if (!hook) return;
  try {
    await runHook(hook, {
      runtime: context.runtime, container: entry.spec, containerId: id, podIP: request.podIPs[0] ?? '', timeoutMilliseconds: NEVER_MILLISECONDS,
    });
  } catch (error) {
    if (request.cancelled()) return;
    event('Warning', 'FailedPostStartHook', 'PostStartHook failed');
    event('Normal', 'Killing', 'FailedPostStartHook');
    await context.runtime.stopContainer(id, (request.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000);
    throw new StartFailure('PostStartHookError', (error as Error).message);
  }
}

/** The message file and log of an instance that is forgotten. */
export async function removeInstanceFiles(context: PodContext, container: { logPath: string; file: string | undefined }): Promise<void> {
  await rm(container.logPath, { force: true });
  if (container.file) await rm(container.file, { force: true });
}
