import { chmod, chown, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod, Volume } from '../../../schema/v1.37/types/core-v1.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { quantity, wholeUnits } from '../quantities.ts';
import type { System } from '../system.ts';
import { writeAtomically } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { giveToGroup } from './ownership.ts';
import { volumePayload, type PayloadSources } from './projected.ts';
import { resolveVolume } from './volume-source.ts';

/** A volume ready to be mounted into containers. */
export type ReadyVolume = { kind: 'path'; path: string; readOnly: boolean } | { kind: 'image'; reference: string };
export interface VolumeFailure { volume: string; message: string }

export interface VolumeEnvironment extends PayloadSources {
  system: System;
  clock: Clock;
  logger: Logger;
  /** The pod's own directory. */
  directory: string;
  /** The pod's directory on the node's memory file system, for what must not get to a disk. */
  memoryDirectory: string;
  memoryCapacity: number;
  /** Makes the image of an image volume present; its resolved reference. */
  ensureImage(pod: Pod, volume: Volume): Promise<string>;
}

const REFRESH_RETRY_MILLISECONDS = 5000;

/** The volumes of one pod: set up once, contents kept up to date, removed with the pod. */
export class PodVolumes {
  private readonly environment: VolumeEnvironment;
  private readonly ready = new Map<string, ReadyVolume>();
  private pod: Pod;
  private refreshing: Promise<void> | undefined;
  private refreshAgain = false;
  private timer: Timer | undefined;
  private closed = false;

  constructor(pod: Pod, environment: VolumeEnvironment) {
    this.pod = pod;
    this.environment = environment;
  }

  get(name: string): ReadyVolume | undefined { return this.ready.get(name); }

  /** Sets up what is not yet; the failures are worth another try later. */
  async prepare(): Promise<VolumeFailure[]> {
    const failures: VolumeFailure[] = [];
    await Promise.all((this.pod.spec?.volumes ?? []).map(async (volume) => {
      if (this.ready.has(volume.name)) return;
      try {
        this.ready.set(volume.name, await this.setUp(volume));
      } catch (error) {
        failures.push({ volume: volume.name, message: (error as Error).message });
      }
    }));
    return failures;
  }

  /** The pod's labels, or an object that a volume shows, may have changed. */
  refresh(pod: Pod): void {
    this.pod = pod;
    if (this.closed) return;
    if (this.refreshing) {
      this.refreshAgain = true;
      return;
    }
    this.refreshing = this.refreshAll().finally(() => {
      this.refreshing = undefined;
      if (!this.refreshAgain) return;
      this.refreshAgain = false;
      this.refresh(this.pod);
    });
  }

  /** Unmounts and deletes everything that is the pod's own. */
  async remove(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    await this.refreshing;
    this.ready.clear();
    await removePodDirectory(this.environment.system, this.environment.directory, this.environment.memoryDirectory);
  }

  stop(): void {
    this.closed = true;
    this.timer?.cancel();
  }

  private async refreshAll(): Promise<void> {
    for (const volume of this.pod.spec?.volumes ?? []) {
      const ready = this.ready.get(volume.name);
      if (ready?.kind !== 'path' || this.closed) continue;
      try {
        await this.writePayload(volume, ready.path);
      } catch (error) {
        this.environment.logger.warn('volume not updated', { pod: this.pod.metadata?.name, volume: volume.name, error: (error as Error).message });
        this.refreshAt(this.environment.clock.now() + REFRESH_RETRY_MILLISECONDS);
      }
    }
  }

  private refreshAt(time: number): void {
    this.timer?.cancel();
    if (!this.closed) this.timer = this.environment.clock.after(Math.max(0, time - this.environment.clock.now()), () => this.refresh(this.pod));
  }

