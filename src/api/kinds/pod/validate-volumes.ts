import type { EphemeralVolumeSource, ObjectMeta, SecretVolumeSource, ConfigMapVolumeSource, Volume } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { dnsLabel, subdomainName } from '../common/formats.ts';
import { validateTemplateMetadata } from '../common/metadata.ts';
import { isNegative } from '../common/quantities.ts';
import { validateClaimSpec } from '../volume/claim.ts';
import * as sources from '../volume/sources.ts';
import type { VolumeMap } from './validate-mounts.ts';
import { validateDownwardFile, validateKeyToPath, validateMode, validateProjected, validateUser } from './validate-projected.ts';

function validateItems(findings: Findings, path: string, source: SecretVolumeSource | ConfigMapVolumeSource): void {
  validateMode(findings, `${path}.defaultMode`, source.defaultMode);
  validateUser(findings, `${path}.defaultUser`, source.defaultUser);
  source.items?.forEach((item, index) => validateKeyToPath(findings, `${path}.items[${index}]`, item));
}

function validateEphemeral(findings: Findings, path: string, source: EphemeralVolumeSource): void {
  const template = source.volumeClaimTemplate;
  const at = `${path}.volumeClaimTemplate`;
  if (!template) return findings.required(at);
  validateTemplateMetadata(findings, `${at}.metadata`, template.metadata);
  validateClaimSpec(findings, `${at}.spec`, template.spec);
}

type Check = (findings: Findings, path: string, volume: Volume, metadata: ObjectMeta | undefined) => void;

/** Kubernetes' order, which decides what of two sources counts as the second. */
const CHECKS: [field: keyof Volume, check: Check][] = [
  ['emptyDir', (findings, path, { emptyDir }) => {
    if (emptyDir?.sizeLimit != null && isNegative(emptyDir.sizeLimit)) findings.forbidden(`${path}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
  }],
  ['hostPath', (findings, path, { hostPath }) => sources.validateHostPath(findings, `${path}.hostPath`, hostPath!)],
  ['gitRepo', (findings, path, { gitRepo }) => sources.validateGitRepo(findings, `${path}.gitRepo`, gitRepo!)],
  system('gcePersistentDisk'), system('awsElasticBlockStore'),
  ['secret', (findings, path, { secret }) => {
    if (!secret?.secretName) findings.required(`${path}.secret.secretName`);
    validateItems(findings, `${path}.secret`, secret!);
  }],
  ['nfs', (findings, path, { nfs }) => sources.validateNfs(findings, `${path}.nfs`, nfs!)],
  ['iscsi', (findings, path, { iscsi, name }) => sources.validatePodIscsi(findings, path, iscsi!, name)],
  system('glusterfs'), system('flocker'),
  ['persistentVolumeClaim', (findings, path, { persistentVolumeClaim }) => {
    if (!persistentVolumeClaim?.claimName) findings.required(`${path}.persistentVolumeClaim.claimName`);
  }],
  system('rbd'), system('cinder'), system('cephfs'), system('quobyte'),
  ['downwardAPI', (findings, path, { downwardAPI }) => {
    validateMode(findings, `${path}.downwardAPI.defaultMode`, downwardAPI?.defaultMode);
    for (const file of downwardAPI?.items ?? []) validateDownwardFile(findings, `${path}.downwardAPI`, file);
  }],
  system('fc'), system('flexVolume'),
  ['configMap', (findings, path, { configMap }) => {
    if (!configMap?.name) findings.required(`${path}.configMap.name`);
    validateItems(findings, `${path}.configMap`, configMap!);
  }],
  system('azureFile'), system('vsphereVolume'), system('photonPersistentDisk'), system('portworxVolume'), system('azureDisk'), system('storageos'),
  ['projected', (findings, path, { projected }) => validateProjected(findings, `${path}.projected`, projected!)],
  system('scaleIO'),
  ['csi', (findings, path, { csi }) => sources.validatePodCsi(findings, `${path}.csi`, csi!)],
  ['ephemeral', (findings, path, { ephemeral, name }, metadata) => {
    validateEphemeral(findings, `${path}.ephemeral`, ephemeral!);
    if (!metadata?.name || !name) return;
    const claim = `${metadata.name}-${name}`;
    findings.invalidEach(`${path}.name`, name, subdomainName(claim).map((message) => `PVC name ${JSON.stringify(claim)}: ${message}`));
  }],
  ['image', (findings, path, { image }) => {
    if (!image?.reference) findings.required(`${path}.image.reference`);
    findings.requiredOneOf(`${path}.image.pullPolicy`, image?.pullPolicy, ['Always', 'IfNotPresent', 'Never']);
  }],
];

function system(field: sources.StorageSystem): [keyof Volume, Check] {
  return [field, (findings, path, volume) => sources.validateStorageSystem(findings, path, field, volume[field] as object, true)];
}

function validateSource(findings: Findings, path: string, volume: Volume, metadata: ObjectMeta | undefined): void {
  let count = 0;
  for (const [field, check] of CHECKS) {
    if (volume[field] == null) continue;
    if (count++ === 0) check(findings, path, volume, metadata);
    else if (field === 'downwardAPI') findings.forbidden(`${path}.downwarAPI`, 'may not specify more than 1 volume type');
    else sources.refuseSecondSource(findings, path, field);
  }
  if (count === 0) findings.required(path, 'must specify a volume type');
}

/** Answers with the volumes that are in order: mounts may only name these. `metadata` is the pod's, absent for templates. */
export function validateVolumes(findings: Findings, path: string, volumes: Volume[] | undefined, metadata: ObjectMeta | undefined): VolumeMap {
  const valid: VolumeMap = new Map();
  if (!volumes) return valid;
  for (let index = 0; index < volumes.length; index++) {
    const volume = volumes[index] as Volume;
    const at = `${path}[${index}]`;
    const before = findings.list.length;
    validateSource(findings, at, volume, metadata);
    if (!volume.name) findings.required(`${at}.name`);
    else findings.invalidEach(`${at}.name`, volume.name, dnsLabel(volume.name));
    if (valid.has(volume.name)) findings.duplicate(`${at}.name`, volume.name);
    if (findings.list.length === before) valid.set(volume.name, volume);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim && metadata?.name && volumes.some((other) => other.ephemeral && `${metadata.name}-${other.name}` === claim)) {
      findings.invalid(`${at}.persistentVolumeClaim.claimName`, claim, 'must not reference a PVC that gets created for an ephemeral volume');
    }
  }
  return valid;
}
