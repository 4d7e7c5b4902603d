import { eachContainer } from './context.ts';
import type { AppArmorProfile, Pod, PodSpec } from './types.ts';
import { semanticEqual } from '../common/equality.ts';
import { APPARMOR } from './validate-annotations.ts';

/** The profile that an annotation names; undefined for one that cannot be. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = /^localhost\/(.+)$/s.exec(annotation)?.[1];
  return name && name.trim() === name && name.length <= 4095 ? { type: 'Localhost', localhostProfile: name } : undefined;
}

/** In place: fills in a container's profile from its old annotation, where there is no field yet, and warns of it. */
export function readAppArmorAnnotations(pod: Pod, warn: (text: string) => void): void {
  const spec = pod.spec as PodSpec;
  if (spec.os?.name === 'windows') return;
  for (const [container] of eachContainer(spec, '')) {
    const annotation = pod.metadata?.annotations?.[APPARMOR + container.name];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotation);
    if (profile && semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(`metadata.annotations[${APPARMOR}${container.name}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}
