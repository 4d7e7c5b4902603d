import { asGiven } from '../../../api/codec/given-empty.ts';
import type { Findings, Verbatim } from '../../../api/kinds/common/findings.ts';
import { dns1035Label, dnsSubdomain } from '../../../api/kinds/common/formats.ts';
import { checkClientConfig } from '../../../api/kinds/other/admission.ts';
import { sameJson } from '../../metadata/equal.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from '../types.ts';
import { followFieldPath } from './field-path.ts';
import { heldVersions } from './held-versions.ts';
import { checkSchema } from './schema.ts';

type Spec = CustomResourceDefinition['spec'];
const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const SELECTABLE_LIMIT = 8;
const WARNING_LIMIT = 256;

export function checkSpec(findings: Findings, definition: CustomResourceDefinition, old: CustomResourceDefinition | undefined): void {
  const spec = definition.spec ?? ({} as Spec);
  const wrongGroup = spec.group ? dnsSubdomain(spec.group) : [];
  if (!spec.group) findings.required('spec.group');
  else if (wrongGroup.length) findings.invalid('spec.group', spec.group, wrongGroup.join(','));
  else if (!spec.group.includes('.')) findings.invalid('spec.group', spec.group, 'should be a domain with at least one dot');
  findings.requiredOneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']);
  const versions = spec.versions ?? [];
  versions.forEach((version, index) => { if (!version.schema?.openAPIV3Schema) findings.required(`spec.versions[${index}].schema.openAPIV3Schema`, ''); });
  const shared = sharedParts(versions);
  versions.forEach((version, index) => checkVersion(findings, version, `spec.versions[${index}]`, shared));
  const quoted = (): Verbatim => heldVersions(asGiven(definition).spec?.versions);
  if (new Set(versions.map(({ name }) => name)).size !== versions.length) findings.invalid('spec.versions', quoted(), 'must contain unique version names');
  if (versions.filter(({ storage }) => storage).length !== 1) findings.invalid('spec.versions', quoted(), 'must have exactly one version marked as storage version');
  const [first] = versions;
  const wrongVersion = first?.name ? dns1035Label(first.name) : [];
  if (first && wrongVersion.length > 0) findings.invalid('spec.version', first.name, wrongVersion.join(','));
  checkNames(findings, spec.names, 'spec.names', true);
  if (first) {
    if (shared.schema && first.schema?.openAPIV3Schema) checkSchema(findings, first.schema.openAPIV3Schema, versions.some(hasStatus), 'spec.validation.openAPIV3Schema');
    if (shared.subresources) checkSubresources(findings, first, 'spec.subresources');
    if (shared.columns) checkColumns(findings, first, 'spec.additionalPrinterColumns');
    if (shared.selectable) checkSelectable(findings, first, 'spec.selectableFields', true);
  }
  checkConversion(findings, spec, old);
}

/** Parts that all versions have in common are named as parts of the spec in findings. */
interface SharedParts { schema: boolean; subresources: boolean; columns: boolean; selectable: boolean }

function sharedParts(versions: CustomResourceDefinitionVersion[]): SharedParts {
  const [first] = versions;
  const same = (part: (version: CustomResourceDefinitionVersion) => unknown): boolean => {
    if (!first) return false;
    const value = part(first);
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return false;
    return versions.every((version) => sameJson(part(version), value));
  };
  return {
    schema: same(({ schema }) => schema), subresources: same(({ subresources }) => subresources), columns: same(({ additionalPrinterColumns }) => additionalPrinterColumns),
    selectable: same(({ selectableFields }) => selectableFields),
  };
}

function hasStatus({ subresources }: CustomResourceDefinitionVersion): boolean {
  return subresources?.status !== undefined && subresources.status !== null;
}

