/** Warnings about files of one volume that stand in each other's way. */
import type { Volume, VolumeProjection } from '../../../../schema/v1.37/types/core-v1.ts';

interface Place { path: string; source: string }
const shown = ({ path, source }: Place): string => (source ? `${JSON.stringify(path)} (${source})` : JSON.stringify(path));
const placesOf = (items: readonly { path: string }[] | undefined, source = ''): Place[] => (items ?? []).map(({ path }) => ({ path, source }));

/** The place is one with another, or inside of it, or around it. */
function overlaps(places: readonly Place[]): string[] {
  const texts: string[] = [];
  const before: Place[] = [];
  for (const place of places) {
    const now = { ...place, path: place.path.replace(/\/+$/, '') };
    for (const other of now.path ? before : []) {
      if (other.path && (`${other.path}/`.startsWith(`${now.path}/`) || `${now.path}/`.startsWith(`${other.path}/`))) texts.push(`${shown(now)} with ${shown(other)}`);
    }
    before.push(now);
  }
  return texts;
}

function projectedPlaces(projection: VolumeProjection): Place[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = projection;
  if (configMap?.items) return placesOf(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items) return placesOf(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items) return placesOf(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return [{ path: serviceAccountToken.path, source: 'ServiceAccountToken' }];
  if (clusterTrustBundle) return [{ path: clusterTrustBundle.path, source: `ClusterTrustBundle ${JSON.stringify(clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '')}` }];
  if (!podCertificate) return [];
  const { certificateChainPath: chain, keyPath: key, credentialBundlePath: bundle } = podCertificate;
  return [{ path: chain, source: 'PodCertificate chain' }, { path: key, source: 'PodCertificate key' }, { path: bundle, source: 'PodCertificate credential bundle' }]
    .filter((place): place is Place => Boolean(place.path));
}

export function pathWarnings(volumes: readonly Volume[] | undefined): string[] {
  return (volumes ?? []).flatMap(({ name, configMap, secret, downwardAPI, projected }) => {
    const warn = (what: string, places: readonly Place[]): string[] => overlaps(places).map((text) => `volume ${JSON.stringify(name)} (${what}): overlapping paths: ${text}`);
    const sources = projected?.sources ?? [];
    const empty = sources.filter((source) => Object.keys(source).length === 0).map(() => `volume ${JSON.stringify(name)} (Projected) has no sources provided`);
    return [
      ...warn(`ConfigMap ${JSON.stringify(configMap?.name ?? '')}`, placesOf(configMap?.items)),
      ...warn(`Secret ${JSON.stringify(secret?.secretName ?? '')}`, placesOf(secret?.items)),
      ...warn('DownwardAPI', placesOf(downwardAPI?.items)),
      ...empty,
      ...warn('Projected', sources.flatMap(projectedPlaces)),
    ];
  });
}
