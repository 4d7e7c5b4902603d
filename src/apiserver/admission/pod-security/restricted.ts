import type { Volume } from '../../../../schema/v1.37/types/core-v1.ts';
import { badSeccomp, procMount } from './baseline.ts';
import { containersOf, failing, hasOwnUsers, isWindows, named, plural, quoted, setters, sorted, type Check, type CheckedPod, type Finding } from './pod.ts';

const ALLOWED_VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'] as const;
const KNOWN_VOLUMES = ['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder',
  'cephfs', 'flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos'] as const;

function privilegeEscalation({ spec }: CheckedPod): Finding {
  const names = failing(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  return names.length > 0 ? { reason: 'allowPrivilegeEscalation != false', detail: `${named(names)} must set securityContext.allowPrivilegeEscalation=false` } : undefined;
}

function capabilities({ spec }: CheckedPod): Finding {
  const keeping = failing(spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
  const added = containersOf(spec).map(({ name, securityContext }) => ({ name, bad: (securityContext?.capabilities?.add ?? []).filter((one) => one !== 'NET_BIND_SERVICE') }))
    .filter(({ bad }) => bad.length > 0);
  const details = [
    ...(keeping.length > 0 ? [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(added.length > 0 ? [`${named(added.map(({ name }) => name))} must not include ${quoted(sorted(added.flatMap(({ bad }) => bad)))} in securityContext.capabilities.add`] : []),
  ];
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
}

function volumeTypes({ spec }: CheckedPod): Finding {
  const bad = (spec.volumes ?? []).filter((volume) => !ALLOWED_VOLUMES.some((type) => volume[type]));
  if (bad.length === 0) return undefined;
  const typeOf = (volume: Volume): string => KNOWN_VOLUMES.find((type) => volume[type]) ?? 'unknown';
  const types = sorted(bad.map(typeOf));
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return {
    reason: 'restricted volume types',
    detail: `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => name))} ${plural('uses', 'use', bad.length)} ${what} ${quoted(types)}`,
  };
}

function nonRoot({ spec }: CheckedPod): Finding {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = setters(ofPod === false, failing(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false));
  if (explicit) return { reason: 'runAsNonRoot != true', detail: `${explicit} must not set securityContext.runAsNonRoot=false` };
  const silent = ofPod ? [] : failing(spec, ({ securityContext }) => securityContext?.runAsNonRoot == null);
  return silent.length > 0 ? { reason: 'runAsNonRoot != true', detail: `pod or ${named(silent)} must set securityContext.runAsNonRoot=true` } : undefined;
}

function nonRootUser({ spec }: CheckedPod): Finding {
  const who = setters(spec.securityContext?.runAsUser === 0, failing(spec, ({ securityContext }) => securityContext?.runAsUser === 0));
  return who ? { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` } : undefined;
}

function seccomp(pod: CheckedPod): Finding {
  const bad = badSeccomp(pod);
  if (bad || pod.spec.securityContext?.seccompProfile) return bad;
  const silent = failing(pod.spec, ({ securityContext }) => !securityContext?.seccompProfile);
  if (silent.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `pod or ${named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` };
}

/** Windows has none of these, which counts from 1.25 on. */
const notOnWindows = (check: (pod: CheckedPod) => Finding): Check['check'] => (pod, version) => (version >= 25 && isWindows(pod.spec) ? undefined : check(pod));
const notWithOwnUsers = (check: (pod: CheckedPod) => Finding): Check['check'] => (pod, version) => (hasOwnUsers(pod.spec, version) ? undefined : check(pod));

export const RESTRICTED: Check[] = [
  { id: 'allowPrivilegeEscalation', level: 'restricted', since: 8, check: notOnWindows(privilegeEscalation) },
  { id: 'capabilities_restricted', level: 'restricted', since: 22, overrides: ['capabilities_baseline'], check: notOnWindows(capabilities) },
  { id: 'procMount_restricted', level: 'restricted', since: 35, overrides: ['procMount'], check: procMount },
  { id: 'restrictedVolumes', level: 'restricted', since: 0, overrides: ['hostPathVolumes'], check: volumeTypes },
  { id: 'runAsNonRoot', level: 'restricted', since: 0, check: notWithOwnUsers(nonRoot) },
  { id: 'runAsUser', level: 'restricted', since: 23, check: notWithOwnUsers(nonRootUser) },
  { id: 'seccompProfile_restricted', level: 'restricted', since: 19, overrides: ['seccompProfile_baseline'], check: notOnWindows(seccomp) },
];
