/**
 * The one form in which naru knows the shape of an object. Built-in kinds get it from `schema/v1.37` (loaded by
 * `schema-tables.ts`), CRDs from their openAPIV3Schema. Decoding, pruning, defaulting, field validation, patches,
 * server-side apply, protobuf and the OpenAPI documents all read it.
 */
export type SchemaType = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'map' | 'any';

export type SchemaFormat =
  | 'int32' | 'int64' | 'double' | 'byte' | 'date-time' | 'micro-time' | 'quantity' | 'int-or-string'
  /** Any JSON, kept as it is (RawExtension, JSON, FieldsV1). */
  | 'raw-extension' | 'json' | 'fields-v1' | (string & {});

/** How values of two writers become one. Of a type, and of a field, as one list type is merged differently in different places. */
export interface MergeFacts {
  listType?: 'atomic' | 'set' | 'map';
  listMapKeys?: string[];
  mapType?: 'atomic' | 'granular';
  structType?: 'atomic' | 'granular';
  /** Strategic merge patch. */
  patchStrategy?: string[];
  patchMergeKey?: string;
}

export interface Schema extends MergeFacts {
  /** `object`: named fields; `map`: free keys with one value schema; `any`: anything, kept as it is. */
  type: SchemaType;
  format?: SchemaFormat;
  /** Full OpenAPI name for a built-in object type: `io.k8s.api.core.v1.Container`. */
  name?: string;
  /** Of an object: JSON name -> field. */
  fields?: Map<string, Field>;
  /** Of an array. */
  items?: Schema;
  /** Of a map. */
  values?: Schema;
  nullable?: boolean;
  default?: unknown;
  enum?: unknown[];
  /** OpenAPI's x-kubernetes-unions of the type. */
  unions?: unknown[];
  /** A list that is a message of its own in protobuf (values of `extra`). */
  protobufMessage?: boolean;
  /** CRDs: x-kubernetes-preserve-unknown-fields, x-kubernetes-embedded-resource. */
  preserveUnknownFields?: boolean;
  embeddedResource?: boolean;
  /** CRDs: the JSON schema this was made from, for value validation. */
  source?: Record<string, unknown>;
}

/** A field may refer to a schema that refers back (JSONSchemaProps), hence the getter. */
export interface Field extends MergeFacts {
  name: string;
  readonly schema: Schema;
  required: boolean;
  default?: unknown;
  /** Number in the protobuf message; absent where there is none. */
  protobufNumber?: number;
  /** Protobuf numbers of the messages around this field that JSON inlines (a Volume's source). */
  readonly protobufInside?: number[];
  /** Built-in kinds: the zero value differs from absence (`replicas: 0` stays). */
  readonly pointer?: boolean;
  /** Built-in kinds: encoded also when empty (`containers: null`, `name: ""`). Objects that are no pointer always are. */
  readonly always?: boolean;
  /** Built-in kinds: an object that is left out when all of it is empty. */
  readonly omitZero?: boolean;
  /** Name of a scalar type in decoding errors, where it is not the plain one: `v1.PullPolicy`. */
  readonly goType?: string;
  /** Structs around the field that JSON inlines, for error texts. */
  readonly embedded?: string | undefined;
}

/** A served resource, built-in or of a CRD. */
export interface ResourceInfo {
  group: string; version: string; resource: string; kind: string; singularName: string; namespaced: boolean;
  shortNames: string[]; categories: string[]; verbs: string[];
  /** Of the objects. */
  schema: Schema;
  listKind: string;
  /** name -> how it is served: kind (may be another group's, e.g. autoscaling/v1 Scale) and verbs. */
  subresources: Map<string, SubresourceInfo>;
  /** The version objects are stored in. */
  storageVersion: string;
  builtIn: boolean;
}
export interface SubresourceInfo { name: string; kind: string; group: string; version: string; verbs: string[]; schema?: Schema }

/** All resources served now. Built-ins are fixed; CRDs come and go, `onChange` tells. */
export interface Scheme {
  resource(group: string, version: string, resource: string): ResourceInfo | undefined;
  kind(group: string, version: string, kind: string): ResourceInfo | undefined;
  /** Schema of any known kind, also those that are no resource (DeleteOptions, Scale, Status, lists). */
  kindSchema(group: string, version: string, kind: string): Schema | undefined;
  groups(): { group: string; versions: string[]; preferredVersion: string }[];
  resources(): ResourceInfo[];
  register(resource: ResourceInfo): void;
  unregister(group: string, version: string, resource: string): void;
  onChange(listener: () => void): () => void;
}
