import type { Findings } from '../../../api/kinds/common/findings.ts';
import { structuralSchema } from '../structural.ts';
import type { JSONSchemaProps } from '../types.ts';
import { rulesOfNode, type CompiledRule, type Rule } from '../values/rule-programs.ts';
import { costMessage, EXPRESSION_LIMIT, type TotalCost } from './cost.ts';
import { fieldPathFault } from './field-path.ts';

export interface RuleScope {
  /** The outermost part around here whose items cannot be told from one write to the next. */
  uncorrelated: string | undefined;
  /** The whole object. */
  isRoot: boolean;
  /** How often this node can stand in an object; undefined: as often as a request has room for it. */
  cardinality: number | undefined;
  total: TotalCost;
  /** What single expressions cost does not matter: they stood here before. */
  unchanged: boolean;
  /** What is wrong with expressions, told behind what is wrong with schemas. */
  expressions: Findings;
}

const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const LINE_BREAK = /[\n\r]/;

/** x-kubernetes-validations of one node. `compile`: also the expressions themselves, which makes sense only in a sound schema. */
export function checkRules(findings: Findings, schema: JSONSchemaProps, path: string, scope: RuleScope, compile: boolean): void {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const before = findings.list.length;
  rules.forEach((rule, index) => checkForm(findings, schema, rule, `${path}.x-kubernetes-validations[${index}]`));
  if (!compile || findings.list.length > before) return;
  const { rules: compiled, cardinality } = rulesOfNode(structuralSchema(schema), scope.isRoot || schema['x-kubernetes-embedded-resource'] === true);
  compiled.forEach((one, index) => checkCompiled(scope, one, `${path}.x-kubernetes-validations[${index}]`, scope.cardinality ?? cardinality));
}

function checkCompiled({ expressions: findings, total, unchanged, uncorrelated }: RuleScope, compiled: CompiledRule, at: string, cardinality: number): void {
  const { rule, cost, messageCost } = compiled;
  const whole = cost * cardinality;
  if (!unchanged && whole > EXPRESSION_LIMIT) findings.forbidden(`${at}.rule`, costMessage('estimated rule cost', whole, EXPRESSION_LIMIT));
  total.add(`${at}.rule`, whole);
  if (compiled.error) findings.invalid(`${at}.rule`, goRule(rule), compiled.error);
  if (compiled.messageError) findings.invalid(`${at}.messageExpression`, goRule(rule), compiled.messageError);
  else if (compiled.message) {
    if (!unchanged && messageCost > EXPRESSION_LIMIT) findings.forbidden(`${at}.messageExpression`, costMessage('estimated messageExpression cost', messageCost, EXPRESSION_LIMIT));
    total.add(`${at}.messageExpression`, messageCost);
  }
  if (compiled.usesOldSelf && uncorrelated !== undefined) {
    findings.invalid(`${at}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`);
  } else if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined && rule.optionalOldSelf !== null) {
    findings.invalid(`${at}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
  }
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
