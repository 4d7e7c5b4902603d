import { invalid, type FieldError } from '../../api/status.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import type { Use, Variable } from './expression-scope.ts';

/** `shown`: the value a finding names, when it is not the expression that is compiled. */
export interface Place { field: string; expression: string; shown?: string; use: Use; hasParams: boolean; variables: readonly Variable[] | undefined }
type Json = Record<string, unknown> | undefined;
const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value as Record<string, unknown>[] : []);

/** Every expression in a webhook configuration or admission policy, with where it stands. */
export function expressionsIn(kind: string, object: Record<string, unknown>): Place[] {
  if (kind.endsWith('webhookconfigurations')) return listOf(object['webhooks']).flatMap((hook, index) => conditionsOf(`webhooks[${index}].`, hook, false));
  const spec = object['spec'] as Json;
  const hasParams = spec?.['paramKind'] !== undefined && spec['paramKind'] !== null;
  const variables = listOf(spec?.['variables']) as Variable[];
  const composed = variables.length > 0 || kind.startsWith('mutating') ? variables : undefined;
  const at = (field: string, owner: Json, name: string, use: Use, before = composed): Place[] => placeAt(field, owner, name, use, hasParams, before);
  const each = (list: string, place: (path: string, item: Record<string, unknown>, index: number) => Place[]): Place[] =>
    listOf(spec?.[list]).flatMap((item, index) => place(`spec.${list}[${index}]`, item, index));
  return [
    ...conditionsOf('spec.', spec, hasParams),
    ...each('variables', (path, item, index) => at(path, item, 'expression', 'variable', variables.slice(0, index))),
    ...each('validations', (path, item) => [...at(path, item, 'expression', 'validation'), ...at(path, item, 'messageExpression', 'message')]),
    ...each('auditAnnotations', (path, item) => at(path, item, 'valueExpression', 'annotation')),
    ...each('mutations', (path, item) => [
      ...at(`${path}.applyConfiguration`, item['applyConfiguration'] as Json, 'expression', 'applyConfiguration'), ...at(`${path}.jsonPatch`, item['jsonPatch'] as Json, 'expression', 'jsonPatch'),
    ]),
  ];
}

/** Uses whose expressions are compiled without the space around them. */
const TRIMMED = new Set<Use>(['condition', 'annotation', 'applyConfiguration', 'jsonPatch']);

function placeAt(field: string, owner: Json, name: string, use: Use, hasParams: boolean, variables: readonly Variable[] | undefined): Place[] {
  const expression = owner?.[name];
  if (typeof expression !== 'string' || expression.trim() === '') return [];
  return [{ field: `${field}.${name}`, expression: TRIMMED.has(use) ? expression.trim() : expression, ...(use === 'annotation' ? { shown: expression } : {}), use, hasParams, variables }];
}

function conditionsOf(path: string, owner: Json, hasParams: boolean): Place[] {
  return listOf(owner?.['matchConditions']).flatMap((one, index) => placeAt(`${path}matchConditions[${index}]`, one, 'expression', 'condition', hasParams, undefined));
}

/** Errors of the compiler name their places; a wrong type of the result has none. */
function wording(message: string): string {
  return message.startsWith('ERROR: ') ? `compilation failed: ${message}` : message;
}

const RESOURCES = /^(?:(?:mutating|validating)webhookconfigurations|(?:mutating|validating)admissionpolicies)$/;
const isResourceWithExpressions = (resource: string): boolean => RESOURCES.test(resource);

/** Refuses webhook configurations and policies whose expressions do not compile; expressions that did not change may stay. */
export function expressionValidation(): AdmissionPlugin {
  return {
    name: 'ExpressionValidation',
    handles: ({ info, operation, subresource }) => (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && info.group === 'admissionregistration.k8s.io' && isResourceWithExpressions(info.resource),
    async validate({ object, oldObject, info, name }) {
      const places = expressionsIn(info.resource, object as Record<string, unknown>);
      if (places.length === 0) return;
      const before = new Set(oldObject ? expressionsIn(info.resource, oldObject as Record<string, unknown>).map(({ expression }) => expression) : []);
      const { programOf, scopeOf } = await import('./expression-scope.ts');
      const errors: FieldError[] = [];
      for (const { field, expression, shown = expression, use, hasParams, variables } of places) {
        if (before.has(expression)) continue;
        try {
          programOf(scopeOf(use, hasParams, variables), use, expression);
        } catch (error) {
          errors.push({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(shown)}: ${wording((error as Error).message)}` });
        }
      }
      if (errors.length > 0) throw invalid(info.group, info.kind, name || (object?.metadata?.name ?? ''), errors);
    },
  };
}
