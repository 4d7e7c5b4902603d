import { internalJson } from '../../internal-form.ts';
import type { FieldError } from '../../status.ts';

type FindingType = FieldError['type'];

/** JSON as Go writes it: keys of maps sorted, HTML characters escaped. */
export function goJson(value: unknown): string {
  const sorted = JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    const source = inner as Record<string, unknown>;
    const first = Object.keys(source)[0] ?? '';
    // Capitalised names are those of a Go struct, which keeps the order of its fields.
    if (first !== '' && first.charCodeAt(0) < 97) return source;
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(source).sort()) copy[key] = source[key];
    return copy;
  }) ?? 'null';
  return sorted.replace(/[<>&]/g, (character) => '\\u00' + character.charCodeAt(0).toString(16));
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Verbatim) return value.text;
  return goJson(value);
}

/** A value that is written into a message as it stands, because its Go form has an order or names of its own. */
export class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A value as upstream's server holds it: `internalValue('*core.SecurityContext', context)`. */
export function internalValue(type: string, value: unknown): Verbatim {
  return new Verbatim(internalJson(type, value));
}

/** A label selector in the field order of `metav1.LabelSelector`. */
export function selectorValue(selector: { matchLabels?: Record<string, string>; matchExpressions?: unknown[] } | undefined): Verbatim | null {
  if (!selector) return null;
  const parts: string[] = [];
  if (selector.matchLabels && Object.keys(selector.matchLabels).length > 0) parts.push(`"matchLabels":${goJson(selector.matchLabels)}`);
  if (selector.matchExpressions?.length) {
    const expressions = (selector.matchExpressions as { key?: string; operator?: string; values?: string[] }[]).map((expression) =>
      `{"key":${goJson(expression.key ?? '')},"operator":${goJson(expression.operator ?? '')}${expression.values?.length ? `,"values":${goJson(expression.values)}` : ''}}`);
    parts.push(`"matchExpressions":[${expressions.join(',')}]`);
  }
  return new Verbatim(`{${parts.join(',')}}`);
}

/** `must be between 1 and 65535, inclusive` */
export function rangeMessage(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

export const NOT_NEGATIVE = 'must be greater than or equal to 0';
export const IMMUTABLE = 'field is immutable';

/** Collects what validation finds, in Kubernetes' words. Paths are plain strings, joined by the callers. */
export class Findings {
  readonly list: FieldError[] = [];

  get empty(): boolean {
    return this.list.length === 0;
  }

  private add(type: FindingType, field: string, head: string, detail: string): void {
    this.list.push({ type, field, detail: detail ? `${head}: ${detail}` : head });
  }

  required(field: string, detail = ''): void {
    this.add('FieldValueRequired', field, 'Required value', detail);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.add('FieldValueInvalid', field, `Invalid value: ${formatValue(value)}`, detail);
  }

  /** A finding whose value is left out on purpose. */
  invalidWithoutValue(field: string, detail: string): void {
    this.add('FieldValueInvalid', field, 'Invalid value', detail);
  }

  /** One finding for each message of a format check. */
  invalidEach(field: string, value: unknown, messages: readonly string[]): void {
    for (const message of messages) this.invalid(field, value, message);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const list = supported.map((entry) => JSON.stringify(entry)).join(', ');
    this.add('FieldValueNotSupported', field, `Unsupported value: ${formatValue(value)}`, list && `supported values: ${list}`);
  }

  duplicate(field: string, value: unknown, detail = ''): void {
    this.add('FieldValueDuplicate', field, `Duplicate value: ${formatValue(value)}`, detail);
  }

  forbidden(field: string, detail: string): void {
    this.add('FieldValueForbidden', field, 'Forbidden', detail);
  }

  internal(field: string, detail: string): void {
    this.add('InternalError', field, 'Internal error', detail);
  }

  notFound(field: string, value: unknown, detail = ''): void {
    this.add('FieldValueNotFound', field, `Not found: ${formatValue(value)}`, detail);
  }

  tooLong(field: string, limit: number, unit: 'byte' | 'character' = 'byte'): void {
    this.add('FieldValueTooLong', field, 'Too long', `may not be more than ${limit} ${unit}${limit === 1 ? '' : 's'}`);
  }

  tooMany(field: string, actual: number, limit: number): void {
    this.add('FieldValueTooMany', field, `Too many: ${actual}`, `must have at most ${limit} item${limit === 1 ? '' : 's'}`);
  }

  // The checks that most kinds share.

  notNegative(field: string, value: number | undefined): void {
    if (value != null && value < 0) this.invalid(field, value, NOT_NEGATIVE);
  }

  positive(field: string, value: number): void {
    if (value <= 0) this.invalid(field, value, 'must be greater than zero');
  }

  oneOf(field: string, value: string | undefined, supported: readonly string[]): void {
    if (!supported.includes(value ?? '')) this.notSupported(field, value ?? '', supported);
  }

  /** Required when empty, otherwise one of `supported`. */
  requiredOneOf(field: string, value: string | undefined, supported: readonly string[]): void {
    if (!value) this.required(field);
    else if (!supported.includes(value)) this.notSupported(field, value, supported);
  }
}
