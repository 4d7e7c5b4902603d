import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { LazyFields, Waiting } from '../../cel/evaluate.ts';
import { CelAuthorizer, remembering, type AccessQuestion } from '../../cel/libraries/authorizer.ts';
import { toCel } from '../../cel/values.ts';
import { serviceAccountUser, withAuthenticatedGroup } from '../authn/users.ts';
import type { AdmissionAttributes, Authorizer } from '../contracts.ts';
import { programOf, scopeOf, type Scope, type Use, type Variable } from './expression-scope.ts';
import { joinMessages } from './attributes.ts';
import { makeReview } from './webhooks/review.ts';

/** What all expressions of one policy and binding may cost together, all its annotations, and all conditions. */
const BUDGET = 10_000_000;
const CONDITIONS_BUDGET = 2_500_000;
type Budget = 'condition' | 'annotation' | 'other';

/** Nothing more is evaluated. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
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
  /** Rejects with Error that says what went wrong, or OutOfBudget. */
  evaluate(use: Use, expression: string): Promise<unknown>;
}

export interface EvaluationInput {
  attributes: AdmissionAttributes;
  /** The form object and oldObject are in. */
  info: ResourceInfo;
  authorizer: Authorizer;
  namespaceObject?: KubernetesObject;
  /** undefined: the policy has no parameters. */
  params?: KubernetesObject | null;
  hasParams?: boolean;
  /** `variables.NAME`, each evaluated when it is first used. */
  variables?: Variable[];
}

/** Everything the expressions about one request may name. */
export function createEvaluation(input: EvaluationInput): Evaluation {
  const { attributes, info, hasParams = false, variables = [] } = input;
  const values = valuesOf(input);
  const budgets: Record<Budget, number> = { condition: CONDITIONS_BUDGET, annotation: BUDGET, other: BUDGET };
  // Conditions know no namespace, annotations nobody to ask.
  const special: Partial<Record<Use, Record<string, unknown>>> = { condition: { namespaceObject: null }, annotation: { authorizer: undefined, 'authorizer.requestResource': undefined } };
  let current: Budget = 'other';
  const spend = (cost: number): void => { budgets[current] -= cost; };
  const known = new PolicyVariables(variables, (position) => scopeOf('variable', hasParams, variables.slice(0, position)), values, spend);
  values['variables'] = known;
  return {
    async evaluate(use, expression) {
      const program = programOf(scopeOf(use, hasParams, variables), use, expression);
      current = use === 'condition' || use === 'annotation' ? use : 'other';
      let result: unknown;
      try {
        result = await program.run(special[use] ? { ...values, ...special[use] } : values, undefined, spend);
      } catch (error) {
        if (budgets[current] < 0) throw new OutOfBudget();
        throw new Error(`expression '${expression}' resulted in error: ${(error as Error).message}`);
      }
      if (budgets[current] < 0) throw new OutOfBudget();
      return result;
    },
  };
}

function valuesOf({ attributes, info, authorizer, namespaceObject, params }: EvaluationInput): Record<string, unknown> {
  const { group, resource } = attributes.info;
  const { subresource, namespace, name } = attributes;
  const { object: _, oldObject: __, ...request } = (makeReview('', 'v1', attributes, info)['request'] ?? {}) as Record<string, unknown>;
  const schema = subresource === '' ? info.schema : undefined;
  const asked = new CelAuthorizer(remembering(ask(authorizer, attributes)), { group, resource, subresource, namespace, name });
  return {
    object: toCel(attributes.object ?? null, schema), oldObject: toCel(attributes.oldObject ?? null, schema), request: toCel(request),
    params: toCel(params ?? null), namespaceObject: namespaceValue(namespaceObject), authorizer: asked, 'authorizer.requestResource': asked.requestResource,
  };
}

const NAMESPACE_METADATA = new Set([
  'name', 'generateName', 'namespace', 'labels', 'annotations', 'UID', 'creationTimestamp', 'deletionGracePeriodSeconds', 'deletionTimestamp', 'generation', 'resourceVersion', 'finalizers',
]);

/** The parts of a Namespace that expressions see. */
function namespaceValue(object: KubernetesObject | undefined): unknown {
  if (!object) return null;
  const metadata = new Map<unknown, unknown>();
  for (const [key, value] of Object.entries(object.metadata ?? {})) {
    if (NAMESPACE_METADATA.has(key)) metadata.set(key, toCel(value));
  }
  return new Map<unknown, unknown>([['metadata', metadata], ['spec', toCel(object['spec'] ?? {})], ['status', toCel(object['status'] ?? {})]]);
}

/** A policy's variables: each may name those before it. */
class PolicyVariables extends LazyFields {
  private readonly known = new Map<string, unknown>();
  private readonly variables: Variable[];
  private readonly scopeAt: (position: number) => Scope;
  private readonly values: Record<string, unknown>;
  private readonly spend: (cost: number) => void;

  constructor(variables: Variable[], scopeAt: (position: number) => Scope, values: Record<string, unknown>, spend: (cost: number) => void) {
    super();
    this.variables = variables;
    this.scopeAt = scopeAt;
    this.values = values;
    this.spend = spend;
  }

  get(name: string): unknown {
    if (this.known.has(name)) return this.known.get(name);
    const position = this.variables.findIndex((variable) => variable.name === name);
    const variable = this.variables[position];
    if (!variable) return undefined;
    let value: unknown;
    try {
      value = programOf(this.scopeAt(position), 'variable', variable.expression ?? '').run(this.values, undefined, this.spend);
    } catch (error) {
      if (error instanceof Waiting) throw error;
      throw new Error(`composited variable ${JSON.stringify(name)} fails to evaluate: ${(error as Error).message}`);
    }
    if (value instanceof Promise) throw new Waiting(value);
    this.known.set(name, value);
    return value;
  }
}

export type ConditionVerdict = 'match' | 'skip' | { error: string };

/** One condition that is false skips; otherwise one that fails is an error; otherwise all hold. */
export async function evaluateConditions(conditions: { expression: string }[], evaluation: Evaluation): Promise<ConditionVerdict> {
  const errors = new Set<string>();
  for (const { expression } of conditions) {
    try {
      if (await evaluation.evaluate('condition', expression) === false) return 'skip';
    } catch (error) {
      if (error instanceof OutOfBudget) return { error: error.message };
      errors.add((error as Error).message);
    }
  }
  return errors.size === 0 ? 'match' : { error: joinMessages([...errors]) };
}
