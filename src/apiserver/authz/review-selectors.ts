import { labelValue, qualifiedName } from '../../api/kinds/common/formats.ts';
import { SelectorError, parseFieldSelector, parseLabelSelector } from '../../api/selectors.ts';
import type { FieldError } from '../../api/status.ts';

interface Requirement { key?: string; operator?: string; values?: string[] | null }
export interface SelectorAttributes { rawSelector?: string; requirements?: Requirement[] | null }
interface Selected { fieldSelector?: SelectorAttributes | null; labelSelector?: SelectorAttributes | null }

const wrong = (field: string, value: unknown, detail: string): FieldError => ({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(value)}: ${detail}` });
const required = (field: string, detail: string): FieldError => ({ type: 'FieldValueRequired', field, detail: `Required value: ${detail}` });

/** What is wrong with the selectors a review asks about. Operators of newer clients are let through. */
export function selectorErrors({ fieldSelector, labelSelector }: Selected): FieldError[] {
  const at = 'spec.resourceAttributes';
  return [...formErrors(fieldSelector, `${at}.fieldSelector`, fieldKeyErrors), ...formErrors(labelSelector, `${at}.labelSelector`, labelErrors)];
}

function formErrors(selector: SelectorAttributes | null | undefined, at: string, ofRequirement: (requirement: Requirement, at: string) => FieldError[]): FieldError[] {
  if (!selector) return [];
  const { rawSelector, requirements } = selector;
  const errors: FieldError[] = [];
  if (rawSelector && requirements?.length) errors.push(wrong(`${at}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  if (!rawSelector && !requirements?.length) errors.push(required(`${at}.requirements`, `when ${at} is specified, requirements or rawSelector is required`));
  const all = requirements ?? [];
  return [...errors, ...all.flatMap((requirement, index) => [...valueCountErrors(requirement, `${at}.requirements[${index}]`), ...ofRequirement(requirement, `${at}.requirements[${index}]`)])];
}

function valueCountErrors({ operator, values }: Requirement, at: string): FieldError[] {
  if ((operator === 'In' || operator === 'NotIn') && !values?.length) return [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values?.length) {
    return [{ type: 'FieldValueForbidden', field: `${at}.values`, detail: "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'" }];
  }
  return [];
}

const fieldKeyErrors = ({ key }: Requirement, at: string): FieldError[] => (key ? [] : [required(`${at}.key`, 'must be specified')]);

function labelErrors({ key = '', values }: Requirement, at: string): FieldError[] {
  const ofValues = (values ?? []).flatMap((value, index) => labelValue(value).map((text) => wrong(`${at}.values[${index}]`, value, text)));
  return [...qualifiedName(key).map((text) => wrong(`${at}.key`, key, text)), ...ofValues];
}

/** As authorizers take them: one text each, without what cannot be read, and what to tell of that. */
export interface ReadSelectors { field: string | undefined; label: string | undefined; faults: string[] }

export function readSelectors({ fieldSelector, labelSelector }: Selected): ReadSelectors {
  const faults: string[] = [];
  const read = (name: string, selector: SelectorAttributes | null | undefined, parse: (text: string) => unknown, textOf: (requirement: Requirement) => string | undefined): string | undefined => {
    if (!selector) return undefined;
    const parts = selector.requirements?.length ? selector.requirements.map(textOf) : [selector.rawSelector];
    const kept = parts.filter((part) => part !== undefined && isReadable(parse, part));
    if (kept.length < parts.length) faults.push(`spec.resourceAttributes.${name} ${kept.length ? 'partially ignored' : 'ignored'} due to parse error`);
    return kept.length ? kept.join(',') : undefined;
  };
  const field = read('fieldSelector', fieldSelector, parseFieldSelector, fieldText);
  const label = read('labelSelector', labelSelector, parseLabelSelector, labelText);
  return { field, label, faults };
}

function isReadable(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** Fields are only ever compared with one value. */
function fieldText({ key = '', operator, values }: Requirement): string | undefined {
  if (values?.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) return undefined;
  const value = (values[0] as string).replace(/[\\,=]/g, '\\$&');
  return `${key}${operator === 'In' ? '=' : '!='}${value}`;
}

function labelText({ key = '', operator, values }: Requirement): string | undefined {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  if (operator !== 'In' && operator !== 'NotIn') return undefined;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${(values ?? []).join(',')})`;
}
