import type { KubernetesObject, ManagedFieldsEntry } from '../../api/object.ts';
import { applyConfiguration, scaleManagers, trackUpdate, withScaleManagers, type ApplyContext, type ReplicasPath } from '../../api/patch/apply/index.ts';
import type { SubresourceInfo } from '../../api/schema.ts';
import { invalid, notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { splitVersion } from '../http/encode-protobuf.ts';
import { inVersion } from '../registry/versions.ts';
import { writeParameters, type WriteParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { answerPlain } from '../verbs/answer.ts';
import { patchParameters, patchType } from '../verbs/patch.ts';
import { readConfiguration } from '../verbs/apply.ts';
import { PATCH_TYPES, readPatch } from '../verbs/patch-types.ts';
import { patchedObject } from '../verbs/patched.ts';
import { changeObject, checkName, checkUid, type AdmissionForm } from '../verbs/update.ts';

/** Where the numbers of a Scale stand in its object: dotted paths such as `.spec.replicas`. CRDs name their own. */
export interface ScalePaths { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }
const BUILT_IN_PATHS: ScalePaths = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.spec.selector' };

export async function getScale(context: ServerContext, call: Call): Promise<Answer> {
  const cached = await context.store.get(call.resource, call.info.namespace, call.info.name);
  if (!cached) throw notFound(call.resource.group, call.resource.resource, call.info.name);
  return answerPlain(scaleOf(await inVersion(context, call.resource, cached.object), pathsOf(call)));
}

export async function updateScale(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = writeParameters(call.info.query, 'UpdateOptions', call.userAgent);
  const scale = await readObject(context, call, { ...scaleKind(context, call), foreign: call.resource.builtIn }, parameters.fieldValidation);
  checkName(call, scale);
  return writeScale(context, call, parameters, () => scale);
}

export async function patchScale(context: ServerContext, call: Call): Promise<Answer> {
  const type = patchType(call);
  const parameters = patchParameters(call, type);
  const kind = scaleKind(context, call);
  const tracking = trackingOf(context, call, parameters);
  if (type === PATCH_TYPES.apply) {
    const { object: applied } = await readConfiguration(context, call, parameters, { ...tracking, info: kind });
    return writeScale(context, call, parameters, (current) => applyConfiguration(current, applied, parameters.force === true, tracking).object, true);
  }
  const patch = await readPatch(call, type);
  return writeScale(context, call, parameters, (current) => patchedObject(context, call, current, { ...kind, schema: kind.schema ?? { type: 'any' } }, { type, patch, parameters }));
}

async function writeScale(context: ServerContext, call: Call, parameters: WriteParameters, change: (scale: KubernetesObject) => KubernetesObject, tracked = false): Promise<Answer> {
  const paths = pathsOf(call);
  const pathOf = replicasPaths(context, call, paths);
  let asked: KubernetesObject | undefined;
  const form: AdmissionForm = {
    shown: (object, isMutable) => (isMutable && asked && object === next ? asked : withManagers(scaleOf(object, paths), isMutable ? scaleManagers(object.metadata?.managedFields ?? [], pathOf) : [])),
    taken: (object, shown) => withValue(object, paths.specReplicasPath, replicasOf(shown)) as KubernetesObject,
  };
  let next: KubernetesObject | undefined;
  const written = await changeObject(context, call, parameters, (old) => {
    const entries = old.metadata?.managedFields ?? [];
    const plain = scaleOf(old, paths);
    const before = withManagers(plain, scaleManagers(entries, pathOf));
    const scale = change(before);
    const replicas = replicasOf(scale);
    // Kinds of users say themselves what their numbers may be.
    if (replicas < 0 && call.resource.builtIn) {
      throw invalid('autoscaling', 'Scale', call.info.name, [{
        type: 'FieldValueInvalid', field: 'spec.replicas', detail: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      }]);
    }
    next = withValue({ ...old, metadata: { ...old.metadata } }, paths.specReplicasPath, replicas) as KubernetesObject;
    const metadata = next.metadata as NonNullable<KubernetesObject['metadata']>;
    checkUid(call, scale, old);
    metadata.resourceVersion = scale.metadata?.resourceVersion;
    const owners = tracked ? scale.metadata?.managedFields : trackUpdate(before, scale, trackingOf(context, call, parameters));
    metadata.managedFields = withScaleManagers(entries, owners ?? [], pathOf, old.apiVersion ?? '');
    asked = withManagers(scale, owners ?? []);
    return next;
  }, form);
  return answerPlain(scaleOf(await inVersion(context, call.resource, written.object), paths));
}

const replicasOf = (scale: KubernetesObject): number => (scale['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
const withManagers = (scale: KubernetesObject, managedFields: ManagedFieldsEntry[]): KubernetesObject => ({ ...scale, metadata: { ...scale.metadata, ...(managedFields.length > 0 ? { managedFields } : {}) } });

/** Who writes what of a Scale. */
function trackingOf(context: ServerContext, call: Call, parameters: WriteParameters): ApplyContext {
  const { schema } = scaleKind(context, call);
  return { apiVersion: 'autoscaling/v1', kind: 'Scale', schema: schema ?? { type: 'any' }, subresource: 'scale', manager: parameters.fieldManager, time: context.clock.now() };
}

/** Where each version of the object has its replicas. */
function replicasPaths({ scheme }: ServerContext, call: Call, own: ScalePaths): ReplicasPath {
  if (call.resource.builtIn) return () => steps(own.specReplicasPath);
  return (apiVersion) => {
    const [group, version] = splitVersion(apiVersion);
    const scale = scheme.resource(group, version, call.resource.resource)?.subresources.get('scale') as (SubresourceInfo & Partial<ScalePaths>) | undefined;
    return scale?.specReplicasPath ? steps(scale.specReplicasPath) : undefined;
  };
}

function scaleKind(context: ServerContext, call: Call): Pick<SubresourceInfo, 'group' | 'version' | 'kind' | 'schema'> {
  const { group, version, kind, schema } = call.subresource as SubresourceInfo;
  return { group, version, kind, schema: schema ?? context.scheme.kindSchema(group, version, kind) };
}

function pathsOf(call: Call): ScalePaths {
  const own = call.subresource as SubresourceInfo & Partial<ScalePaths>;
  return own.specReplicasPath ? own as ScalePaths : BUILT_IN_PATHS;
}

/** The Scale of an object. Pure. */
export function scaleOf(object: KubernetesObject, paths: ScalePaths): KubernetesObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const selector = selectorText(paths.labelSelectorPath ? valueAt(object, paths.labelSelectorPath) : undefined);
  return {
    kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: withoutZero(Number(valueAt(object, paths.specReplicasPath) ?? 0)),
    status: { replicas: Number(valueAt(object, paths.statusReplicasPath) ?? 0), ...(selector ? { selector } : {}) },
  };
}

/** A Scale that asks for nothing does not name its number. */
function withoutZero(replicas: number): { replicas?: number } {
  return replicas === 0 ? {} : { replicas };
}

/** A label selector as text, from its structured form, a plain map, or text. */
export function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector;
  if (typeof selector !== 'object' || selector === null) return '';
  const structured = selector as { matchLabels?: Record<string, string>; matchExpressions?: { key: string; operator: string; values?: string[] }[] };
  if (!structured.matchLabels && !structured.matchExpressions) return equalities(selector as Record<string, string>).sort().join(',');
  const expressions = (structured.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'In') return `${key} in (${[...values].sort().join(',')})`;
    if (operator === 'NotIn') return `${key} notin (${[...values].sort().join(',')})`;
    return operator === 'Exists' ? key : `!${key}`;
  });
  return [...equalities(structured.matchLabels ?? {}), ...expressions].sort().join(',');
}

function equalities(labels: Record<string, string>): string[] {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`);
}

function steps(path: string): string[] {
  return path.replace(/^\./, '').split('.');
}

function valueAt(object: unknown, path: string): unknown {
  return steps(path).reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);
}

/** A copy with the value at the path; shares what is beside the path. */
function withValue(object: unknown, path: string, value: unknown): unknown {
  const [first, ...rest] = steps(path) as [string, ...string[]];
  const base = (object ?? {}) as Record<string, unknown>;
  return { ...base, [first]: rest.length ? withValue(base[first], rest.join('.'), value) : value };
}
