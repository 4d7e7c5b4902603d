import type { KindRules } from '../../../api/kind-rules.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { Findings, IMMUTABLE } from '../../../api/kinds/common/findings.ts';
import { validateMetadata, validateMetadataUpdate } from '../../../api/kinds/common/metadata.ts';
import { subdomainName } from '../../../api/kinds/common/formats.ts';
import { sameJson } from '../../metadata/equal.ts';
import { approvalOf, isProtectedGroup } from '../names.ts';
import { isTrue } from '../registered.ts';
import { additionalOf, itemsOf, type CustomResourceDefinition, type JSONSchemaProps } from '../types.ts';
import { formatCheck } from '../values/formats.ts';
import { checkNames, checkSpec } from './spec.ts';

/** The rules of CustomResourceDefinitions: defaults and preparation of `base`, and every check of what a definition says. */
export function definitionRules(base: KindRules | undefined): KindRules {
  return {
    ...base,
    validate(object) {
      const findings = new Findings();
      const definition = object as unknown as CustomResourceDefinition;
      const required = `${definition.spec?.names?.plural}.${definition.spec?.group}`;
      validateMetadata(findings, object, false, (name, prefix) => [...subdomainName(name, prefix), ...(name === required ? [] : ['must be spec.names.plural+"."+spec.group'])], false);
      checkSpec(findings, definition, undefined);
      checkStatus(findings, definition);
      checkApproval(findings, definition, undefined);
      if (definition.spec?.preserveUnknownFields) refusePreserving(findings);
      return findings.list;
    },
    validateUpdate(object, before) {
      const findings = new Findings();
      const [definition, old] = [object as unknown as CustomResourceDefinition, before as unknown as CustomResourceDefinition];
      validateMetadataUpdate(findings, object, before, false);
      checkSpec(findings, definition, old);
      checkChanges(findings, definition, old);
      checkStatus(findings, definition);
      checkApproval(findings, definition, old);
      if (definition.spec.preserveUnknownFields && !old.spec.preserveUnknownFields) refusePreserving(findings);
      return findings.list;
    },
    /** Metadata may change with the status. */
    prepareForStatusUpdate(object, old) { object['spec'] = old['spec']; },
    warnings(object, old) {
      const before = schemaWarnings(old);
      return schemaWarnings(object).filter((text) => !before.includes(text));
    },
    validateStatusUpdate(object: KubernetesObject, before: KubernetesObject) {
      const findings = new Findings();
      validateMetadataUpdate(findings, object, before, false);
      checkNames(findings, (object as unknown as CustomResourceDefinition).status?.acceptedNames, 'status.acceptedNames', false);
      return findings.list;
    },
  };
}

/** What schemas say that will not do what it seems to. */
function schemaWarnings(definition: KubernetesObject | undefined): string[] {
  const warnings = new Set<string>();
  const visit = (schema: JSONSchemaProps | undefined): void => {
    if (!schema) return;
    const items = itemsOf(schema);
    if (schema.format && schema.type === 'string' && !formatCheck(schema.format)) warnings.add(`unrecognized format ${JSON.stringify(schema.format)}`);
    if (schema['x-kubernetes-list-type'] === 'set' && items?.type === 'array') {
      warnings.add('x-kubernetes-list-type: set for items of type "array" is not supported by server-side apply or CEL validation rules');
    }
    visit(items);
    for (const property of Object.values(schema.properties ?? {})) visit(property as JSONSchemaProps);
    const additional = additionalOf(schema);
    if (additional !== true) visit(additional);
  };
  for (const { schema } of (definition as unknown as CustomResourceDefinition | undefined)?.spec?.versions ?? []) visit(schema?.openAPIV3Schema);
  return [...warnings];
}

function refusePreserving(findings: Findings): void {
  findings.invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead');
}

function checkChanges(findings: Findings, { spec }: CustomResourceDefinition, old: CustomResourceDefinition): void {
  if (isTrue(old, 'Established')) {
    if (spec.scope !== old.spec.scope) findings.invalid('spec.scope', spec.scope, IMMUTABLE);
    if (spec.names.kind !== old.spec.names.kind) findings.invalid('spec.names.kind', spec.names.kind, IMMUTABLE);
  }
  if (spec.group !== old.spec.group) findings.invalid('spec.group', spec.group, IMMUTABLE);
  if (spec.names.plural !== old.spec.names.plural) findings.invalid('spec.names.plural', spec.names.plural, IMMUTABLE);
}

function checkStatus(findings: Findings, definition: CustomResourceDefinition): void {
  checkNames(findings, definition.status?.acceptedNames, 'status.acceptedNames', false);
  const stored = definition.status?.storedVersions ?? [];
  const versions = definition.spec?.versions ?? [];
  if (stored.length === 0) return findings.invalid('status.storedVersions', null, 'must have at least one stored version');
  // A name is told once; the same name in another version finds it no more.
  const left = new Set(stored);
  for (const { name, storage } of versions) if (!left.delete(name) && storage) findings.invalid('status.storedVersions', stored, `must have the storage version ${name}`);
  stored.forEach((name, index) => {
    if (versions.some((version) => version.name === name)) return;
    findings.invalid(`status.storedVersions[${index}]`, name, `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`);
  });
}

function checkApproval(findings: Findings, definition: CustomResourceDefinition, old: CustomResourceDefinition | undefined): void {
  if (!isProtectedGroup(definition.spec?.group ?? '')) return;
  const { state, message } = approvalOf(definition);
  if (old && sameJson(approvalOf(old).state, state)) return;
  const path = 'metadata.annotations[api-approved.kubernetes.io]';
  if (state === 'missing') findings.required(path, message);
  if (state === 'invalid') findings.invalid(path, definition.metadata?.annotations?.['api-approved.kubernetes.io'], message);
}
