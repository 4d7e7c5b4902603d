import { join } from 'node:path';
import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { Mount } from '../../runtime/runtime.ts';
import { ContainerConfigError } from '../container/environment.ts';
import { expand } from '../container/expansion.ts';
import type { System } from '../system.ts';
import { mountSubPath } from './sub-path.ts';
import type { ReadyVolume } from './pod-volumes.ts';

const PROPAGATION: Record<string, Mount['propagation']> = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' };

export interface ContainerMountsInput {
  pod: Pod; container: Container; environment: Map<string, string>;
  volume(name: string): ReadyVolume | undefined;
  system: System;
  /** The pod's directory. */
  directory: string;
}

/** The mounts a container asks for. Throws ContainerConfigError. */
export async function containerMounts(input: ContainerMountsInput): Promise<Mount[]> {
  const { container } = input;
  if (container.volumeDevices?.length) throw new ContainerConfigError('block devices (volumeDevices) are not supported by this node');
  const mounts: Mount[] = [];
  for (const [index, request] of (container.volumeMounts ?? []).entries()) {
    const volume = input.volume(request.name);
    if (!volume) throw new ContainerConfigError(`cannot find volume "${request.name}" to mount into container "${container.name}"`);
    const propagation = PROPAGATION[request.mountPropagation ?? 'None'] ?? 'private';
    const subPath = subPathOf(input, request.subPath, request.subPathExpr);
    const recursive = request.recursiveReadOnly === 'Enabled' || request.recursiveReadOnly === 'IfPossible';
    const containerPath = request.mountPath.startsWith('/') ? request.mountPath : `/${request.mountPath}`;
    if (volume.kind === 'image') {
      mounts.push({ hostPath: '', imageReference: volume.reference, ...(subPath ? { imageSubPath: subPath } : {}), containerPath, readOnly: true, propagation: 'private' });
      continue;
    }
    let hostPath = volume.path;
    if (subPath) {
      hostPath = join(input.directory, 'volume-subpaths', request.name, container.name, String(index));
      try {
        await mountSubPath(input.system, volume.path, subPath, hostPath);
      } catch (error) {
        throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${request.name}" of container "${container.name}": ${(error as Error).message}`);
      }
    }
    const readOnly = (request.readOnly ?? false) || volume.readOnly;
    mounts.push({ hostPath, containerPath, readOnly, ...(readOnly && recursive ? { recursiveReadOnly: true } : {}), propagation });
  }
  return mounts;
}

function subPathOf(input: ContainerMountsInput, subPath: string | undefined, expression: string | undefined): string {
  if (!expression) return subPath ?? '';
  const missing: string[] = [];
  const expanded = expand(expression, (name) => {
    const value = input.environment.get(name);
    if (value === undefined || value === '') missing.push(name);
    return value;
  });
  if (missing.length > 0) throw new ContainerConfigError(`missing value for "${missing[0]}"`);
  if (expanded.startsWith('/') || expanded.split('/').includes('..')) throw new ContainerConfigError(`subPath "${expanded}" must be a relative path inside the volume`);
  return expanded;
}
