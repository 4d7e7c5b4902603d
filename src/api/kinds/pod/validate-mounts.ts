import type { Container, Volume, VolumeDevice, VolumeMount } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { hasBackstep, validateRelativePath } from '../common/paths.ts';

/** The volumes of a pod that are in order, by name. */
export type VolumeMap = Map<string, Volume>;

function validatePropagation(findings: Findings, path: string, mount: VolumeMount, container: Pick<Container, 'securityContext'>): void {
  const { mountPropagation } = mount;
  if (mountPropagation != null) {
    findings.oneOf(`${path}.mountPropagation`, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
    if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged) {
      findings.forbidden(`${path}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers');
    }
  }
  const { recursiveReadOnly } = mount;
  if (recursiveReadOnly == null || recursiveReadOnly === 'Disabled') return;
  const at = `${path}.recursiveReadOnly`;
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return findings.notSupported(at, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']);
  if (!mount.readOnly) findings.forbidden(at, 'may only be specified when readOnly is true');
  if (mountPropagation != null && mountPropagation !== 'None') findings.forbidden(at, 'may only be specified when mountPropagation is None or not specified');
}

function validateOptions(findings: Findings, path: string, mount: VolumeMount, volume: Volume | undefined): void {
  const options = mount.bindMountOptions;
  if (!options?.length) return;
  options.forEach((option, index) => {
    findings.oneOf(`${path}[${index}]`, option, ['nodev', 'noexec', 'nosuid']);
    if (options.indexOf(option) < index) findings.duplicate(`${path}[${index}]`, option);
  });
  if (volume?.image) findings.invalid(path, options, 'bindMountOptions may not be used with image volumes');
}

export function validateMounts(findings: Findings, path: string, container: Pick<Container, 'volumeMounts' | 'volumeDevices' | 'securityContext'>, volumes: VolumeMap): void {
  const seen = new Set<string>();
  const devices = container.volumeDevices;
  const mounts = container.volumeMounts ?? [];
  for (let index = 0; index < mounts.length; index++) {
    const mount = mounts[index] as VolumeMount;
    const at = `${path}[${index}]`;
    if (!mount.name) findings.required(`${at}.name`);
    if (!volumes.has(mount.name)) findings.notFound(`${at}.name`, mount.name ?? '');
    if (!mount.mountPath) findings.required(`${at}.mountPath`);
    if (seen.has(mount.mountPath)) findings.invalid(`${at}.mountPath`, mount.mountPath, 'must be unique');
    seen.add(mount.mountPath);
    if (devices?.some(({ name }) => name === mount.name)) findings.invalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices');
    if (devices?.some(({ devicePath }) => devicePath === mount.mountPath)) findings.invalid(`${at}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices');
    if (mount.subPath) validateRelativePath(findings, `${path}.subPath`, mount.subPath);
    if (mount.subPathExpr) {
      if (mount.subPath) findings.invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      validateRelativePath(findings, `${path}.subPathExpr`, mount.subPathExpr);
    }
    validatePropagation(findings, path, mount, container);
    validateOptions(findings, `${at}.bindMountOptions`, mount, volumes.get(mount.name));
  }
}

export function validateDevices(findings: Findings, path: string, devices: VolumeDevice[], mounts: VolumeMount[] | undefined, volumes: VolumeMap): void {
  const paths = new Set<string>();
  const names = new Set<string>();
  devices.forEach(({ name, devicePath }, index) => {
    const at = `${path}[${index}]`;
    const volume = volumes.get(name);
    if (!name) findings.required(`${at}.name`);
    if (names.has(name)) findings.invalid(`${at}.name`, name, 'must be unique');
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) findings.invalid(`${at}.name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    if (!volume) findings.notFound(`${at}.name`, name ?? '');
    if (!devicePath) findings.required(`${at}.devicePath`);
    if (paths.has(devicePath)) findings.invalid(`${at}.devicePath`, devicePath, 'must be unique');
    if (devicePath && hasBackstep(devicePath)) findings.invalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (mounts?.some((mount) => mount.name === name)) findings.invalid(`${at}.name`, name, 'must not already exist in volumeMounts');
    if (mounts?.some((mount) => mount.mountPath === devicePath)) findings.invalid(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts');
    if (name) names.add(name);
  });
}
