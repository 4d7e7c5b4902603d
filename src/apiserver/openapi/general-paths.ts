import type { Schema } from '../../api/schema.ts';
import { definitionSchema } from '../../api/schema-tables.ts';
import { groupName, groupTag, pascal, tagOf } from './names.ts';
import type { Operation } from './path-form.ts';
import type { SchemaWriter } from './schema-writer.ts';

/** What is no resource: discovery, the version and documents about tokens. */
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const VERSION = 'io.k8s.apimachinery.pkg.version.Info';
const FORMS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const VERSION_FIELDS = ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion', 'compiler', 'platform'];
const EMULATION_FIELDS = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor'];
/** Documents at paths of their own: what they are called in the documents. */
const PLAIN: Record<string, { id: string; tag: string; type: string }> = {
  '/.well-known/openid-configuration': { id: 'getServiceAccountIssuerOpenIDConfiguration', tag: 'WellKnown', type: 'application/json' },
  '/openid/v1/jwks': { id: 'getServiceAccountIssuerOpenIDKeyset', tag: 'openid', type: 'application/jwk-set+json' },
};

function read(writer: SchemaWriter, id: string, tag: string, type: string): Operation {
  const answer = writer.write(definitionSchema(`${META}.${type}`) as Schema);
  return { method: 'get', id, tag, parameters: [], consumes: FORMS, produces: FORMS, answer, codes: [200] };
}

export function groupVersionPath(writer: SchemaWriter, group: string, version: string): Operation {
  return read(writer, `get${groupName(group)}${pascal(version)}APIResources`, tagOf({ group, version }), 'APIResourceList');
}
export function groupPath(writer: SchemaWriter, group: string): Operation {
  return group === '' ? read(writer, 'getCoreAPIVersions', 'core', 'APIVersions') : read(writer, `get${groupName(group)}APIGroup`, groupTag(group), 'APIGroup');
}
export function groupsPath(writer: SchemaWriter): Operation {
  return read(writer, 'getAPIVersions', 'apis', 'APIGroupList');
}

export function versionPath(writer: SchemaWriter): Operation {
  const text = { type: 'string', ...(writer.isV2 ? {} : { default: '' }) };
  const properties = Object.fromEntries([...VERSION_FIELDS.map((name) => [name, text]), ...EMULATION_FIELDS.map((name) => [name, { type: 'string' }])]);
  writer.types.set(VERSION, { type: 'object', required: VERSION_FIELDS, properties });
  return { method: 'get', id: 'getCodeVersion', tag: 'version', parameters: [], consumes: ['application/json'], produces: ['application/json'], answer: writer.reference(VERSION), codes: [200] };
}

/** undefined for documents that no client is told of. */
export function plainPath(path: string): Operation | undefined {
  const plain = PLAIN[path];
  return plain && { method: 'get', id: plain.id, tag: plain.tag, parameters: [], produces: [plain.type], answer: { type: 'string' }, codes: [200] };
}
