/** Which other objects a pod names: what its node may therefore read. */
export interface PodReferences { secrets: Set<string>; configMaps: Set<string>; claims: Set<string>; resourceClaims: Set<string>; serviceAccount: string }

interface Named { name?: string }
interface EnvSource { secretKeyRef?: Named; configMapKeyRef?: Named }
interface Container { env?: { valueFrom?: EnvSource }[]; envFrom?: { secretRef?: Named; configMapRef?: Named }[] }
interface Volume {
  name: string; secret?: { secretName?: string }; configMap?: Named; persistentVolumeClaim?: { claimName?: string }; ephemeral?: unknown;
  projected?: { sources?: { secret?: Named; configMap?: Named }[] };
  azureFile?: { secretName?: string }; csi?: { nodePublishSecretRef?: Named };
  [source: string]: unknown;
}
export interface PodLike {
  metadata?: { name?: string; namespace?: string; annotations?: Record<string, string> };
  spec?: {
    nodeName?: string; serviceAccountName?: string; imagePullSecrets?: Named[]; volumes?: Volume[];
    containers?: Container[]; initContainers?: Container[]; ephemeralContainers?: Container[];
    resourceClaims?: { name: string; resourceClaimName?: string }[];
  };
  status?: { resourceClaimStatuses?: { resourceClaimName?: string }[]; extendedResourceClaimStatus?: { resourceClaimName?: string } };
}

/** Volume sources whose credentials stand in `secretRef`. */
const SECRET_REF_SOURCES = ['cephfs', 'cinder', 'flexVolume', 'rbd', 'scaleIO', 'iscsi', 'storageos'];

function addContainer(references: PodReferences, container: Container): void {
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.secretKeyRef?.name) references.secrets.add(valueFrom.secretKeyRef.name);
    if (valueFrom?.configMapKeyRef?.name) references.configMaps.add(valueFrom.configMapKeyRef.name);
  }
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    if (secretRef?.name) references.secrets.add(secretRef.name);
    if (configMapRef?.name) references.configMaps.add(configMapRef.name);
  }
}

function addVolume(references: PodReferences, volume: Volume, podName: string): void {
  const secrets = [
    volume.secret?.secretName, volume.azureFile?.secretName, volume.csi?.nodePublishSecretRef?.name,
    ...SECRET_REF_SOURCES.map((source) => (volume[source] as { secretRef?: Named } | undefined)?.secretRef?.name),
    ...(volume.projected?.sources ?? []).map((source) => source.secret?.name),
  ];
  for (const name of secrets) if (name) references.secrets.add(name);
  for (const name of [volume.configMap?.name, ...(volume.projected?.sources ?? []).map((source) => source.configMap?.name)]) {
    if (name) references.configMaps.add(name);
  }
  if (volume.persistentVolumeClaim?.claimName) references.claims.add(volume.persistentVolumeClaim.claimName);
  if (volume.ephemeral) references.claims.add(`${podName}-${volume.name}`);
}

export function podReferences(pod: PodLike): PodReferences {
  const { spec = {}, status = {} } = pod;
  const references: PodReferences = {
    secrets: new Set(), configMaps: new Set(), claims: new Set(), resourceClaims: new Set(), serviceAccount: spec.serviceAccountName ?? '',
  };
  for (const { name } of spec.imagePullSecrets ?? []) if (name) references.secrets.add(name);
  for (const containers of [spec.containers, spec.initContainers, spec.ephemeralContainers]) {
    for (const container of containers ?? []) addContainer(references, container);
  }
  for (const volume of spec.volumes ?? []) addVolume(references, volume, pod.metadata?.name ?? '');
  const claims = [...(spec.resourceClaims ?? []), ...(status.resourceClaimStatuses ?? []), status.extendedResourceClaimStatus];
  for (const claim of claims) if (claim?.resourceClaimName) references.resourceClaims.add(claim.resourceClaimName);
  return references;
}

const NODE_VISIBLE_CSI_SECRETS = ['nodePublishSecretRef', 'nodeStageSecretRef', 'nodeExpandSecretRef'];

export interface VolumeLike {
  spec?: { claimRef?: { namespace?: string; name?: string }; csi?: Record<string, unknown>; [source: string]: unknown };
}

/** Whether a persistent volume's source names the secret, in a place its node must read. */
export function volumeNamesSecret(volume: VolumeLike, namespace: string, name: string): boolean {
  const { spec = {} } = volume;
  const home = spec.claimRef?.namespace;
  const azure = spec['azureFile'] as { secretName?: string; secretNamespace?: string } | undefined;
  const references = [
    ...[...SECRET_REF_SOURCES].map((source) => (spec[source] as { secretRef?: { name?: string; namespace?: string } } | undefined)?.secretRef),
    ...NODE_VISIBLE_CSI_SECRETS.map((field) => spec.csi?.[field] as { name?: string; namespace?: string } | undefined),
    azure && { name: azure.secretName, namespace: azure.secretNamespace },
  ];
  return references.some((reference) => reference?.name === name && (reference.namespace ?? home) === namespace);
}
