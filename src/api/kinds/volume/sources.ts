import type * as core from '../pod/types.ts';
import type { Findings } from '../common/findings.ts';
import { rangeMessage } from '../common/findings.ts';
import { dnsLabel, dnsSubdomain, labelName, subdomainName } from '../common/formats.ts';
import { validateNoBacksteps, validateRelativePath } from '../common/paths.ts';

/** The volume sources that pods and PersistentVolumes share, and those of storage systems. One check a source. */

function required(findings: Findings, path: string, source: object, ...fields: string[]): void {
  for (const field of fields) {
    const value = (source as Record<string, unknown>)[field];
    if (value == null || value === '' || (Array.isArray(value) && value.length === 0)) findings.required(`${path}.${field}`);
  }
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

export function validateHostPath(findings: Findings, path: string, { path: hostPath = '', type }: core.HostPathVolumeSource): void {
  if (!hostPath) return findings.required(`${path}.path`);
  validateNoBacksteps(findings, `${path}.path`, hostPath);
  if (type != null) findings.oneOf(`${path}.type`, type, HOST_PATH_TYPES);
}

export function validateNfs(findings: Findings, path: string, nfs: core.NFSVolumeSource): void {
  required(findings, path, nfs, 'server', 'path');
  if (!nfs.path?.startsWith('/')) findings.invalid(`${path}.path`, nfs.path ?? '', 'must be an absolute path');
}

export function validateLocal(findings: Findings, path: string, local: core.LocalVolumeSource): void {
  if (!local.path) return findings.required(`${path}.path`);
  validateNoBacksteps(findings, `${path}.path`, local.path);
}

const ISCSI_FORMS: [prefix: string, pattern: RegExp][] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/], ['eui', /^eui.[A-Za-z0-9]{16}$/], ['naa', /^naa.[A-Za-z0-9]{32}$/],
];

function validateIscsiName(findings: Findings, path: string, name: string, inPod: boolean): void {
  const form = ISCSI_FORMS.find(([prefix]) => name.startsWith(prefix));
  if (!form) findings.invalid(path, name, inPod ? 'must be valid format starting with iqn, eui, or naa' : 'must be valid format');
  else if (!form[1].test(name)) findings.invalid(path, name, 'must be valid format');
}

function validateIscsi(findings: Findings, path: string, iscsi: core.ISCSIVolumeSource | core.ISCSIPersistentVolumeSource, inPod: boolean): void {
  required(findings, path, iscsi, 'targetPortal');
  if (!iscsi.iqn) findings.required(`${path}.iqn`);
  else validateIscsiName(findings, `${path}.iqn`, iscsi.iqn, inPod);
  if (iscsi.lun < 0 || iscsi.lun > 255) findings.invalid(`${path}.lun`, iscsi.lun, rangeMessage(0, 255));
  if ((iscsi.chapAuthDiscovery || iscsi.chapAuthSession) && !iscsi.secretRef) findings.required(`${path}.secretRef`);
  if (!inPod && iscsi.secretRef && !iscsi.secretRef.name) findings.required(`${path}.secretRef.name`);
  if (iscsi.initiatorName != null) validateIscsiName(findings, `${path}.initiatorname`, iscsi.initiatorName, inPod);
}

const ISCSI_LENGTH = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

export function validatePodIscsi(findings: Findings, volumePath: string, iscsi: core.ISCSIVolumeSource, volumeName: string): void {
  validateIscsi(findings, `${volumePath}.iscsi`, iscsi, true);
  if (iscsi.initiatorName != null && `${volumeName}:${iscsi.targetPortal}`.length > 64) findings.invalid(`${volumePath}.name`, volumeName, ISCSI_LENGTH);
}

export function validatePersistentIscsi(findings: Findings, path: string, iscsi: core.ISCSIPersistentVolumeSource, volumeName: string): void {
  validateIscsi(findings, path, iscsi, false);
  if (iscsi.initiatorName != null && `${volumeName}:${iscsi.targetPortal}`.length > 64) findings.invalid(`${path}.targetportal`, iscsi.targetPortal, ISCSI_LENGTH);
}

