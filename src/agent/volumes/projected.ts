import type { Pod, Volume, VolumeProjection } from '../../../schema/v1.37/types/core-v1.ts';
import type { ClusterTrustBundle } from '../../../schema/v1.37/types/certificates-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { PodFacts } from '../container/field-reference.ts';
import type { PodReferences } from '../pod/references.ts';
import type { Payload } from './atomic-writer.ts';
import { configMapData, downwardPayload, keyedPayload, secretData } from './payload.ts';
import type { PodCertificates } from './pod-certificate.ts';
import type { TokenSource } from './token.ts';

/** One bundle by name, or those of a signer with these labels: without a selector none. */
export interface TrustBundleQuery { name?: string; signerName?: string; labelSelector?: LabelSelector }

export interface PayloadSources {
  references: PodReferences;
  tokens: TokenSource;
  certificates: PodCertificates;
  facts: PodFacts;
  allocatable: Record<string, string | number>;
  trustBundles(query: TrustBundleQuery): Promise<ClusterTrustBundle[]>;
}

/** The files of a volume that the API fills; undefined for volumes of other kinds. `refreshAt`: when a token must be renewed. */
export async function volumePayload(pod: Pod, volume: Volume, sources: PayloadSources): Promise<{ payload: Payload; refreshAt?: number } | undefined> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return { payload: await configMapPayload(configMap, configMap.defaultMode, sources) };
  if (secret) return { payload: await secretPayload({ ...secret, name: secret.secretName }, secret.defaultMode, sources) };
  if (downwardAPI) return { payload: downwardPayload(pod, downwardAPI.items, downwardAPI.defaultMode, sources.facts, sources.allocatable) };
  if (!projected) return undefined;
  const parts = await Promise.all((projected.sources ?? []).map((source, index) => projection(pod, source, `${volume.name}/${index}`, projected.defaultMode, sources)));
  const payload: Payload = new Map();
  let refreshAt: number | undefined;
  for (const part of parts) {
    for (const [path, file] of part.payload) payload.set(path, file);
    if (part.refreshAt !== undefined) refreshAt = Math.min(refreshAt ?? Infinity, part.refreshAt);
  }
  return { payload, refreshAt };
}

async function projection(pod: Pod, source: VolumeProjection, place: string, mode: number | undefined, sources: PayloadSources): Promise<{ payload: Payload; refreshAt?: number }> {
  if (source.configMap) return { payload: await configMapPayload(source.configMap, mode, sources) };
  if (source.secret) return { payload: await secretPayload(source.secret, mode, sources) };
  if (source.downwardAPI) return { payload: downwardPayload(pod, source.downwardAPI.items, mode, sources.facts, sources.allocatable) };
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds, path } = source.serviceAccountToken;
    const { token, refreshAt } = await sources.tokens.token(pod, audience, expirationSeconds);
    return { payload: new Map([[path, privateFile(pod, token, mode)]]), refreshAt };
  }
  if (source.clusterTrustBundle) {
    const { name, signerName, labelSelector, path, optional } = source.clusterTrustBundle;
    const bundles = await sources.trustBundles({ name, signerName, labelSelector });
    if (bundles.length === 0 && !optional) throw new Error(`clustertrustbundle "${name ?? signerName}" not found`);
    const certificates = new Set(bundles.flatMap((bundle) => bundle.spec?.trustBundle?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []));
    const text = [...certificates].map((certificate) => certificate.trimEnd() + '\n').join('');
    return { payload: new Map([[path, { data: Buffer.from(text), mode: mode ?? 0o644 }]]) };
  }
  if (source.podCertificate) {
    const { credentialBundlePath, keyPath, certificateChainPath } = source.podCertificate;
    const { privateKeyPem, chainPem, refreshAt } = await sources.certificates.credentials(pod, place, source.podCertificate);
    const files = [[credentialBundlePath, privateKeyPem + chainPem], [keyPath, privateKeyPem], [certificateChainPath, chainPem]] as const;
    return { payload: new Map(files.flatMap(([path, text]) => path ? [[path, privateFile(pod, text, mode)] as const] : [])), refreshAt };
  }
  throw new Error('a projected volume has a source of an unsupported kind');
}

/** Only who needs the secret may read it: the one user all containers run as, or the volume's group. */
function privateFile(pod: Pod, content: string, mode: number | undefined): { data: Uint8Array; mode: number; user?: number } {
  const user = commonUser(pod);
  const narrow = user !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  return { data: Buffer.from(content), mode: narrow ? 0o600 : mode ?? 0o644, ...(user !== undefined ? { user } : {}) };
}

function commonUser(pod: Pod): number | undefined {
  const users = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
    .map((container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser);
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}

type KeyedSource = { name?: string; items?: { key: string; path: string; mode?: number }[]; optional?: boolean };

async function configMapPayload(source: KeyedSource, mode: number | undefined, { references }: PayloadSources): Promise<Payload> {
  const map = await references.configMap(source.name ?? '');
  if (!map && !source.optional) throw new Error(`configmap "${source.name}" not found`);
  return keyedPayload(configMapData(map), source.items, mode, source.optional ?? false, 'config');
}

async function secretPayload(source: KeyedSource, mode: number | undefined, { references }: PayloadSources): Promise<Payload> {
  const secret = await references.secret(source.name ?? '');
  if (!secret && !source.optional) throw new Error(`secret "${source.name}" not found`);
  return keyedPayload(secretData(secret), source.items, mode, source.optional ?? false, 'secret');
}
