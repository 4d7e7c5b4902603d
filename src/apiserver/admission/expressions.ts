import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { AUTHORIZER_TYPE, compile, CompilationError, createEnvironment, type Program } from '../../cel/compile.ts';
import { CelAuthorizer, type AccessQuestion } from '../../cel/libraries/authorizer.ts';
import { toCel } from '../../cel/values.ts';
import { BoundedCache } from '../authn/bounded-cache.ts';
import { serviceAccountUser, withAuthenticatedGroup } from '../authn/users.ts';
import type { AdmissionAttributes, Authorizer } from '../contracts.ts';
import { makeReview } from './webhooks/review.ts';

const CACHED_PROGRAMS = 2000;
const environment = createEnvironment({
  object: 'dyn', oldObject: 'dyn', request: 'dyn', params: 'dyn', namespaceObject: 'dyn', variables: 'dyn', authorizer: AUTHORIZER_TYPE,
});
const programs = new BoundedCache<string, Program | CompilationError>(CACHED_PROGRAMS);

/** Compiled once and kept. Throws CompilationError. `results`: types the result may have. */
export function programOf(expression: string, ...results: string[]): Program {
  const key = `${results.join()}|${expression}`;
  let found = programs.get(key);
  if (!found) {
    try {
      found = compile(environment, expression, results);
    } catch (error) {
      found = error as CompilationError;
    }
    programs.set(key, found);
  }
  if (found instanceof Error) throw found;
  return found;
}

function ask(authorizer: Authorizer, attributes: AdmissionAttributes) {
  return async (question: AccessQuestion): Promise<{ allowed: boolean; reason: string }> => {
    const { serviceAccount: account, path, verb, group = '', resource = '', subresource = '', namespace = '', name = '', fieldSelector, labelSelector } = question;
    const user = account ? withAuthenticatedGroup(serviceAccountUser(account.namespace, account.name, '')) : attributes.user;
    const { decision, reason } = await authorizer.authorize({
      user, verb, isResourceRequest: path === undefined, path: path ?? '', group, version: '*', resource, subresource, namespace, name, fieldSelector, labelSelector,
    });
    return { allowed: decision === 'allow', reason };
  };
}

export interface Evaluation {
  /** Rejects with Error that says what went wrong. */
  evaluate(expression: string, ...results: string[]): Promise<unknown>;
  /** Takes up a changed `attributes.object`. */
  refresh(): void;
}

export interface EvaluationInput {
  attributes: AdmissionAttributes;
  /** The form object and oldObject are in. */
  info: ResourceInfo;
  authorizer: Authorizer;
  namespaceObject?: KubernetesObject;
  params?: KubernetesObject | null;
  /** `variables.NAME`, each evaluated when it is first used. */
  variables?: { name?: string; expression?: string }[];
}

/** Everything the expressions about one request may name. */
export function createEvaluation({ attributes, info, authorizer, namespaceObject, params, variables = [] }: EvaluationInput): Evaluation {
  const { group, resource } = attributes.info;
  const { subresource, namespace, name } = attributes;
  const { object: _, oldObject: __, ...request } = (makeReview('', 'v1', attributes, info)['request'] ?? {}) as Record<string, unknown>;
  const schema = subresource === '' ? info.schema : undefined;
  const values: Record<string, unknown> = {
    object: toCel(attributes.object ?? null, schema), oldObject: toCel(attributes.oldObject ?? null, schema), request: toCel(request),
    params: toCel(params ?? null), namespaceObject: toCel(namespaceObject ?? null), variables: {},
    authorizer: new CelAuthorizer(ask(authorizer, attributes), { group, resource, subresource, namespace, name }),
  };
  const known = values['variables'] as Record<string, unknown>;
  let remaining = [...variables];

  /** Variables come in order and may name earlier ones; only those an expression can reach are evaluated. */
  async function prepareVariables(expression: string): Promise<void> {
    while (remaining.length > 0 && /\bvariables\b/.test(expression)) {
      const [next, ...rest] = remaining;
      remaining = rest;
      if (next?.name === undefined) continue;
      try {
        known[next.name] = await programOf(next.expression ?? '').run(values);
      } catch (error) {
        const message = `composited variable ${JSON.stringify(next.name)} fails to evaluate: ${(error as Error).message}`;
        Object.defineProperty(known, next.name, { enumerable: true, get: () => { throw new Error(message); } });
      }
    }
  }
  return {
    async evaluate(expression, ...results) {
      const program = programOf(expression, ...results);
      await prepareVariables(expression);
      return program.run(values);
    },
    refresh() {
      values['object'] = toCel(attributes.object ?? null, schema);
    },
  };
}

export type ConditionVerdict = 'match' | 'skip' | { error: string };

/** One condition that is false skips; otherwise one that fails is an error; otherwise all hold. */
export async function evaluateConditions(conditions: { expression: string }[], evaluation: Evaluation): Promise<ConditionVerdict> {
  const errors: string[] = [];
  for (const { expression } of conditions) {
    try {
      if (await evaluation.evaluate(expression, 'bool') === false) return 'skip';
    } catch (error) {
      errors.push(`expression '${expression}' resulted in error: ${(error as Error).message}`);
    }
  }
  return errors.length === 0 ? 'match' : { error: errors.join(', ') };
}
