import type { KindRules } from '../../api/kind-rules.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { FieldError } from '../../api/status.ts';
import type { AdmissionPlugin } from '../contracts.ts';
import { DEVICE_GROUP, hasSelectors, selectorErrors, selectsDevices } from './device-selectors.ts';
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
      ...item['patchType'] === 'ApplyConfiguration' ? at(`${path}.applyConfiguration`, item['applyConfiguration'] as Json, 'expression', 'applyConfiguration') : [],
      ...item['patchType'] === 'JSONPatch' ? at(`${path}.jsonPatch`, item['jsonPatch'] as Json, 'expression', 'jsonPatch') : [],
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

const GROUP = 'admissionregistration.k8s.io';
const RESOURCES: Record<string, string> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations', ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
  MutatingAdmissionPolicy: 'mutatingadmissionpolicies', ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
};
let compiler: typeof import('./expression-scope.ts') | undefined;
let devices: typeof import('./device-scope.ts') | undefined;
const hasExpressions = (group: string, kind: string): boolean => (group === GROUP && RESOURCES[kind] !== undefined) || selectsDevices(group, kind);

/** The library of expressions is loaded before an object with expressions is checked, which cannot wait. */
export function expressionLoader(): AdmissionPlugin {
  return {
    name: 'ExpressionValidation',
    handles: ({ info, operation, subresource }) => (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && hasExpressions(info.group, info.kind),
    async admit({ object, info }) {
      if (selectsDevices(info.group, info.kind)) {
        if (hasSelectors(info.kind, object as KubernetesObject)) devices ??= await import('./device-scope.ts');
      } else if (expressionsIn(info.resource, object as Record<string, unknown>).length > 0) compiler ??= await import('./expression-scope.ts');
    },
  };
}

/** What does not compile. Expressions that did not change may stay. */
function expressionErrors(kind: string, object: KubernetesObject, old: KubernetesObject | undefined): FieldError[] {
  if (selectsDevices(DEVICE_GROUP, kind)) return devices ? selectorErrors(kind, object, old, devices) : [];
  const resource = RESOURCES[kind] ?? '';
  if (!compiler) return [];
  const { programOf, scopeOf } = compiler;
  const before = new Set(old ? expressionsIn(resource, old).map(({ expression }) => expression) : []);
  const errors: FieldError[] = [];
  for (const { field, expression, shown = expression, use, hasParams, variables } of expressionsIn(resource, object)) {
    if (before.has(expression)) continue;
    try {
      programOf(scopeOf(use, hasParams, variables), use, expression);
    } catch (error) {
      errors.push({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(shown)}: ${wording((error as Error).message)}` });
    }
  }
  return errors;
}

const SECTIONS = ['failurePolicy', 'paramKind', 'matchConstraints', 'matchConditions', 'variables', 'validations', 'auditAnnotations', 'mutations', 'reinvocationPolicy'];
const PARTS = ['expression', 'name', 'messageExpression', 'message', 'reason', 'key', 'valueExpression'];

/** Where a finding stands among those of its object. */
function rank(field: string): number[] {
  const [, webhook = '0', section = '', item = '0', part = ''] = /^(?:webhooks\[(\d+)\]\.|spec\.)(\w+)(?:\[(\d+)\])?\.?(\w*)/.exec(field) ?? [];
  const order = section === 'variables' ? Number(part === 'expression') : PARTS.indexOf(part);
  return [Number(webhook), SECTIONS.indexOf(section), Number(item), order];
}

function isBehind(one: FieldError, other: FieldError): boolean {
  const [left, right] = [rank(one.field), rank(other.field)];
  const index = left.findIndex((value, position) => value !== right[position]);
  return index >= 0 && left[index]! > right[index]!;
}

function merged(found: FieldError[], expressions: FieldError[]): FieldError[] {
  const result = [...found];
  for (const error of expressions) {
    const position = result.findIndex((other) => isBehind(other, error));
    result.splice(position < 0 ? result.length : position, 0, error);
  }
  return result;
}

type RulesOf = (group: string, kind: string) => KindRules | undefined;

/** Kind rules that also compile what webhook configurations, policies and selectors of devices say. */
export function withExpressionRules(rulesOf: RulesOf): RulesOf {
  const known = new Map<string, KindRules>();
  return (group, kind) => {
    const base = rulesOf(group, kind);
    if (!base || !hasExpressions(group, kind)) return base;
    let own = known.get(kind);
    if (!own) {
      own = {
        ...base,
        validate: (object, context) => merged(base.validate?.(object, context) ?? [], expressionErrors(kind, object, undefined)),
        validateUpdate: (object, old, context) => merged(base.validateUpdate?.(object, old, context) ?? [], expressionErrors(kind, object, old)),
      };
      known.set(kind, own);
    }
    return own;
  };
}
