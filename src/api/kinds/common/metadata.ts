import type { KubernetesObject, ObjectMeta, OwnerReference } from '../../object.ts';
import { IMMUTABLE, type Findings, Verbatim, goJson } from './findings.ts';
import { type NameCheck, labelName, labelValue, pathSegmentName, qualifiedName } from './formats.ts';

const ANNOTATIONS_LIMIT = 256 * 1024;
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

export function validateLabels(findings: Findings, path: string, labels: Record<string, string> | undefined): void {
  for (const key in labels) {
    findings.invalidEach(path, key, qualifiedName(key));
    const value = labels[key] as string;
    findings.invalidEach(path, value, labelValue(value));
  }
}

export function validateLabelKey(findings: Findings, path: string, key: string): void {
  findings.invalidEach(path, key, qualifiedName(key));
}

export function validateAnnotations(findings: Findings, path: string, annotations: Record<string, string> | undefined): void {
  let size = 0;
  for (const key in annotations) {
    findings.invalidEach(path, key, qualifiedName(key.toLowerCase()));
    size += key.length + Buffer.byteLength(annotations[key] as string);
  }
  if (size > ANNOTATIONS_LIMIT) findings.tooLong(path, ANNOTATIONS_LIMIT);
}

/** Texts show an owner's fields in the order in which Go declares them. */
export function inGoOrder({ apiVersion, kind, name, uid, ...rest }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid, ...rest };
}

function validateOwnerReferences(findings: Findings, path: string, references: OwnerReference[] | undefined): void {
  let controller = '';
  references?.forEach((reference, index, all) => {
    const at = `${path}[${index}]`;
    if (!reference.apiVersion) findings.required(`${at}.apiVersion`, 'must not be empty');
    else if (reference.apiVersion.split('/').length > 2 || reference.apiVersion.endsWith('/')) findings.invalid(`${at}.apiVersion`, reference.apiVersion, 'must be <group>/<version> or <version>');
    if (!reference.kind) findings.required(`${at}.kind`, 'must not be empty');
    if (!reference.name) findings.required(`${at}.name`, 'must not be empty');
    if (!reference.uid) findings.required(`${at}.uid`, 'must not be empty');
    if (reference.apiVersion === 'v1' && reference.kind === 'Event') findings.invalid(at, new Verbatim(JSON.stringify(inGoOrder(reference))), '/v1, Kind=Event is disallowed from being an owner');
    if (!reference.controller) return;
    const name = `${reference.kind}/${reference.name}`;
    if (controller) findings.invalid(path, new Verbatim(JSON.stringify(all.map(inGoOrder))), `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`);
    else controller = name;
  });
}

export function validateFinalizerName(findings: Findings, path: string, name: string): void {
  findings.invalidEach(path, name, qualifiedName(name));
  validateKubernetesFinalizer(findings, path, name);
}

function validateKubernetesFinalizer(findings: Findings, path: string, name: string): void {
  if (!name.includes('/') && !STANDARD_FINALIZERS.has(name)) {
    findings.invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified');
  }
}

function validateFinalizers(findings: Findings, path: string, finalizers: string[] | undefined): void {
  if (!finalizers?.length) return;
  for (const name of finalizers) findings.invalidEach(path, name, qualifiedName(name));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    findings.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}

function validateManagedFields(findings: Findings, path: string, metadata: ObjectMeta): void {
  metadata.managedFields?.forEach((entry, index) => {
    const at = `${path}[${index}]`;
    if (!entry.operation) findings.required(`${at}.operation`, 'must not be empty');
    else findings.oneOf(`${at}.operation`, entry.operation, ['Apply', 'Update']);
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') findings.invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`');
    if ((entry.manager?.length ?? 0) > 128) findings.tooLong(`${at}.manager`, 128);
    if ((entry.subresource?.length ?? 0) > 256) findings.tooLong(`${at}.subresource`, 256);
  });
}