function checkVersion(findings: Findings, version: CustomResourceDefinitionVersion, at: string, shared: SharedParts): void {
  const wrong = dns1035Label(version.name ?? '');
  if (wrong.length) findings.invalid(`${at}.name`, version.name ?? '', wrong.join(','));
  checkWarning(findings, version, `${at}.deprecationWarning`);
  if (!shared.schema && version.schema?.openAPIV3Schema) checkSchema(findings, version.schema.openAPIV3Schema, hasStatus(version), `${at}.schema.openAPIV3Schema`);
  if (!shared.subresources) checkSubresources(findings, version, `${at}.subresources`);
  if (!shared.columns) checkColumns(findings, version, `${at}.additionalPrinterColumns`);
  if (!shared.selectable) checkSelectable(findings, version, `${at}.selectableFields`, false);
}

function checkWarning(findings: Findings, { deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion, at: string): void {
  if (text === undefined || text === null) return;
  if (!deprecated) return findings.invalid(at, text, 'can only be set for deprecated versions');
  if (text.length > WARNING_LIMIT) findings.invalid(at, text, `must be <= ${WARNING_LIMIT} characters long`);
  if (text === '') findings.invalid(at, text, 'must not be an empty string');
  const position = text.search(/[^\P{C}]|[\p{Z}--[ ]]/v);
  if (position >= 0) findings.invalid(at, text, `must only contain printable UTF-8 characters; non-printable character found at index ${position}`);
}

export function checkNames(findings: Findings, names: Partial<Spec['names']> | undefined, at: string, required: boolean): void {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names ?? {};
  if (required) for (const [field, value] of Object.entries({ plural, singular, kind, listKind })) if (!value) findings.required(`${at}.${field}`);
  for (const [field, value] of [['plural', plural], ['singular', singular]]) {
    const wrong = value ? dns1035Label(value) : [];
    if (wrong.length) findings.invalid(`${at}.${field}`, value, wrong.join(','));
  }
  for (const [field, value] of [['kind', kind], ['listKind', listKind]]) {
    const wrong = value ? dns1035Label(value.toLowerCase()) : [];
    if (wrong.length) findings.invalid(`${at}.${field}`, value, `may have mixed case, but should otherwise match: ${wrong.join(',')}`);
  }
  shortNames.forEach((name, index) => { if (dns1035Label(name).length) findings.invalid(`${at}.shortNames[${index}]`, name, dns1035Label(name).join(',')); });
  if (kind && kind === listKind) findings.invalid(`${at}.listKind`, listKind, 'kind and listKind may not be the same');
  categories.forEach((name, index) => { if (dns1035Label(name).length) findings.invalid(`${at}.categories[${index}]`, name, dns1035Label(name).join(',')); });
}

function checkSimplePath(findings: Findings, path: string, at: string): boolean {
  if (path.startsWith('.')) return true;
  findings.invalid(at, path, 'must be a simple json path starting with .');
  return false;
}

function checkSubresources(findings: Findings, { subresources }: CustomResourceDefinitionVersion, at: string): void {
  const scale = subresources?.scale;
  if (!scale) return;
  for (const [field, prefix] of [['specReplicasPath', '.spec.'], ['statusReplicasPath', '.status.']] as const) {
    const path = scale[field];
    if (!path) findings.required(`${at}.scale.${field}`);
    else if (checkSimplePath(findings, path, `${at}.scale.${field}`) && !path.startsWith(prefix)) findings.invalid(`${at}.scale.${field}`, path, `should be a json path under ${prefix.slice(0, -1)}`);
  }
  const selector = scale.labelSelectorPath;
  if (selector && checkSimplePath(findings, selector, `${at}.scale.labelSelectorPath`) && !/^\.(spec|status)\./.test(selector)) {
    findings.invalid(`${at}.scale.labelSelectorPath`, selector, 'should be a json path under either .spec or .status');
  }
}

function checkColumns(findings: Findings, { additionalPrinterColumns = [] }: CustomResourceDefinitionVersion, at: string): void {
  additionalPrinterColumns.forEach((column, index) => {
    const path = `${at}[${index}]`;
    if (!column.name) findings.required(`${path}.name`);
    if (!column.type) findings.required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(',')}`);
    else if (!COLUMN_TYPES.includes(column.type)) findings.invalid(`${path}.type`, column.type, `must be one of ${COLUMN_TYPES.join(',')}`);
    if (column.format && !COLUMN_FORMATS.includes(column.format)) findings.invalid(`${path}.format`, column.format, `must be one of ${COLUMN_FORMATS.join(',')}`);
    if (!column.jsonPath) findings.required(`${path}.JSONPath`);
    else checkSimplePath(findings, column.jsonPath, `${path}.JSONPath`);
  });
}

function checkSelectable(findings: Findings, { selectableFields = [], schema }: CustomResourceDefinitionVersion, at: string, isShared: boolean): void {
  if (selectableFields.length > 0 && !schema?.openAPIV3Schema && !isShared) {
    return findings.invalid(at, '', 'may only be set when `version.schema.openAPIV3Schema` is not included');
  }
  const seen = new Set<string>();
  selectableFields.forEach(({ jsonPath }, index) => {
    const path = `${at}[${index}].jsonPath`;
    if (!jsonPath) return findings.required(path);
    const found = followFieldPath(jsonPath, (schema?.openAPIV3Schema ?? {}) as JSONSchemaProps, false);
    if (typeof found === 'string') return findings.invalid(path, jsonPath, `is an invalid path: ${found}`);
    if (found.names[0] === 'metadata') findings.invalid(path, jsonPath, 'must not point to fields in metadata');
    if (!['string', 'boolean', 'integer'].includes(found.schema.type ?? '')) {
      findings.invalid(path, jsonPath, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.');
    }
    if (seen.has(jsonPath)) findings.duplicate(path, jsonPath);
    seen.add(jsonPath);
  });
  if (seen.size > SELECTABLE_LIMIT) findings.tooMany(at, seen.size, SELECTABLE_LIMIT);
}

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

function checkConversion(findings: Findings, { conversion, preserveUnknownFields }: Spec, old: CustomResourceDefinition | undefined): void {
  if (!conversion) return;
  const at = 'spec.conversion';
  if (preserveUnknownFields && conversion.strategy !== 'None') findings.invalid(`${at}.strategy`, conversion.strategy ?? '', 'must be None if spec.preserveUnknownFields is true');
  findings.requiredOneOf(`${at}.strategy`, conversion.strategy, ['None', 'Webhook']);
  const { clientConfig } = conversion.webhook ?? {};
  const conversionReviewVersions = conversion.webhook?.conversionReviewVersions ?? [];
  if (conversion.strategy !== 'Webhook') {
    if (clientConfig) findings.forbidden(`${at}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook');
    if (conversionReviewVersions.length) findings.forbidden(`${at}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook');
    return;
  }
  const config = `${at}.webhookClientConfig`;
  if (!clientConfig) findings.required(config, 'required when strategy is set to Webhook');
  else checkClientConfig(findings, config, clientConfig);
  if (conversionReviewVersions.length === 0) return findings.required(`${at}.conversionReviewVersions`);
  conversionReviewVersions.forEach((version, index) => {
    if (conversionReviewVersions.indexOf(version) < index) findings.invalid(`${at}.conversionReviewVersions[${index}]`, version, 'duplicate version');
    else findings.invalidEach(`${at}.conversionReviewVersions[${index}]`, version, dns1035Label(version));
  });
  const known = (versions: readonly string[] | undefined): boolean => versions?.some((version) => REVIEW_VERSIONS.includes(version)) === true;
  const oldVersions = old?.spec.conversion?.webhook?.conversionReviewVersions;
  if (!known(conversionReviewVersions) && !(oldVersions?.length && !known(oldVersions))) {
    findings.invalid(`${at}.conversionReviewVersions`, conversionReviewVersions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`);
  }
}
