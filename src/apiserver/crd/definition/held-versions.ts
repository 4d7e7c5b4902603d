/** The versions of a definition as upstream's server holds them, for the refusals that quote them whole. */
import { semanticEqual } from '../../../api/kinds/common/equality.ts';
import { Verbatim } from '../../../api/kinds/common/findings.ts';
import { itemsOf, type CustomResourceDefinitionVersion, type JSONSchemaProps } from '../types.ts';

type Schemas = Record<string, JSONSchemaProps>;

/** Parts that all versions have in common are held with the spec. */
export function heldVersions(versions: readonly CustomResourceDefinitionVersion[] | undefined): Verbatim {
  const isShared = (part: keyof CustomResourceDefinitionVersion): boolean => versions?.every((version) => semanticEqual(version[part], versions[0]?.[part])) === true;
  const shared = { schema: isShared('schema'), subresources: isShared('subresources'), columns: isShared('additionalPrinterColumns'), selectable: isShared('selectableFields') };
  const held = versions?.map((version) => ({
    Name: version.name ?? '', Served: version.served === true, Storage: version.storage === true,
    Deprecated: version.deprecated === true, DeprecationWarning: version.deprecationWarning ?? null,
    Schema: shared.schema || !version.schema ? null : { OpenAPIV3Schema: optional(version.schema.openAPIV3Schema, heldSchema) },
    Subresources: shared.subresources ? null : optional(version.subresources, heldSubresources),
    AdditionalPrinterColumns: shared.columns ? null : optional(version.additionalPrinterColumns, (columns) => columns.map(heldColumn)),
    SelectableFields: shared.selectable ? null : optional(version.selectableFields, (fields) => fields.map(({ jsonPath }) => ({ JSONPath: jsonPath ?? '' }))),
  }));
  return asVerbatim(held ?? null);
}

/** One schema as upstream's server holds it. */
export function heldSchemaText(schema: JSONSchemaProps): Verbatim {
  return asVerbatim(heldSchema(schema));
}

function asVerbatim(held: unknown): Verbatim {
  return new Verbatim(JSON.stringify(held).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
}

function optional<Part, Held>(part: Part | null | undefined, held: (part: Part) => Held): Held | null {
  return part === null || part === undefined ? null : held(part);
}

function heldSubresources({ status, scale }: NonNullable<CustomResourceDefinitionVersion['subresources']>): unknown {
  return {
    Status: status ? {} : null,
    Scale: optional(scale, (given) => ({ SpecReplicasPath: given.specReplicasPath ?? '', StatusReplicasPath: given.statusReplicasPath ?? '', LabelSelectorPath: given.labelSelectorPath ?? null })),
  };
}

function heldColumn(column: NonNullable<CustomResourceDefinitionVersion['additionalPrinterColumns']>[number]): unknown {
  const { name = '', type = '', format = '', description = '', priority = 0, jsonPath = '' } = column;
  return { Name: name, Type: type, Format: format, Description: description, Priority: priority, JSONPath: jsonPath };
}

function heldSchema(schema: JSONSchemaProps): unknown {
  const many = (schemas: unknown): unknown => optional(schemas as JSONSchemaProps[] | undefined, (list) => list.map(heldSchema));
  const named = (schemas: unknown): unknown => optional(schemas as Schemas | undefined, (map) => sorted(map, heldSchema));
  return {
    ID: schema.id ?? '', Schema: schema.$schema ?? '', Ref: schema.$ref ?? null, Description: schema.description ?? '', Type: schema.type ?? '',
    Nullable: schema.nullable === true, Format: schema.format ?? '', Title: schema.title ?? '', Default: schema.default ?? null,
    Maximum: schema.maximum ?? null, ExclusiveMaximum: schema.exclusiveMaximum === true, Minimum: schema.minimum ?? null, ExclusiveMinimum: schema.exclusiveMinimum === true,
    MaxLength: schema.maxLength ?? null, MinLength: schema.minLength ?? null, Pattern: schema.pattern ?? '', MaxItems: schema.maxItems ?? null, MinItems: schema.minItems ?? null,
    UniqueItems: schema.uniqueItems === true, MultipleOf: schema.multipleOf ?? null, Enum: schema.enum ?? null,
    MaxProperties: schema.maxProperties ?? null, MinProperties: schema.minProperties ?? null, Required: schema.required ?? null, Items: heldItems(schema),
    AllOf: many(schema.allOf), OneOf: many(schema.oneOf), AnyOf: many(schema.anyOf), Not: optional(schema.not, heldSchema),
    Properties: named(schema.properties), AdditionalProperties: heldOrBoolean(schema.additionalProperties), PatternProperties: named(schema.patternProperties),
    Dependencies: optional(schema.dependencies as Record<string, unknown> | undefined, (map) => sorted(map, heldDependency)),
    AdditionalItems: heldOrBoolean(schema.additionalItems), Definitions: named(schema.definitions),
    ExternalDocs: optional(schema.externalDocs, ({ description = '', url = '' }) => ({ Description: description, URL: url })), Example: schema.example ?? null,
    XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null, XEmbeddedResource: schema['x-kubernetes-embedded-resource'] === true,
    XIntOrString: schema['x-kubernetes-int-or-string'] === true, XListMapKeys: schema['x-kubernetes-list-map-keys'] ?? null, XListType: schema['x-kubernetes-list-type'] ?? null,
    XMapType: schema['x-kubernetes-map-type'] ?? null, XValidations: optional(schema['x-kubernetes-validations'], (rules) => rules.map(heldRule)),
  };
}

function heldRule(rule: NonNullable<JSONSchemaProps['x-kubernetes-validations']>[number]): unknown {
  const { message = '', messageExpression = '', reason = null, fieldPath = '', optionalOldSelf = null } = rule;
  return { Rule: rule.rule ?? '', Message: message, MessageExpression: messageExpression, Reason: reason, FieldPath: fieldPath, OptionalOldSelf: optionalOldSelf };
}

function heldItems(schema: JSONSchemaProps): unknown {
  if (Array.isArray(schema.items)) return { Schema: null, JSONSchemas: (schema.items as JSONSchemaProps[]).map(heldSchema) };
  return optional(itemsOf(schema), (items) => ({ Schema: heldSchema(items), JSONSchemas: null }));
}

function heldOrBoolean(value: unknown): unknown {
  if (typeof value === 'boolean') return { Allows: value, Schema: null };
  return optional(value as JSONSchemaProps | undefined, (schema) => ({ Allows: true, Schema: heldSchema(schema) }));
}

function heldDependency(value: unknown): unknown {
  if (Array.isArray(value)) return { Schema: null, Property: value };
  return { Schema: optional(value as JSONSchemaProps | undefined, heldSchema), Property: null };
}

function sorted<Value>(map: Record<string, Value>, held: (value: Value) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.keys(map).sort().map((key) => [key, held(map[key] as Value)]));
}
