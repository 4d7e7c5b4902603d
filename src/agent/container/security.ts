import type { Container, Pod, SeccompProfile } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerSecurity, ImageInfo } from '../../runtime/runtime.ts';
import { describePod } from '../pod/specs.ts';
import { ContainerConfigError } from './environment.ts';

/** What the runtime is told about rights, from the pod's and the container's security contexts. */
export function containerSecurity(pod: Pod, container: Container, seccompRoot: string, extraGroups: number[] = []): ContainerSecurity {
  const ofPod = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const groups = new Set([...(ofPod.supplementalGroups ?? []), ...(ofPod.fsGroup !== undefined ? [ofPod.fsGroup] : []), ...extraGroups]);
  const add = (own.capabilities?.add ?? []).map(capability);
  const privileged = own.privileged ?? false;
  return {
    user: own.runAsUser ?? ofPod.runAsUser, group: own.runAsGroup ?? ofPod.runAsGroup,
    supplementalGroups: [...groups], supplementalGroupsPolicy: ofPod.supplementalGroupsPolicy === 'Strict' ? 'Strict' : 'Merge',
    privileged, readOnlyRootFilesystem: own.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own.allowPrivilegeEscalation ?? true,
    addCapabilities: add, dropCapabilities: (own.capabilities?.drop ?? []).map(capability),
    seccomp: seccomp(own.seccompProfile ?? ofPod.seccompProfile, privileged, seccompRoot),
    unmaskedProc: own.procMount === 'Unmasked',
  };
}

function capability(name: string): string {
  const upper = name.toUpperCase();
  return upper === 'ALL' || upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}

function seccomp(profile: SeccompProfile | undefined, privileged: boolean, root: string): ContainerSecurity['seccomp'] {
  if (privileged || !profile || profile.type === 'Unconfined') return { type: 'Unconfined' };
  if (profile.type === 'Localhost') return { type: 'Localhost', path: `${root}/${profile.localhostProfile ?? ''}` };
  return { type: 'RuntimeDefault' };
}

/** Throws when runAsNonRoot is asked for and the container would run as root, or nobody can tell. */
export function verifyNonRoot(pod: Pod, container: Container, image: ImageInfo): void {
  const ofPod = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  if (!(own.runAsNonRoot ?? ofPod.runAsNonRoot)) return;
  const where = `(pod: ${JSON.stringify(describePod(pod))}, container: ${container.name})`;
  const user = own.runAsUser ?? ofPod.runAsUser;
  if (user !== undefined) {
    if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  const name = (image.user ?? '').split(':')[0] ?? '';
  if (name === '' || Number(name) === 0) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (!/^\d+$/.test(name)) throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${name}), cannot verify user is non-root ${where}`);
}
