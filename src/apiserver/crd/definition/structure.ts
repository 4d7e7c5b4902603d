import type { Findings } from '../../../api/kinds/common/findings.ts';
import { regularExpression } from '../../../cel/regular-expression.ts';
import { sameJson } from '../../metadata/equal.ts';
import { additionalOf, itemsOf, type JSONSchemaProps } from '../types.ts';

type Level = 'root' | 'item' | 'field';
const MISSING_TYPE: Record<Level, string> = {
  root: 'must not be empty at the root', item: 'must not be empty for specified array items', field: 'must not be empty for specified object fields',
};
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];
const JUNCTORS = ['allOf', 'anyOf', 'oneOf'] as const;

/** Whether a schema is structural: every part has a type outside of anyOf, oneOf, allOf and not, which only narrow values down. */
export function checkStructure(findings: Findings, schema: JSONSchemaProps, path: string): void {
  checkNode(findings, schema, 'root', path);
  checkComplete(findings, schema, path);
}

function checkNode(findings: Findings, schema: JSONSchemaProps, level: Level, path: string): void {
  const { type = '', properties = {} } = schema;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === 'array' && !items && !Array.isArray(schema.items)) findings.required(`${path}.items`, 'must be specified');
  if (items) checkNode(findings, items, 'item', `${path}.items`);
  for (const name of Object.keys(properties).sort()) checkNode(findings, properties[name] as JSONSchemaProps, 'field', `${path}.properties[${name}]`);
  if (schema.additionalProperties !== undefined) {
    if (level === 'root') findings.forbidden(`${path}.additionalProperties`, 'must not be used at the root');
    if (additional && additional !== true) checkNode(findings, additional, 'field', `${path}.additionalProperties`);
    if (embedded) findings.forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set');
  }
  if (intOrString && preserve) findings.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, 'must be false if x-kubernetes-int-or-string is true');
  if (intOrString && embedded) findings.invalid(`${path}.x-kubernetes-embedded-resource`, true, 'must be false if x-kubernetes-int-or-string is true');
  checkValueValidation(findings, schema, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf), path);
  if (embedded && type !== 'object') {
    if (type === '') findings.required(`${path}.type`, 'must be object if x-kubernetes-embedded-resource is true');
    else findings.invalid(`${path}.type`, type, 'must be object if x-kubernetes-embedded-resource is true');
  } else if (type === '' && !intOrString && !preserve && !schema.$ref) findings.required(`${path}.type`, MISSING_TYPE[level]);
  if (level === 'root' && type !== '' && type !== 'object') findings.invalid(`${path}.type`, type, 'must be object at the root');
  checkMetadata(findings, schema, level, embedded, path);
  if (embedded && !preserve && Object.keys(properties).length === 0) {
    findings.required(`${path}.properties`, 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields');
  }
}

function checkMetadata(findings: Findings, { properties = {} }: JSONSchemaProps, level: Level, embedded: boolean, path: string): void {
  const isObject = level === 'root' || embedded;
  for (const name of ['kind', 'apiVersion']) {
    const property = properties[name];
    if (isObject && property && property.type !== 'string') findings.invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string');
  }
  const { metadata } = properties;
  if (!metadata) return;
  if (isObject && metadata.type !== 'object') findings.invalid(`${path}.properties[metadata].type`, metadata.type ?? '', 'must be object');
  if (level !== 'root') return;
  const { type: _type, default: _default, description: _description, title: _title, properties: inner = {}, ...more } = metadata;
  const names = Object.keys(inner);
  if (Object.keys(more).length > 0 || names.some((name) => name !== 'name' && name !== 'generateName')) {
    findings.forbidden(`${path}.properties[metadata]`, 'must not specify anything other than name and generateName, but metadata is implicitly specified');
  }
}

function isIntOrString(alternatives: JSONSchemaProps[] | undefined): boolean {
  return sameJson(alternatives, INT_OR_STRING);
}

function checkValueValidation(findings: Findings, schema: JSONSchemaProps, skipAnyOf: boolean, skipFirstAllOf: boolean, path: string): void {
  if (!skipAnyOf) schema.anyOf?.forEach((inner, index) => checkNested(findings, inner, false, `${path}.anyOf[${index}]`));
  schema.allOf?.forEach((inner, index) => checkNested(findings, inner, skipFirstAllOf && index === 0, `${path}.allOf[${index}]`));
  schema.oneOf?.forEach((inner, index) => checkNested(findings, inner, false, `${path}.oneOf[${index}]`));
  if (schema.not) checkNested(findings, schema.not, false, `${path}.not`);
  if (schema.pattern) checkPattern(findings, schema.pattern, `${path}.pattern`);
}

function checkPattern(findings: Findings, pattern: string, path: string): void {
  try {
    regularExpression(pattern);
  } catch (error) {
    findings.invalid(path, pattern, `must be a valid regular expression, but isn't: ${(error as Error).message}`);
  }
}

/** What may not stand inside a junctor: key, message. */
const FORBIDDEN_INSIDE: [keyof JSONSchemaProps, string][] = [
  ['type', 'must be empty to be structural'], ['additionalProperties', 'must be undefined to be structural'], ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'], ['description', 'must be empty to be structural'], ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'], ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'], ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'], ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function checkNested(findings: Findings, schema: JSONSchemaProps, skipAnyOf: boolean, path: string): void {
  checkValueValidation(findings, schema, skipAnyOf, false, path);
  const items = itemsOf(schema);
  if (items) checkNested(findings, items, false, `${path}.items`);
  for (const name of Object.keys(schema.properties ?? {}).sort()) checkNested(findings, schema.properties?.[name] as JSONSchemaProps, false, `${path}.properties[${name}]`);
  for (const [key, message] of FORBIDDEN_INSIDE) {
    const value = schema[key];
    if (value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0)) findings.forbidden(`${path}.${key}`, message);
  }
  if (schema.properties?.['metadata']) findings.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context');
}

/** What junctors speak of must be there outside of them too. */
function checkComplete(findings: Findings, schema: JSONSchemaProps, path: string): void {
  const compare = (nested: JSONSchemaProps, own: JSONSchemaProps | undefined, at: string, nestedAt: string): void => {
    if (!own) return findings.required(at, `because it is defined in ${nestedAt}`);
    junctors(nested, own, at, nestedAt);
    const items = itemsOf(nested);
    if (items) compare(items, itemsOf(own), `${at}.items`, `${nestedAt}.items`);
    for (const name of Object.keys(nested.properties ?? {}).sort()) {
      compare(nested.properties?.[name] as JSONSchemaProps, own.properties?.[name], `${at}.properties[${name}]`, `${nestedAt}.properties[${name}]`);
    }
  };
  const junctors = (holder: JSONSchemaProps, own: JSONSchemaProps, at: string, holderAt: string): void => {
    if (holder.not) compare(holder.not, own, at, `${holderAt}.not`);
    for (const key of JUNCTORS) holder[key]?.forEach((inner, index) => compare(inner, own, at, `${holderAt}.${key}[${index}]`));
  };
  junctors(schema, schema, path, path);
}
