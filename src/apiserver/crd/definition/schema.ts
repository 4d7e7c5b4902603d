import { Findings } from '../../../api/kinds/common/findings.ts';
import { additionalOf, itemsOf, type JSONSchemaProps } from '../types.ts';
import { checkDefaults } from './defaults.ts';
import { costMessage, mostInside, SCHEMA_LIMIT, TotalCost } from './cost.ts';
import { checkRules, type RuleScope } from './expressions.ts';
import { heldSchemaText } from './held-versions.ts';
import { checkStructure } from './structure.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Where the status subresource is served, the root may say no more than this. */
const ROOT_FIELDS = [
  'Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum', 'MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems',
  'MultipleOf', 'Required', 'Items', 'Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations',
];
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

/** What is wrong with the schema of a version; `path` is that of its openAPIV3Schema. `unchanged`: it was let in before. */
export function checkSchema(findings: Findings, schema: JSONSchemaProps, hasStatus: boolean, path: string, unchanged = false): void {
  if (hasStatus) checkRoot(findings, schema, path);
  if (schema.nullable) findings.forbidden(`${path}.nullable`, 'nullable cannot be true at the root');
  const before = findings.list.length;
  checkStructure(findings, schema, path);
  if (findings.list.length === before) checkDefaults(findings, schema, path);
  const structural = findings.list.length === before;
  const total = new TotalCost();
  const expressions = new Findings();
  checkNode(findings, schema, path, { isRoot: true, noDefaults: undefined, insideMeta: false, withRules: structural, uncorrelated: undefined, cardinality: 1, total, unchanged, expressions });
  findings.list.push(...expressions.list);
  if (total.sum <= SCHEMA_LIMIT) return;
  for (const rule of total.mostExpensive) findings.forbidden(rule, 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema');
  findings.forbidden(path, costMessage('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', total.sum, SCHEMA_LIMIT));
}

function checkRoot(findings: Findings, schema: JSONSchemaProps, path: string): void {
  for (const key of Object.keys(schema)) {
    if (key === 'type' && schema.type !== 'object') {
      return findings.invalid(`${path}.type`, schema.type, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled');
    }
    const name = key.startsWith('x-kubernetes-') ? `X${key.slice('x-kubernetes-'.length).split('-').map(capital).join('')}` : capital(key);
    if (ROOT_FIELDS.includes(name)) continue;
    return findings.invalid(path, heldSchemaText(schema), `only [${ROOT_FIELDS.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`);
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

interface NodeScope extends RuleScope {
  /** Why no defaults may stand here; undefined: they may. */
  noDefaults: string | undefined;
  insideMeta: boolean;
  withRules: boolean;
}

function checkNode(findings: Findings, schema: JSONSchemaProps, path: string, scope: NodeScope): void {
  const before = findings.list.length;
  checkOwn(findings, schema, path, scope);
  const most = mostInside(schema);
  const inside: NodeScope = { ...scope, isRoot: false, cardinality: scope.cardinality === undefined || most === undefined ? undefined : scope.cardinality * most };
  const additional = additionalOf(schema);
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== null) {
    if (Object.keys(schema.properties ?? {}).length && additional !== true) findings.forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive');
    if (additional && additional !== true) {
      checkNode(findings, additional, `${path}.additionalProperties`, scope.insideMeta ? { ...inside, noDefaults: 'inside additionalProperties applying to object metadata' } : inside);
    }
  }
  for (const name of Object.keys(schema.properties ?? {}).sort()) {
    const isMeta = (scope.isRoot || schema['x-kubernetes-embedded-resource'] === true) && ['metadata', 'kind', 'apiVersion'].includes(name);
    checkNode(findings, schema.properties?.[name] as JSONSchemaProps, `${path}.properties[${name}]`, {
      ...inside, insideMeta: scope.insideMeta || isMeta, noDefaults: isMeta && scope.isRoot ? `in top-level ${name}` : scope.noDefaults,
    });
  }
  const withoutRules = { ...inside, withRules: false };
  if (schema.not) checkNode(findings, schema.not, `${path}.not`, withoutRules);
  for (const key of ['allOf', 'oneOf', 'anyOf'] as const) schema[key]?.forEach((inner, index) => checkNode(findings, inner, `${path}.${key}[${index}]`, withoutRules));
  const items = itemsOf(schema);
  if (items) {
    const uncorrelated = scope.uncorrelated ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
    checkNode(findings, items, `${path}.items`, { ...inside, uncorrelated });
  }
  checkLists(findings, schema, path);
  if (schema['x-kubernetes-validations']?.length) checkRules(findings, schema, path, scope, scope.withRules && findings.list.length === before);
}

function checkOwn(findings: Findings, schema: JSONSchemaProps, path: string, scope: NodeScope): void {
  if (schema.type && !TYPES.includes(schema.type)) findings.notSupported(`${path}.type`, schema.type, TYPES);
  if (schema.default !== undefined && scope.noDefaults !== undefined) findings.forbidden(`${path}.default`, `must not be set ${scope.noDefaults}`);
  for (const key of UNSUPPORTED) if (schema[key] !== undefined) findings.forbidden(`${path}.${key}`, `${key} is not supported`);
  if (schema.type === 'null') findings.forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items)) findings.forbidden(`${path}.items`, 'items must be a schema object and not an array');
  if (scope.insideMeta && schema['x-kubernetes-embedded-resource']) findings.forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta');
  if (schema.uniqueItems) findings.forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) findings.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
}

