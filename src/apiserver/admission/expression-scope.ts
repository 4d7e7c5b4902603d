import { AUTHORIZER_TYPE, compile, CompilationError, createEnvironment, RESOURCE_CHECK_TYPE, type Program } from '../../cel/compile.ts';
import type { Environment, StructType } from '../../cel/environment.ts';
import { registerJsonPatch } from '../../cel/libraries/strings.ts';
import { DYN, listOf, parseType, struct, typeText, type Type } from '../../cel/types.ts';
import { BoundedCache } from '../authn/bounded-cache.ts';

export interface Variable { name?: string; expression?: string }

/** Which variables an expression may name. */
export interface Scope {
  params: boolean;
  authorizer: boolean;
  /** Whether it may make objects: `Object{}` and `JSONPatch{}`. */
  patches: boolean;
  /** Those of the policy that stand before it; undefined: the expression knows no `variables`. */
  variables: readonly Variable[] | undefined;
  /** Types of `object`, `oldObject` and `params`, when they are known; the environment that declares them. */
  typed?: { key: string; declare(environment: Environment): void };
}

/** What a policy or webhook has an expression for. */
export type Use = 'condition' | 'variable' | 'validation' | 'message' | 'annotation' | 'applyConfiguration' | 'jsonPatch';

const JSON_PATCH = struct('JSONPatch');
const OBJECT = struct('Object');
const RESULTS: Record<Use, readonly Type[]> = {
  condition: [parseType('bool')], variable: [], validation: [parseType('bool')], message: [parseType('string')], annotation: [parseType('string'), parseType('null')],
  applyConfiguration: [OBJECT], jsonPatch: [listOf(JSON_PATCH)],
};

/** What an expression for this use may name. `hasParams`: its policy has a kind of parameters. */
export function scopeOf(use: Use, hasParams: boolean, variables: readonly Variable[] | undefined): Scope {
  return {
    params: hasParams, authorizer: use !== 'message', patches: use === 'applyConfiguration' || use === 'jsonPatch',
    variables: use === 'condition' ? undefined : variables,
  };
}

const CACHED_PROGRAMS = 2000;
const CACHED_ENVIRONMENTS = 200;
const environments = new BoundedCache<string, Environment>(CACHED_ENVIRONMENTS);
const programs = new BoundedCache<string, Program | CompilationError>(CACHED_PROGRAMS);

function keyOf({ params, authorizer, patches, variables, typed }: Scope): string {
  return `${Number(params)}${Number(authorizer)}${Number(patches)}${typed?.key ?? ''}|${variables ? JSON.stringify(variables) : ''}`;
}

/** Compiled once and kept. Throws CompilationError, worded as clients are told. */
export function programOf(scope: Scope, use: Use, expression: string): Program {
  const key = `${keyOf(scope)}|${use}|${expression}`;
  let found = programs.get(key);
  if (!found) {
    try {
      found = checked(compile(environmentOf(scope), expression), RESULTS[use]);
    } catch (error) {
      if (!(error instanceof CompilationError)) throw error;
      found = error;
    }
    programs.set(key, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

function checked(program: Program, results: readonly Type[]): Program | CompilationError {
  const text = typeText(program.resultType);
  const wanted = results.map(typeText);
  if (wanted.length === 0 || wanted.includes(text)) return program;
  return new CompilationError(`must evaluate to ${wanted.length === 1 ? wanted[0] : `one of [${wanted.join(' ')}]`} but got ${text}`);
}

function environmentOf(scope: Scope): Environment {
  const key = keyOf(scope);
  let environment = environments.get(key);
  if (!environment) environments.set(key, (environment = makeEnvironment(scope)));
  return environment;
}

function makeEnvironment(scope: Scope): Environment {
  const { params, authorizer, patches, variables, typed } = scope;
  const environment = createEnvironment({ object: 'dyn', oldObject: 'dyn', request: 'kubernetes.AdmissionRequest', namespaceObject: 'kubernetes.Namespace' });
  for (const [name, fields] of Object.entries(REQUEST_TYPES)) environment.structs.set(name, fieldsOf(fields));
  if (params) environment.registerVariable('params', DYN);
  if (authorizer) environment.registerVariable('authorizer', parseType(AUTHORIZER_TYPE)).registerVariable('authorizer.requestResource', parseType(RESOURCE_CHECK_TYPE));
  if (patches) declarePatches(environment);
  typed?.declare(environment);
  if (variables) declareVariables(environment, scope);
  return environment;
}

const ANY_FIELD: StructType = { field: () => DYN };

/** Any field may stand in an object that a policy makes. */
function declarePatches(environment: Environment): void {
  environment.registerType('JSONPatch', undefined, fieldsOf({ op: 'string', from: 'string', path: 'string', value: 'dyn' }));
  registerJsonPatch(environment);
  environment.messages = (name) => (name === 'Object' || name.startsWith('Object.') ? ANY_FIELD : undefined);
}

function declareVariables(environment: Environment, scope: Scope): void {
  const fields = new Map<string, Type>();
  environment.structs.set('kubernetes.variables', { field: (name) => fields.get(name) });
  environment.registerVariable('variables', struct('kubernetes.variables'));
  for (const { name = '', expression = '' } of scope.variables ?? []) {
    try {
      fields.set(name, compile(environment, expression).resultType);
    } catch {
      // What is wrong with it is told where the variable itself is compiled.
      fields.set(name, DYN);
    }
  }
}

const REQUEST_TYPES: Record<string, Record<string, string>> = {
  'kubernetes.GroupVersionKind': { group: 'string', version: 'string', kind: 'string' },
  'kubernetes.GroupVersionResource': { group: 'string', version: 'string', resource: 'string' },
  'kubernetes.UserInfo': { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' },
  'kubernetes.AdmissionRequest': {
    kind: 'kubernetes.GroupVersionKind', resource: 'kubernetes.GroupVersionResource', subResource: 'string', requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource', requestSubResource: 'string', name: 'string', namespace: 'string', operation: 'string', userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool', options: 'dyn',
  },
  'kubernetes.NamespaceSpec': { finalizers: 'list<string>' },
  'kubernetes.NamespaceCondition': { status: 'string', type: 'string', lastTransitionTime: 'timestamp', message: 'string', reason: 'string' },
  'kubernetes.NamespaceStatus': { conditions: 'list<kubernetes.NamespaceCondition>', phase: 'string' },
  'kubernetes.NamespaceMetadata': {
    name: 'string', generateName: 'string', namespace: 'string', labels: 'map<string, string>', annotations: 'map<string, string>', UID: 'string', creationTimestamp: 'timestamp',
    deletionGracePeriodSeconds: 'int', deletionTimestamp: 'timestamp', generation: 'int', resourceVersion: 'string', finalizers: 'list<string>',
  },
  'kubernetes.Namespace': { metadata: 'kubernetes.NamespaceMetadata', spec: 'kubernetes.NamespaceSpec', status: 'kubernetes.NamespaceStatus' },
};

function fieldsOf(fields: Record<string, string>): StructType {
  const types = new Map(Object.entries(fields).map(([name, type]) => [name, parseType(type)]));
  return { field: (name) => types.get(name) };
}
