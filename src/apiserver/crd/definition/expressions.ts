import type { Findings } from '../../../api/kinds/common/findings.ts';
import { structuralSchema } from '../structural.ts';
import type { JSONSchemaProps } from '../types.ts';
import { rulesOfNode, type Rule } from '../values/rule-programs.ts';
import { undefinedField } from '../values/rule-types.ts';
import { fieldPathFault } from './field-path.ts';

export interface RuleScope {
  /** The outermost part around here whose items cannot be told from one write to the next. */
  uncorrelated: string | undefined;
  /** The whole object. */
  isRoot: boolean;
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const LINE_BREAK = /[\n\r]/;

/** x-kubernetes-validations of one node. `compile`: also the expressions themselves, which makes sense only in a sound schema. */
export function checkRules(findings: Findings, schema: JSONSchemaProps, path: string, scope: RuleScope, compile: boolean): void {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const before = findings.list.length;
  rules.forEach((rule, index) => checkForm(findings, schema, rule, `${path}.x-kubernetes-validations[${index}]`));
  if (!compile || findings.list.length > before) return;
  const structural = structuralSchema(schema);
  rulesOfNode(schema).forEach((compiled, index) => {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const { rule } = compiled;
    const error = compiled.error || undefinedField(rule, structural, scope.isRoot);
    if (error) findings.invalid(`${at}.rule`, goRule(rule), error);
    if (compiled.messageError) findings.invalid(`${at}.messageExpression`, goRule(rule), compiled.messageError);
    if (compiled.usesOldSelf && scope.uncorrelated !== undefined) {
      findings.invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${scope.uncorrelated}`);
    } else if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined && rule.optionalOldSelf !== null) {
      findings.invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
    }
  });
}

function checkForm(findings: Findings, schema: JSONSchemaProps, rule: Rule, at: string): void {
  const text = rule.rule?.trim() ?? '';
  const message = rule.message?.trim() ?? '';
  if (text === '') findings.required(`${at}.rule`, 'rule is not specified');
  else if (rule.message && message === '') findings.invalid(`${at}.message`, rule.message, 'must be non-empty if specified');
  else if (LINE_BREAK.test(message)) findings.invalid(`${at}.message`, rule.message, 'must not contain line breaks');
  else if (LINE_BREAK.test(text) && message === '') findings.required(`${at}.message`, 'message must be specified if rule contains line breaks');
  if (rule.messageExpression && rule.messageExpression.trim() === '') findings.required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified');
  if (rule.reason && !REASONS.includes(rule.reason)) findings.notSupported(`${at}.reason`, rule.reason, REASONS);
  const { fieldPath } = rule;
  if (!fieldPath) return;
  if (fieldPath.trim() === '') findings.invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified');
  if (LINE_BREAK.test(fieldPath)) findings.invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks');
  if (fieldPathFault(fieldPath, schema)) findings.invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path');
}

/** A rule as upstream prints it in its findings. */
function goRule({ rule, message = '', messageExpression = '', reason, fieldPath = '', optionalOldSelf }: Rule): unknown {
  return { Rule: rule, Message: message, MessageExpression: messageExpression, Reason: reason ?? null, FieldPath: fieldPath, OptionalOldSelf: optionalOldSelf ?? null };
}
