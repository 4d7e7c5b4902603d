import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import type { KindRules, RuleContext } from '../../api/kind-rules.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { emptyObject } from '../../api/codec/zero.ts';
import { Findings } from '../../api/kinds/common/findings.ts';
import { type NameCheck, pathSegmentName, subdomainName } from '../../api/kinds/common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../../api/kinds/common/metadata.ts';
import { badRequest, invalid, type FieldError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { storageInfo } from '../registry/versions.ts';
import type { Call } from '../request/call.ts';
import { sameFields, sameJson } from '../metadata/equal.ts';
import { storedAs } from '../registry/object-store.ts';

/** Kinds whose creator sets the status: a node registers itself with it. */
const STATUS_AT_CREATION = new Set(['nodes']);

/** Built-in kinds whose status is written without any of their metadata. */
const STATUS_WITHOUT_METADATA = new Set(['apiservices', 'servicecidrs', 'volumeattachments', 'validatingadmissionpolicies', 'resourceclaims', 'devicetaintrules', 'flowschemas', 'prioritylevelconfigurations', 'storageversionmigrations', 'podcertificaterequests', 'csinodes']);

function keepMetadata(metadata: ObjectMeta, old: ObjectMeta): void {
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const) {
    if (old[key] === undefined) delete metadata[key];
    else Object.assign(metadata, { [key]: old[key] });
  }
}

export function rulesOf(context: ServerContext, info: ResourceInfo): KindRules | undefined {
  const stored = storageInfo(context, info);
  return context.kindRules(stored.group, stored.kind);
}

export function ruleContext(context: ServerContext, call: Call, operation: RuleContext['operation'], subresource = call.info.subresource): RuleContext {
  return {
    now: context.clock.now(), operation, subresource, group: call.resource.group, namespace: call.info.namespace, user: call.user.name, asker: call.user,
    namespaceLabels: () => context.objects.get('', 'namespaces', '', call.info.namespace)?.metadata?.labels,
    warn: (text) => { call.warnings.push(text); },
    options: { allowDuplicatePorts: context.flags.allowDuplicatePorts },
  };
}

/** The object's namespace becomes the request's; another one is refused, and dropped where there are none. */
export function settleNamespace(object: KubernetesObject, namespace: string, namespaced: boolean): ObjectMeta {
  const metadata = (object.metadata ??= {});
  if (!namespaced) {
    delete metadata.namespace;
  } else if (!metadata.namespace) {
    metadata.namespace = namespace;
  } else if (metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return metadata;
}

/** Owners that are named twice are kept once, with a warning. In place. */
export function oneOwnerEach(call: Call, metadata: ObjectMeta): void {
  const owners = metadata.ownerReferences;
  if (!Array.isArray(owners) || owners.length < 2) return;
  const kept = owners.filter((owner, index) => owners.findIndex((other) => sameJson(owner, other)) === index);
  if (kept.length === owners.length) return;
  const twice = owners.filter((owner) => !kept.includes(owner)).map(({ uid }) => uid ?? '');
  metadata.ownerReferences = kept;
  call.warnings.push(`.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${twice.join(', ')}`);
}

function grows(info: ResourceInfo, rules: KindRules | undefined): boolean {
  if (rules?.noGeneration) return false;
  return !info.builtIn || info.schema.fields?.has('spec') === true;
}

/** Fills in what only the server may say about a new object, then the kind's own share. In place. */
export function prepareNew(context: ServerContext, call: Call, object: KubernetesObject): void {
  const info = call.resource;
  const rules = rulesOf(context, info);
  const metadata = object.metadata as ObjectMeta;
  metadata.uid = context.random.uuid();
  metadata.creationTimestamp = formatTime(context.clock.now());
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'resourceVersion'] as const) delete metadata[key];
  if (grows(info, rules)) metadata.generation = 1;
  if (info.subresources.has('status') && !STATUS_AT_CREATION.has(info.resource)) {
    // Built-in kinds always show a status, custom ones only what was written.
    if (info.builtIn) object['status'] = emptyStatus(info);
    else delete object['status'];
  }
  rules?.prepareForCreate?.(object, ruleContext(context, call, 'create', ''));
}

function emptyStatus(info: ResourceInfo): Record<string, unknown> {
  const schema = info.schema.fields?.get('status')?.schema;
  return schema ? emptyObject(schema) : {};
}

