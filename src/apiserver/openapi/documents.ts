import type { Scheme } from '../../api/schema.ts';
import { KUBERNETES_VERSION } from '../http/version.ts';
import { PathWriter } from './operations.ts';
import { SchemaWriter } from './schema-writer.ts';

type Json = Record<string, unknown>;

function sorted(entries: Iterable<[string, unknown]>): Json {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const INFO = { title: 'Kubernetes', version: KUBERNETES_VERSION };

/** The whole API in one Swagger 2.0 document. */
export function v2Document(scheme: Scheme): Json {
  const writer = new SchemaWriter(true);
  const paths = new PathWriter(scheme, writer);
  for (const info of scheme.resources()) paths.addResource(info);
  return {
    swagger: '2.0', info: INFO, paths: sorted(Object.entries(paths.paths)), definitions: sorted(writer.types),
    securityDefinitions: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } }, security: [{ BearerToken: [] }],
  };
}

/** One group and version in an OpenAPI 3.0 document; undefined when nothing is served there. */
export function v3Document(scheme: Scheme, group: string, version: string): Json | undefined {
  const infos = scheme.resources().filter((info) => info.group === group && info.version === version);
  if (!infos.length) return undefined;
  const writer = new SchemaWriter(false);
  const paths = new PathWriter(scheme, writer);
  for (const info of infos) paths.addResource(info);
  return {
    openapi: '3.0.0', info: INFO, paths: sorted(Object.entries(paths.paths)),
    components: { schemas: sorted(writer.types), securitySchemes: { BearerToken: { type: 'apiKey', name: 'authorization', in: 'header' } } },
  };
}