function validateCommon(findings: Findings, metadata: ObjectMeta, path: string): void {
  findings.notNegative(`${path}.generation`, metadata.generation);
  validateLabels(findings, `${path}.labels`, metadata.labels);
  validateAnnotations(findings, `${path}.annotations`, metadata.annotations);
  validateOwnerReferences(findings, `${path}.ownerReferences`, metadata.ownerReferences);
}

/** The metadata of an object as a creation brings it. `kubernetesFinalizers`: names without a domain must be known ones. */
export function validateMetadata(findings: Findings, object: KubernetesObject, namespaced: boolean, checkName: NameCheck, kubernetesFinalizers = true): void {
  const metadata = object.metadata ?? {};
  if (metadata.generateName) findings.invalidEach('metadata.generateName', metadata.generateName, checkName(metadata.generateName, true));
  if (!metadata.name) findings.required('metadata.name', 'name or generateName is required');
  else findings.invalidEach('metadata.name', metadata.name, checkName(metadata.name));
  if (!namespaced) {
    if (metadata.namespace) findings.forbidden('metadata.namespace', 'not allowed on this type');
  } else if (!metadata.namespace) findings.required('metadata.namespace');
  else findings.invalidEach('metadata.namespace', metadata.namespace, labelName(metadata.namespace));
  validateCommon(findings, metadata, 'metadata');
  validateFinalizers(findings, 'metadata.finalizers', metadata.finalizers);
  validateManagedFields(findings, 'metadata.managedFields', metadata);
  if (kubernetesFinalizers) metadata.finalizers?.forEach((name, index) => validateKubernetesFinalizer(findings, `metadata.finalizers[${index}]`, name));
}

/** Of kinds with no rules of their own for metadata: only what any object's must be, and only when nothing else is wrong. */
export function validateGeneralMetadata(findings: Findings, object: KubernetesObject, namespaced: boolean): void {
  if (findings.empty) validateMetadata(findings, object, namespaced, pathSegmentName, false);
}

const FIXED = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** What an update may not do to the metadata. */
export function validateMetadataUpdate(findings: Findings, object: KubernetesObject, old: KubernetesObject, kubernetesFinalizers = true): void {
  const metadata = object.metadata ?? {};
  const before = old.metadata ?? {};
  if (before.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((name) => !before.finalizers?.includes(name)).sort();
    if (added.length > 0) {
      findings.forbidden('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(goJson).join(', ')}}`);
    }
  }
  if ((metadata.generation ?? 0) < (before.generation ?? 0)) findings.invalid('metadata.generation', metadata.generation ?? 0, 'must not be decremented');
  for (const field of FIXED) {
    if ((metadata[field] ?? '') !== (before[field] ?? '')) findings.invalid(`metadata.${field}`, metadata[field] ?? (field === 'name' || field === 'uid' || field === 'namespace' ? '' : null), IMMUTABLE);
  }
  validateCommon(findings, metadata, 'metadata');
  validateManagedFields(findings, 'metadata.managedFields', metadata);
  if (kubernetesFinalizers) metadata.finalizers?.forEach((name, index) => validateKubernetesFinalizer(findings, `metadata.finalizers[${index}]`, name));
}

/** Metadata of a template, which has room for labels and annotations only. */
export function validateTemplateMetadata(findings: Findings, path: string, metadata: ObjectMeta | undefined): void {
  const { labels, annotations, ...others } = metadata ?? {};
  validateAnnotations(findings, `${path}.annotations`, annotations);
  validateLabels(findings, `${path}.labels`, labels);
  for (const [field, value] of Object.entries(others)) {
    const empty = value === undefined || value === null || value === '' || (value === 0 && field !== 'deletionGracePeriodSeconds');
    if (!empty) findings.forbidden(`${path}.${field === 'uid' ? 'uID' : field}`, 'cannot be set');
  }
}
