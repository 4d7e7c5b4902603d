import type { LabelSelector } from '../../../../schema/v1.37/types/meta-v1.ts';
import { matchesLabelSelector } from '../../label-selector.ts';
import { Findings } from './findings.ts';
import { labelValue, qualifiedName } from './formats.ts';
import { validateLabels } from './metadata.ts';

export function validateLabelSelector(findings: Findings, path: string, selector: LabelSelector | undefined): void {
  if (!selector) return;
  validateLabels(findings, `${path}.matchLabels`, selector.matchLabels);
  selector.matchExpressions?.forEach((expression, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const count = expression.values?.length ?? 0;
    if (expression.operator === 'In' || expression.operator === 'NotIn') {
      if (count === 0) findings.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (expression.operator === 'Exists' || expression.operator === 'DoesNotExist') {
      if (count > 0) findings.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else findings.invalid(`${at}.operator`, expression.operator ?? '', 'not a valid selector operator');
    findings.invalidEach(`${at}.key`, expression.key ?? '', qualifiedName(expression.key ?? ''));
    expression.values?.forEach((value, position) => findings.invalidEach(`${at}.values[${position}]`, value, labelValue(value)));
  });
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  for (const _key in selector?.matchLabels) return false;
  return !selector?.matchExpressions?.length;
}

/** undefined where the selector is not one that can be used (which validation reports). */
export function selectorMatches(selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean | undefined {
  const findings = new Findings();
  validateLabelSelector(findings, '', selector);
  return findings.empty ? matchesLabelSelector(selector, labels) : undefined;
}
