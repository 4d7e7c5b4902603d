import type { ObjectMeta, PodSpec, PodTemplateSpec } from './types.ts';

/** Fields of features that are off by default: they are left out of new objects, and stay where the object had any of the feature's before. */
type Feature = readonly string[];
const inContainers = (...paths: string[]): Feature => ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => paths.map((path) => `${list}.${path}`));
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const FEATURES: readonly Feature[] = [
  ['schedulingGroup'], ['evictionResponders'], ['volumes.emptyDir.mode'],
  inContainers('volumeMounts.bindMountOptions'), inContainers('lifecycle.stopSignal'), inContainers(...PROBES.map((probe) => `${probe}.grpc.mode`)),
  inContainers(...[...PROBES, 'lifecycle.postStart', 'lifecycle.preStop'].map((handler) => `${handler}.httpGet.protocol`)),
  [
    ...['secret', 'configMap', 'downwardAPI'].flatMap((volume) => [`volumes.${volume}.defaultUser`, `volumes.${volume}.items.user`, `volumes.projected.sources.${volume}.items.user`]),
    'volumes.projected.defaultUser', ...['serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].map((source) => `volumes.projected.sources.${source}.user`),
  ],
];
const OLD_ANNOTATIONS = ['pod.beta.kubernetes.io/init-containers', 'pod.alpha.kubernetes.io/init-containers', 'pod.beta.kubernetes.io/init-container-statuses', 'pod.alpha.kubernetes.io/init-container-statuses'];

type Json = Record<string, unknown>;
/** Names of fields down to the number of the feature that has the last one. */
interface Branch { [field: string]: Branch | number }
interface Use { feature: number; holder: Json; field: string }

const TREE: Branch = {};
FEATURES.forEach((paths, feature) => paths.forEach((path) => {
  const names = path.split('.');
  const last = names.pop() as string;
  const branch = names.reduce((at, name) => (at[name] ??= {}) as Branch, TREE);
  branch[last] = feature;
}));

function uses(value: unknown, branch: Branch, found: Use[]): Use[] {
  if (Array.isArray(value)) for (const item of value) uses(item, branch, found);
  else if (typeof value === 'object' && value !== null) {
    for (const field in branch) {
      const inner = (value as Json)[field];
      const next = branch[field] as Branch | number;
      if (inner == null) continue;
      if (typeof next === 'number') found.push({ feature: next, holder: value as Json, field });
      else uses(inner, next, found);
    }
  }
  return found;
}

/** Where nothing but a signal was in it, the lifecycle goes with it. */
function dropEmptyLifecycles(spec: PodSpec): void {
  for (const container of [spec.containers, spec.initContainers, spec.ephemeralContainers].flatMap((list) => list ?? [])) {
    if (container.lifecycle && Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
  }
}

/** In place. */
export function dropDisabledFeatures(spec: PodSpec | undefined, old: PodSpec | undefined, metadata: ObjectMeta | undefined): void {
  if (metadata?.annotations) for (const key of OLD_ANNOTATIONS) delete metadata.annotations[key];
  const found = uses(spec, TREE, []);
  if (found.length === 0) return;
  const kept = new Set(uses(old, TREE, []).map(({ feature }) => feature));
  const dropped = found.filter(({ feature }) => !kept.has(feature));
  for (const { holder, field } of dropped) delete holder[field];
  if (dropped.some(({ field }) => field === 'stopSignal')) dropEmptyLifecycles(spec as PodSpec);
}

export function dropDisabledTemplateFeatures(template: PodTemplateSpec | undefined, old?: PodTemplateSpec): void {
  dropDisabledFeatures(template?.spec, old?.spec, template?.metadata);
}
