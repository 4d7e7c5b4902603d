import type { Scheme } from '../../api/schema.ts';
import { KUBERNETES_VERSION } from '../http/version.ts';
import { groupPath, groupVersionPath, groupsPath, plainPath, versionPath } from './general-paths.ts';
import { ResourcePaths } from './operations.ts';
import { type Operation, v2Path, v3Path } from './path-form.ts';
import { SchemaWriter, type Words } from './schema-writer.ts';

type Json = Record<string, unknown>;
type Paths = Iterable<[string, Operation[]]>;

function sorted(entries: Iterable<[string, unknown]>): Json {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const INFO = { title: 'Kubernetes', version: KUBERNETES_VERSION.slice(1).split('.', 2).join('.') };
/** Of documents that have custom resources only. */
const CUSTOM_INFO = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' };
const BEARER = { BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' } };

/** What a version of the API is served from: the scheme, the paths of further documents and what is told of types. */
export interface Served { scheme: Scheme; documents: string[]; words: Words }

/** The whole API in one Swagger 2.0 document. */
export function v2Document({ scheme, documents, words }: Served): Json {
  const writer = new SchemaWriter(true, words);
  const resources = new ResourcePaths(scheme, writer);
  for (const info of scheme.resources()) resources.add(info);
  const general = new Map<string, Operation[]>([['/apis/', [groupsPath(writer)]], ['/version/', [versionPath(writer)]]]);
  for (const { group, versions } of scheme.groups()) {
    const builtIn = (version: string): boolean => scheme.resources().some((info) => info.group === group && info.version === version && info.builtIn);
    const root = group ? `/apis/${group}/` : '/api/';
    if (versions.some(builtIn)) general.set(root, [groupPath(writer, group)]);
    for (const version of versions.filter(builtIn)) general.set(`${root}${version}/`, [groupVersionPath(writer, group, version)]);
  }
  for (const path of documents) {
    const operation = plainPath(path);
    if (operation) general.set(`${path}/`, [operation]);
  }
  const shared = new Map<string, Json>();
  const paths = [...general, ...resources.paths].map(([url, operations]): [string, Json] => [url, v2Path(operations, shared)]);
  return {
    swagger: '2.0', info: INFO, paths: sorted(paths), definitions: sorted(writer.types), parameters: sorted(shared),
    securityDefinitions: BEARER, security: [{ BearerToken: [] }],
  };
}

function v3(writer: SchemaWriter, paths: Paths, info = INFO): Json {
  return {
    openapi: '3.0.0', info, paths: sorted([...paths].map(([url, operations]) => [url, v3Path(operations)])),
    components: { ...(writer.types.size ? { schemas: sorted(writer.types) } : {}), ...(info === INFO ? { securitySchemes: BEARER } : {}) },
  };
}

/** Paths of the v3 documents, as they stand in the index: `apis/apps/v1`, `apis/apps`, `version`. */
export function v3Names({ scheme, documents }: Omit<Served, 'words'>): string[] {
  const names = ['api', 'apis', 'version', ...documents.filter((path) => plainPath(path)).map((path) => path.slice(1))];
  for (const { group, versions } of scheme.groups()) {
    if (group && scheme.resources().some((info) => info.group === group && info.builtIn)) names.push(`apis/${group}`);
    names.push(...versions.map((version) => (group ? `apis/${group}/${version}` : `api/${version}`)));
  }
  return names.sort();
}

/** One of these documents in OpenAPI 3.0; undefined when nothing is served there. */
export function v3Document({ scheme, documents, words }: Served, name: string): Json | undefined {
  const [prefix, group = '', version = ''] = name.startsWith('api/') ? ['api', '', name.slice('api/'.length)] : name.split('/');
  const writer = new SchemaWriter(false, words, { group, version });
  if (documents.includes(`/${name}`)) {
    const operation = plainPath(`/${name}`);
    return operation && v3(writer, [[`/${name}/`, [operation]]]);
  }
  if (name === 'version') return v3(writer, [['/version/', [versionPath(writer)]]]);
  if (name === 'apis') return v3(writer, [['/apis/', [groupsPath(writer)]]]);
  if (name === 'api') return v3(writer, [['/api/', [groupPath(writer, '')]]]);
  if (prefix !== 'api' && prefix !== 'apis') return undefined;
  const infos = scheme.resources().filter((info) => info.group === group && (version === '' || info.version === version));
  if (infos.length === 0) return undefined;
  const isBuiltIn = infos.some((info) => info.builtIn);
  if (version === '') return isBuiltIn ? v3(writer, [[`/apis/${group}/`, [groupPath(writer, group)]]]) : undefined;
  const resources = new ResourcePaths(scheme, writer);
  for (const info of infos) resources.add(info);
  if (isBuiltIn) resources.paths.set(group ? `/apis/${group}/${version}/` : `/api/${version}/`, [groupVersionPath(writer, group, version)]);
  return v3(writer, resources.paths, isBuiltIn ? INFO : CUSTOM_INFO);
}