function validateFibreChannel(findings: Findings, path: string, fc: core.FCVolumeSource): void {
  const targets = fc.targetWWNs?.length ?? 0;
  const ids = fc.wwids?.length ?? 0;
  if (targets === 0 && ids === 0) findings.required(`${path}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both');
  if (targets > 0 && ids > 0) findings.invalid(`${path}.targetWWNs`, fc.targetWWNs, 'targetWWNs and wwids can not be specified simultaneously');
  if (targets === 0) return;
  if (fc.lun == null) findings.required(`${path}.lun`, 'lun is required if targetWWNs is specified');
  else if (fc.lun < 0 || fc.lun > 255) findings.invalid(`${path}.lun`, fc.lun, rangeMessage(0, 255));
}

function validatePartition(findings: Findings, path: string, partition = 0): void {
  if (partition < 0 || partition > 255) findings.invalid(`${path}.partition`, partition, rangeMessage(1, 255));
}

function validateQuobyte(findings: Findings, path: string, { registry, tenant = '', volume }: core.QuobyteVolumeSource): void {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (!registry) findings.required(`${path}.registry`, pairs);
  else if (tenant.length >= 65) findings.required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters');
  else if (registry.split(',').some((pair) => !/^(\[[^\]]*\]|[^:]*):[^:]*$/.test(pair))) findings.invalid(`${path}.registry`, registry, pairs);
  if (!volume) findings.required(`${path}.volume`);
}

function validateFlocker(findings: Findings, path: string, { datasetName = '', datasetUUID = '' }: core.FlockerVolumeSource): void {
  if (!datasetName && !datasetUUID) findings.required(path, 'one of datasetName and datasetUUID is required');
  if (datasetName && datasetUUID) findings.invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously');
  if (datasetName.includes('/')) findings.invalid(`${path}.datasetName`, datasetName, "must not contain '/'");
}

function validateFlex(findings: Findings, path: string, flex: core.FlexVolumeSource): void {
  required(findings, path, flex, 'driver');
  for (const key in flex.options) {
    const namespace = `.${key.split('/', 1)[0]?.toLowerCase()}`;
    if (namespace.endsWith('.kubernetes.io') || namespace.endsWith('.k8s.io')) findings.invalid(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved');
  }
}

function validateAzureDisk(findings: Findings, path: string, disk: core.AzureDiskVolumeSource): void {
  required(findings, path, disk, 'diskName', 'diskURI');
  if (disk.cachingMode != null) findings.oneOf(`${path}.cachingMode`, disk.cachingMode, ['None', 'ReadOnly', 'ReadWrite']);
  if (disk.kind == null) return;
  findings.oneOf(`${path}.kind`, disk.kind, ['Dedicated', 'Managed', 'Shared']);
  const uri = disk.diskURI ?? '';
  if (disk.kind === 'Managed') {
    if (!uri.startsWith('/subscriptions/')) findings.notSupported(`${path}.diskURI`, uri, ['/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}']);
  } else if (!uri.startsWith('https://')) findings.notSupported(`${path}.diskURI`, uri, ['https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd']);
}

function validateStorageOs(findings: Findings, path: string, source: core.StorageOSVolumeSource | core.StorageOSPersistentVolumeSource, inPod: boolean): void {
  if (!source.volumeName) findings.required(`${path}.volumeName`);
  else findings.invalidEach(`${path}.volumeName`, source.volumeName, dnsLabel(source.volumeName));
  if (source.volumeNamespace) findings.invalidEach(`${path}.volumeNamespace`, source.volumeNamespace, dnsLabel(source.volumeNamespace));
  if (source.secretRef) required(findings, `${path}.secretRef`, source.secretRef, 'name', ...(inPod ? [] : ['namespace']));
}

export function validateDriverName(findings: Findings, path: string, name: string | undefined): void {
  if (!name) return findings.required(path);
  if (name.length > 63) findings.tooLong(path, 63);
  findings.invalidEach(path, name, dnsSubdomain(name.toLowerCase()));
}

function validateCsiSecret(findings: Findings, path: string, secret: core.SecretReference | undefined): void {
  if (!secret) return;
  if (!secret.name) findings.required(`${path}.name`);
  else findings.invalidEach(`${path}.name`, secret.name, dnsSubdomain(secret.name));
  if (!secret.namespace) findings.required(`${path}.namespace`);
  else findings.invalidEach(`${path}.namespace`, secret.namespace, dnsLabel(secret.namespace));
}

export function validatePersistentCsi(findings: Findings, path: string, csi: core.CSIPersistentVolumeSource): void {
  validateDriverName(findings, `${path}.driver`, csi.driver);
  required(findings, path, csi, 'volumeHandle');
  for (const field of ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const) {
    validateCsiSecret(findings, `${path}.${field}`, csi[field]);
  }
}

export function validatePodCsi(findings: Findings, path: string, csi: core.CSIVolumeSource): void {
  validateDriverName(findings, `${path}.driver`, csi.driver);
  if (!csi.nodePublishSecretRef) return;
  const name = csi.nodePublishSecretRef.name;
  if (!name) findings.required(`${path}.nodePublishSecretRef.name`);
  else findings.invalidEach(`${path}.name`, name, subdomainName(name));
}

function validateGlusterNamespace(findings: Findings, path: string, namespace: string | undefined): void {
  if (namespace === '') findings.invalid(`${path}.endpointsNamespace`, namespace, 'if the endpointnamespace is set, it must be a valid namespace name');
  else if (namespace != null) findings.invalidEach(`${path}.endpointsNamespace`, namespace, labelName(namespace));
}

export function validateGitRepo(findings: Findings, path: string, source: core.GitRepoVolumeSource): void {
  required(findings, path, source, 'repository');
  validateRelativePath(findings, `${path}.directory`, source.directory ?? '');
}

type Check<Source> = (findings: Findings, path: string, source: Source, inPod: boolean) => void;
/** The sources whose checks differ at most by whether a pod or a PersistentVolume holds them. */
export const STORAGE_SYSTEMS = {
  gcePersistentDisk: (findings, path, source) => { required(findings, path, source, 'pdName'); validatePartition(findings, path, source.partition); },
  awsElasticBlockStore: (findings, path, source) => { required(findings, path, source, 'volumeID'); validatePartition(findings, path, source.partition); },
  glusterfs: (findings, path, source) => {
    required(findings, path, source, 'endpoints', 'path');
    validateGlusterNamespace(findings, path, (source as core.GlusterfsPersistentVolumeSource).endpointsNamespace);
  },
  flocker: validateFlocker,
  rbd: (findings, path, source) => required(findings, path, source, 'monitors', 'image'),
  quobyte: validateQuobyte,
  cephfs: (findings, path, source) => required(findings, path, source, 'monitors'),
  cinder: (findings, path, source, inPod) => {
    required(findings, path, source, 'volumeID');
    if (source.secretRef) required(findings, `${path}.secretRef`, source.secretRef, 'name', ...(inPod ? [] : ['namespace']));
  },
  fc: validateFibreChannel,
  flexVolume: validateFlex,
  azureFile: (findings, path, source) => {
    required(findings, path, source, 'secretName', 'shareName');
    if ((source as core.AzureFilePersistentVolumeSource).secretNamespace === '') findings.required(`${path}.secretNamespace`);
  },
  vsphereVolume: (findings, path, source) => required(findings, path, source, 'volumePath'),
  photonPersistentDisk: (findings, path, source) => required(findings, path, source, 'pdID'),
  portworxVolume: (findings, path, source) => required(findings, path, source, 'volumeID'),
  azureDisk: validateAzureDisk,
  scaleIO: (findings, path, source) => required(findings, path, source, 'gateway', 'system', 'volumeName'),
  storageos: validateStorageOs,
} satisfies { [Name in keyof core.Volume & keyof core.PersistentVolumeSpec]?: Check<NonNullable<core.Volume[Name] | core.PersistentVolumeSpec[Name]>> };

export type StorageSystem = keyof typeof STORAGE_SYSTEMS;
/** Paths that Kubernetes writes otherwise than the field is named. */
const ODD_PATHS: Partial<Record<StorageSystem, string>> = { gcePersistentDisk: 'persistentDisk' };
const ODD_REFUSALS: Partial<Record<StorageSystem, string>> = { cephfs: 'cephFS' };

export function validateStorageSystem(findings: Findings, path: string, name: StorageSystem, source: object, inPod: boolean): void {
  (STORAGE_SYSTEMS[name] as Check<object>)(findings, `${path}.${ODD_PATHS[name] ?? name}`, source, inPod);
}

export function refuseSecondSource(findings: Findings, path: string, name: string): void {
  findings.forbidden(`${path}.${ODD_REFUSALS[name as StorageSystem] ?? name}`, 'may not specify more than 1 volume type');
}
