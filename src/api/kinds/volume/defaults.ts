import type { AzureDiskVolumeSource, ISCSIPersistentVolumeSource, ISCSIVolumeSource, RBDPersistentVolumeSource, RBDVolumeSource, ScaleIOPersistentVolumeSource, ScaleIOVolumeSource } from '../../../../schema/v1.37/types/core-v1.ts';

interface LegacySources {
  azureDisk?: AzureDiskVolumeSource;
  iscsi?: ISCSIVolumeSource | ISCSIPersistentVolumeSource;
  rbd?: RBDVolumeSource | RBDPersistentVolumeSource;
  scaleIO?: ScaleIOVolumeSource | ScaleIOPersistentVolumeSource;
}

/** Defaults of the storage systems' own volume sources, the same in pods and in PersistentVolumes. */
export function defaultLegacyVolumeSource({ azureDisk, iscsi, rbd, scaleIO }: LegacySources): void {
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
    azureDisk.kind ??= 'Shared';
  }
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}
