import type { Step } from '../scenario.ts';

/** A request, or a wait for something a server does by itself. */
export type CustomStep = Step & {
  /** Asked again until the answer's text matches: what controllers write comes a moment later. Not compared. */
  until?: RegExp;
  /** Milliseconds that a server needs to take up what the request has changed. */
  settle?: number;
};

/** Requests that follow one another on both servers. What they make has names of its own and is deleted at their end. */
export interface CustomCase { name: string; steps: CustomStep[]; cleanup?: string[] }

type Json = Record<string, unknown>;
export const dry = (path: string): string => `${path}?dryRun=All`;
export const post = (path: string, body: unknown): CustomStep => ({ verb: 'create', method: 'POST', path, body });
export const put = (path: string, body: CustomStep['body']): CustomStep => ({ verb: 'update', method: 'PUT', path, body });
export const get = (path: string): CustomStep => ({ verb: 'get', method: 'GET', path });
export const merge = (path: string, body: unknown): CustomStep => ({ verb: 'patch', method: 'PATCH', path, type: 'application/merge-patch+json', body });
export const remove = (path: string): CustomStep => ({ verb: 'delete', method: 'DELETE', path });
export const quiet = (step: CustomStep): CustomStep => ({ ...step, quiet: true });
export const apply = (path: string, manager: string, body: unknown, force = false): CustomStep =>
  ({ verb: 'apply', method: 'PATCH', path: `${path}?fieldManager=${manager}${force ? '&force=true' : ''}`, type: 'application/apply-patch+yaml', body });

export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export interface DefinitionOptions { version?: Json; spec?: Json; versions?: Json[] }

/** A definition of `plural`.custom.example.com with one version. */
export function definition(plural: string, schema: unknown, { version = {}, spec = {}, versions }: DefinitionOptions = {}): Json {
  const kind = plural.charAt(0).toUpperCase() + plural.slice(1, -1);
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.custom.example.com` },
    spec: {
      group: 'custom.example.com', scope: 'Namespaced', names: { plural, kind },
      versions: versions ?? [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }], ...spec,
    },
  };
}

export const objectOf = (properties: Json, more: Json = {}): Json => ({ type: 'object', properties, ...more });
/** A schema whose `spec` has these properties. */
export const specOf = (properties: Json, more: Json = {}): Json => objectOf({ spec: objectOf(properties, more) });

/** Makes a definition, waits until it is served, then runs steps against its resource. */
export function served(name: string, plural: string, schema: unknown, options: DefinitionOptions, steps: (path: string, custom: (name: string, rest: Json) => Json) => CustomStep[]): CustomCase {
  const path = `/apis/custom.example.com/v1/namespaces/default/${plural}`;
  const made = definition(plural, schema, options);
  const kind = ((made['spec'] as Json)['names'] as Json)['kind'];
  const custom = (own: string, rest: Json): Json => ({ apiVersion: 'custom.example.com/v1', kind, metadata: { name: own, namespace: 'default' }, ...rest });
  const at = `${CRDS}/${plural}.custom.example.com`;
  return {
    name, cleanup: [at],
    steps: [post(CRDS, made), { ...get(at), until: /"type":\s*"Established",\s*"status":\s*"True"|"status":\s*"True"[^}]*"type":\s*"Established"/ }, { ...get(path), until: /"kind":\s*"\w+List"/ }, get(at), ...steps(path, custom)],
  };
}
