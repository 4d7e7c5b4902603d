import { invalid, type FieldError } from '../../api/status.ts';
import type { AdmissionPlugin } from '../contracts.ts';

interface Place { field: string; expression: string; results: string[] }
type Json = Record<string, unknown> | undefined;
const listOf = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value as Record<string, unknown>[] : []);

function at(field: string, object: Json, name: string, ...results: string[]): Place[] {
  const expression = object?.[name];
  return typeof expression === 'string' && expression !== '' ? [{ field: `${field}.${name}`, expression, results }] : [];
}

/** Every expression in a webhook configuration or admission policy, with where it stands. */
export function expressionsIn(kind: string, object: Record<string, unknown>): Place[] {
  const conditions = (path: string, owner: Json): Place[] => listOf(owner?.['matchConditions']).flatMap((one, index) => at(`${path}matchConditions[${index}]`, one, 'expression', 'bool'));
  if (kind.endsWith('webhookconfigurations')) return listOf(object['webhooks']).flatMap((hook, index) => conditions(`webhooks[${index}].`, hook));
  const spec = object['spec'] as Json;
  const each = (list: string, place: (path: string, item: Record<string, unknown>) => Place[]): Place[] =>
    listOf(spec?.[list]).flatMap((item, index) => place(`spec.${list}[${index}]`, item));
  return [
    ...conditions('spec.', spec),
    ...each('variables', (path, item) => at(path, item, 'expression')),
    ...each('validations', (path, item) => [...at(path, item, 'expression', 'bool'), ...at(path, item, 'messageExpression', 'string')]),
    ...each('auditAnnotations', (path, item) => at(path, item, 'valueExpression', 'string', 'null')),
    ...each('mutations', (path, item) => [...at(`${path}.applyConfiguration`, item['applyConfiguration'] as Json, 'expression'), ...at(`${path}.jsonPatch`, item['jsonPatch'] as Json, 'expression')]),
  ];
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
      const { programOf } = await import('./expressions.ts');
      const errors: FieldError[] = [];
      for (const { field, expression, results } of places) {
        if (before.has(expression)) continue;
        try {
          programOf(expression, ...results);
        } catch (error) {
          errors.push({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(expression)}: ${(error as Error).message}` });
        }
      }
      if (errors.length > 0) throw invalid(info.group, info.kind, name || (object?.metadata?.name ?? ''), errors);
    },
  };
}