  private async setUp(volume: Volume): Promise<ReadyVolume> {
    const resolved = await resolveVolume(this.pod, volume, this.environment.references);
    if (resolved.kind === 'persistent') {
      if (resolved.block) throw new Error('block volumes (volumeMode: Block) are not supported by this node');
      const { hostPath, local } = resolved.persistent.spec ?? {};
      if (hostPath) await prepareHostPath(hostPath.path, hostPath.type);
      else if (local) await stat(local.path).catch(() => { throw new Error(`path "${local.path}" does not exist`); });
      else throw new Error('no volume plugin matched');
      const path = hostPath?.path ?? local?.path ?? '';
      if (local && !resolved.readOnly) await this.applyGroup(path);
      return { kind: 'path', path, readOnly: resolved.readOnly };
    }
    if (volume.image) return { kind: 'image', reference: await this.environment.ensureImage(this.pod, volume) };
    if (volume.hostPath) {
      await prepareHostPath(volume.hostPath.path, volume.hostPath.type);
      return { kind: 'path', path: volume.hostPath.path, readOnly: false };
    }
    if (volume.emptyDir) return { kind: 'path', path: await this.emptyDir(volume), readOnly: false };
    if (volume.configMap || volume.secret || volume.downwardAPI || volume.projected) return this.payloadVolume(volume);
    throw new Error('no volume plugin matched');
  }

  private async applyGroup(path: string): Promise<void> {
    const { fsGroup, fsGroupChangePolicy } = this.pod.spec?.securityContext ?? {};
    if (fsGroup !== undefined) await giveToGroup(path, fsGroup, { readOnly: false, onRootMismatch: fsGroupChangePolicy === 'OnRootMismatch' });
  }

  private async emptyDir(volume: Volume): Promise<string> {
    const { emptyDir } = volume;
    const path = join(this.environment.directory, 'volumes', 'kubernetes.io~empty-dir', volume.name);
    const memory = emptyDir?.medium === 'Memory';
    if (emptyDir?.medium && !memory && !emptyDir.medium.startsWith('HugePages')) throw new Error(`unknown storage medium "${emptyDir.medium}"`);
    // One of a former agent's is as its containers want it by now. It gets its name when it is whole.
    const fresh = memory ? path : `${path}.new`;
    if (!memory && await lstat(path).catch(() => undefined)) return path;
    await mkdir(fresh, { recursive: true });
    if (memory && this.environment.system.isMounted(path)) return path;
    if (memory) this.environment.system.mountTmpfs(path, `size=${this.memorySize(emptyDir.sizeLimit)}`);
    await chmod(fresh, emptyDir?.mode ?? 0o777);
    const group = this.pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) {
      await chown(fresh, -1, group);
      await chmod(fresh, (emptyDir?.mode ?? 0o777) | 0o2770);
    }
    if (!memory) await rename(fresh, path);
    return path;
  }

  private memorySize(limit: string | number | undefined): number {
    const candidates = [this.environment.memoryCapacity];
    if (limit !== undefined && quantity(limit) > 0) candidates.push(wholeUnits(limit));
    const containers = this.pod.spec?.containers ?? [];
    const limits = containers.map((container) => wholeUnits(container.resources?.limits?.['memory']));
    if (limits.length > 0 && limits.every((bytes) => bytes > 0)) candidates.push(limits.reduce((sum, bytes) => sum + bytes, 0));
    return Math.min(...candidates);
  }

  private async payloadVolume(volume: Volume): Promise<ReadyVolume> {
    const secret = volume.secret !== undefined || volume.projected !== undefined;
    const path = secret ? join(this.environment.memoryDirectory, volume.name)
      : join(this.environment.directory, 'volumes', volume.configMap ? 'kubernetes.io~configmap' : 'kubernetes.io~downward-api', volume.name);
    await mkdir(path, { recursive: true });
    await chmod(path, 0o777);
    const group = this.pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) {
      await chown(path, -1, group);
      await chmod(path, 0o2777);
    }
    await this.writePayload(volume, path);
    return { kind: 'path', path, readOnly: true };
  }

  private async writePayload(volume: Volume, path: string): Promise<void> {
    const content = await volumePayload(this.pod, volume, this.environment);
    if (!content) return;
    const user = volume.configMap?.defaultUser ?? volume.secret?.defaultUser ?? volume.downwardAPI?.defaultUser ?? volume.projected?.defaultUser;
    await writeAtomically(path, content.payload, { group: this.pod.spec?.securityContext?.fsGroup, user });
    if (content.refreshAt !== undefined) this.refreshAt(content.refreshAt);
  }
}

/** Deletes a pod's directory, but never through a mount that could not be taken away. */
export async function removePodDirectory(system: System, directory: string, memoryDirectory: string): Promise<void> {
  system.unmountBelow(directory);
  await Promise.all([rm(directory, { recursive: true, force: true }), rm(memoryDirectory, { recursive: true, force: true })]);
}
