/** Texts of times, base64 and Go's type names: what JSON and protobuf share. */
import type { Field, Schema } from '../schema.ts';

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

export class ScalarError extends Error {
  override name = 'ScalarError';
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

const SECONDS_LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICROSECONDS_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

function parse(text: string, layout = SECONDS_LAYOUT): { milliseconds: number; fraction: string; utc: boolean } {
  const match = TIME.exec(text);
  const milliseconds = match ? Date.parse(match[7] ? text.replace(`.${match[7]}`, '') : text) : NaN;
  if (!match || Number.isNaN(milliseconds) || Number(match[3]) > daysIn(Number(match[1]), Number(match[2]))) throw new ScalarError(timeErrorText(text, match !== null, layout));
  return { milliseconds, fraction: match[7] ?? '', utc: match[8] === 'Z' };
}

const TIME_PARTS: [RegExp, string][] = [
  [/^\d{4}/, '2006'], [/^-/, '-'], [/^\d\d/, '01'], [/^-/, '-'], [/^\d\d/, '02'], [/^T/, 'T'], [/^\d\d/, '15'], [/^:/, ':'], [/^\d\d/, '04'],
  [/^:/, ':'], [/^\d\d(\.\d+)?/, '05'], [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
];

function timeErrorText(text: string, shaped: boolean, layout: string): string {
  if (shaped) return `parsing time "${text}": day out of range`;
  let rest = text;
  for (const [shape, name] of TIME_PARTS) {
    const match = shape.exec(rest);
    if (!match) return `parsing time "${text}" as "${layout}": cannot parse "${rest}" as "${name}"`;
    rest = rest.slice(match[0].length);
  }
  return `parsing time "${text}": extra text: "${rest}"`;
}

/** `metav1.Time`: UTC, whole seconds. Throws ScalarError with Go's text. */
export function canonicalTime(text: string): string {
  const { milliseconds, fraction, utc } = parse(text);
  return utc && !fraction ? text : new Date(milliseconds).toISOString().slice(0, 19) + 'Z';
}

/** `metav1.MicroTime`: UTC, six digits of a second. */
export function canonicalMicroTime(text: string): string {
  const { milliseconds, fraction } = parse(text, MICROSECONDS_LAYOUT);
  const rest = fraction.length < 6 ? text.slice(19) : text.slice(26);
  if (fraction.length !== 6) throw new ScalarError(`parsing time "${text}" as "${MICROSECONDS_LAYOUT}": cannot parse "${rest}" as "${fraction.length < 6 ? '.000000' : 'Z07:00'}"`);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Standard base64 with padding, no line breaks; throws ScalarError with Go's text. */
export function checkBase64(text: string): string {
  const clean = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  if (clean.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(clean)) return clean;
  const bad = /[^A-Za-z0-9+/]/.exec(clean);
  throw new ScalarError(`illegal base64 data at input byte ${bad ? bad.index : clean.length - (clean.length % 4)}`);
}

/** Go's name of a type in decoding errors: `int32`, `[]v1.Container`, `v1.PullPolicy`. */
export function goTypeName(schema: Schema, field?: Field): string {
  if (field?.goType) return field.goType;
  if (schema.name) return schema.name.split('.').slice(-2).join('.');
  switch (schema.type) {
    case 'array': return `[]${goTypeName(schema.items as Schema)}`;
    case 'map': return `map[string]${goTypeName(schema.values as Schema)}`;
    case 'integer': return schema.format ?? 'int64';
    case 'number': return 'float64';
    case 'boolean': return 'bool';
    case 'string': return schema.format === 'byte' ? '[]uint8' : schema.format === 'quantity' ? 'resource.Quantity' : 'string';
    default: return schema.format === 'int-or-string' ? 'int32' : 'interface {}';
  }
}