export function validateNew(context: ServerContext, call: Call, object: KubernetesObject): void {
  const info = call.resource;
  const rules = rulesOf(context, info);
  const rule = ruleContext(context, call, 'create', '');
  const errors = rules?.validate?.(object, rule) ?? [];
  // Built-in kinds judge names and the rest of metadata themselves; what must hold for every object is looked at when they find nothing.
  if (!errors.length || !info.builtIn) errors.push(...metadataErrors(object, info.namespaced, info.builtIn ? pathSegmentName : subdomainName));
  if (errors.length) throw invalid(storedAs(info.group, info.resource).group, info.kind, object.metadata?.name ?? '', errors);
  if (rules?.warnings) call.warnings.push(...rules.warnings(object, undefined, rule));
}

function metadataErrors(object: KubernetesObject, namespaced: boolean, checkName: NameCheck): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, object, namespaced, checkName, false);
  return findings.list;
}

function changedMetadataErrors(object: KubernetesObject, old: KubernetesObject, namespaced: boolean): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, object, namespaced, pathSegmentName, false);
  validateMetadataUpdate(findings, object, old, false);
  return findings.list;
}

/** Carries over what this request may not change, and lets the generation grow. In place; `object` shares nothing it changes. */
export function prepareChanged(context: ServerContext, call: Call, object: KubernetesObject, old: KubernetesObject, subresource: string): KubernetesObject {
  const info = call.resource;
  const rules = rulesOf(context, info);
  const rule = ruleContext(context, call, 'update', subresource);
  let next = object;
  if (subresource === 'status') {
    if (rules?.prepareForStatusUpdate) rules.prepareForStatusUpdate(next, old, rule);
    else next = onlyStatus(object, old);
    const metadata = (next.metadata = { ...next.metadata });
    if (STATUS_WITHOUT_METADATA.has(info.resource)) keepMetadata(metadata, old.metadata as ObjectMeta);
    carryOver(metadata, old.metadata as ObjectMeta);
    return next;
  }
  const metadata = (next.metadata ??= {});
  carryOver(metadata, old.metadata as ObjectMeta);
  if (subresource === '' && info.subresources.has('status')) {
    if (old['status'] === undefined) delete next['status'];
    else next['status'] = old['status'];
  }
  rules?.prepareForUpdate?.(next, old, rule);
  if (grows(info, rules)) {
    const apart = info.builtIn || info.subresources.has('status') ? ['metadata', 'status', 'apiVersion', 'kind'] : ['metadata', 'apiVersion', 'kind'];
    if (!sameFields(next, old, apart)) metadata.generation = (old.metadata?.generation ?? 0) + 1;
  }
  return next;
}

function onlyStatus(object: KubernetesObject, old: KubernetesObject): KubernetesObject {
  const next: KubernetesObject = { ...old, metadata: { ...old.metadata } };
  if (object['status'] === undefined) delete next['status'];
  else next['status'] = object['status'];
  const metadata = next.metadata as ObjectMeta;
  if (object.metadata?.managedFields) metadata.managedFields = object.metadata.managedFields;
  return next;
}

function carryOver(metadata: ObjectMeta, old: ObjectMeta): void {
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  metadata.uid ||= old.uid;
  metadata.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.deletionTimestamp;
  metadata.deletionGracePeriodSeconds ??= old.deletionGracePeriodSeconds;
  if (metadata.deletionGracePeriodSeconds === undefined) delete metadata.deletionGracePeriodSeconds;
}

export function validateChanged(context: ServerContext, call: Call, object: KubernetesObject, old: KubernetesObject, subresource: string): void {
  const info = call.resource;
  const rules = rulesOf(context, info);
  const rule = ruleContext(context, call, 'update', subresource);
  const errors = changedMetadataErrors(object, old, info.namespaced);
  if (subresource === 'status') errors.push(...(rules?.validateStatusUpdate?.(object, old, rule) ?? []));
  else errors.push(...(rules?.validateUpdate?.(object, old, rule) ?? []));
  if (errors.length) throw invalid(storedAs(info.group, info.resource).group, info.kind, object.metadata?.name ?? '', withoutRepeats(errors));
  if (rules?.warnings && subresource === '') call.warnings.push(...rules.warnings(object, old, rule));
  if (rules?.statusWarnings && subresource === 'status') call.warnings.push(...rules.statusWarnings(object, old));
}

function withoutRepeats(errors: FieldError[]): FieldError[] {
  return errors.filter((error, index) => errors.findIndex((other) => other.field === error.field && other.detail === error.detail) === index);
}
