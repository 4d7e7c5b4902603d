/** Formats of the schema tables that OpenAPI shows as named types of their own. */
type Json = Record<string, unknown>;

export interface ScalarType { name: string; v2: Json; v3: Json }

const same = (name: string, shape: Json): ScalarType => ({ name, v2: shape, v3: shape });
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const EXTENSIONS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

export const SCALAR_TYPES: Record<string, ScalarType> = {
  quantity: { name: 'io.k8s.apimachinery.pkg.api.resource.Quantity', v2: { type: 'string' }, v3: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
  'date-time': same(`${META}.Time`, { type: 'string', format: 'date-time' }),
  'micro-time': same(`${META}.MicroTime`, { type: 'string', format: 'date-time' }),
  duration: same(`${META}.Duration`, { type: 'string' }),
  'int-or-string': {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString', v2: { type: 'string', format: 'int-or-string' },
    v3: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  },
  'raw-extension': same('io.k8s.apimachinery.pkg.runtime.RawExtension', { type: 'object' }),
  'fields-v1': same(`${META}.FieldsV1`, { type: 'object' }),
  json: same(`${EXTENSIONS}.JSON`, {}),
  'schema-or-array': same(`${EXTENSIONS}.JSONSchemaPropsOrArray`, {}),
  'schema-or-bool': same(`${EXTENSIONS}.JSONSchemaPropsOrBool`, {}),
  'schema-or-strings': same(`${EXTENSIONS}.JSONSchemaPropsOrStringArray`, {}),
};