function checkLists(findings: Findings, schema: JSONSchemaProps, path: string): void {
  const mapType = schema['x-kubernetes-map-type'];
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = itemsOf(schema);
  if (mapType && schema.type !== 'object') {
    if (!schema.type) findings.required(`${path}.type`, 'must be object if x-kubernetes-map-type is specified');
    else findings.invalid(`${path}.type`, schema.type, 'must be object if x-kubernetes-map-type is specified');
  }
  if (mapType && !['atomic', 'granular'].includes(mapType)) findings.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']);
  if (listType && schema.type !== 'array') {
    if (!schema.type) findings.required(`${path}.type`, 'must be array if x-kubernetes-list-type is specified');
    else findings.invalid(`${path}.type`, schema.type, 'must be array if x-kubernetes-list-type is specified');
  } else if (listType === 'set' && items) {
    if (items.type === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic') {
      findings.invalid(`${path}.items.x-kubernetes-list-type`, items['x-kubernetes-list-type'], 'must be atomic as item of a list with x-kubernetes-list-type=set');
    }
    if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
      findings.invalid(`${path}.items.x-kubernetes-map-type`, items['x-kubernetes-list-type'] ?? null, 'must be atomic as item of a list with x-kubernetes-list-type=set');
    }
  }
  if (listType && !['atomic', 'set', 'map'].includes(listType)) findings.notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']);
  if (keys.length && !listType) findings.required(`${path}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty');
  else if (keys.length && listType !== 'map') findings.invalid(`${path}.x-kubernetes-list-type`, listType, 'must be map if x-kubernetes-list-map-keys is non-empty');
  if (listType === 'map') checkMapList(findings, keys, items, path);
  if ((listType === 'set' || listType === 'map') && items?.nullable) findings.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
}

function checkMapList(findings: Findings, keys: string[], items: JSONSchemaProps | undefined, path: string): void {
  if (keys.length === 0) findings.required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map');
  if (!items) return findings.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map');
  if (items.type !== 'object') return findings.invalid(`${path}.items.type`, items.type ?? '', "must be object if parent array's x-kubernetes-list-type is map");
  keys.forEach((key, index) => {
    const property = items.properties?.[key];
    const at = `${path}.items.properties[${key}]`;
    if (!property) findings.invalid(`${path}.x-kubernetes-list-map-keys`, keys, 'entries must all be names of item properties');
    else if (property.type === 'array' || property.type === 'object') findings.invalid(`${at}.type`, items.type, "must be a scalar type if parent array's x-kubernetes-list-type is map");
    if (keys.indexOf(key) !== index) findings.invalid(`${path}.x-kubernetes-list-map-keys`, keys, 'must not contain duplicate entries');
    if (!property) return;
    if (!items.required?.includes(key) && property.default === undefined) {
      findings.required(`${at}.default`, 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property');
    }
    if (property.nullable) findings.forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable');
  });
}
