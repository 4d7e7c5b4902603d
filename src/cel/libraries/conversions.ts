import type { Environment } from '../environment.ts';
import { typeName } from '../environment.ts';
import { doubleText, Duration, formatDuration, formatTimestamp, parseDuration, parseTimestamp, Timestamp, TypeValue, Uint } from '../values.ts';
import { fail } from '../evaluate.ts';
import { int, uint } from './standard.ts';
import { regularExpression } from '../regular-expression.ts';

const SECOND = 1_000_000_000n;

function wholeOf(value: number, kind: 'int' | 'uint'): bigint {
  const limit = kind === 'int' ? 2 ** 63 : 2 ** 64;
  if (!Number.isFinite(value) || value >= limit || value <= (kind === 'int' ? -(2 ** 63) : -1)) fail(kind === 'int' ? 'integer overflow' : 'unsigned integer overflow');
  return BigInt(Math.trunc(value));
}

function textToInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) fail(`type conversion error from 'string' to 'int'`);
  return int(BigInt(text.replace(/^\+/, '')));
}

function textToDouble(text: string): number {
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i.test(text)) fail(`type conversion error from 'string' to 'double'`);
  return Number(text.replace(/inf(?:inity)?/i, 'Infinity').replace(/nan/i, 'NaN'));
}

function textToBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text) ? false : fail(`type conversion error from 'string' to 'bool'`);
}

function bytesToText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('invalid UTF-8 in bytes, cannot convert to string');
  }
}

function timestampOf(text: string): Timestamp {
  return parseTimestamp(text) ?? fail(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`);
}

function durationOf(text: string): Duration {
  return parseDuration(text) ?? fail(`time: invalid duration ${JSON.stringify(text)}`);
}

function registerConversions(environment: Environment): void {
  const same = (value: unknown): unknown => value;
  for (const type of ['bool', 'bytes', 'double', 'duration', 'int', 'string', 'timestamp', 'uint']) environment.registerFunction(`${type}(${type}): ${type}`, same);
  environment
    .registerFunction('type(A): type<A>', (value: unknown) => new TypeValue(typeName(value)))
    .registerFunction('bool(string): bool', textToBool)
    .registerFunction('bytes(string): bytes', (text: string) => new Uint8Array(Buffer.from(text)))
    .registerFunction('double(int): double', Number)
    .registerFunction('double(string): double', textToDouble)
    .registerFunction('double(uint): double', ({ value }: Uint) => Number(value))
    .registerFunction('duration(string): duration', durationOf)
    .registerFunction('int(double): int', (value: number) => wholeOf(value, 'int'))
    .registerFunction('int(duration): int', ({ nanos }: Duration) => nanos)
    .registerFunction('int(string): int', textToInt)
    .registerFunction('int(timestamp): int', ({ nanos }: Timestamp) => (nanos - ((nanos % SECOND) + SECOND) % SECOND) / SECOND)
    .registerFunction('int(uint): int', ({ value }: Uint) => int(value))
    .registerFunction('string(bool): string', String)
    .registerFunction('string(bytes): string', bytesToText)
    .registerFunction('string(double): string', doubleText)
    .registerFunction('string(duration): string', formatDuration)
    .registerFunction('string(int): string', String)
    .registerFunction('string(timestamp): string', formatTimestamp)
    .registerFunction('string(uint): string', ({ value }: Uint) => String(value))
    .registerFunction('timestamp(int): timestamp', (seconds: bigint) => new Timestamp(seconds * SECOND))
    .registerFunction('timestamp(string): timestamp', timestampOf)
    .registerFunction('uint(double): uint', (value: number) => new Uint(wholeOf(value, 'uint')))
    .registerFunction('uint(int): uint', uint)
    .registerFunction('uint(string): uint', (text: string) => (/^\d+$/.test(text) ? uint(BigInt(text)) : fail(`type conversion error from 'string' to 'uint'`)))
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction('string.matches(string): bool', matches);
}

function matches(text: string, pattern: string): boolean {
  return regularExpression(pattern).test(text);
}

/** A moment's parts in a time zone: a name, or `+02:00`. */
function parts({ nanos }: Timestamp, zone = 'UTC'): Date {
  const milliseconds = Number((nanos - ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n) / 1_000_000n);
  const [, sign, hours = '', minutes = ''] = /^([+-]?)(\d\d?):(\d\d)$/.exec(zone) ?? [];
  if (sign !== undefined) return new Date(milliseconds + (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000);
  if (zone === 'UTC') return new Date(milliseconds);
  try {
    const text = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(milliseconds);
    return new Date(Date.parse(`${text.replace(' ', 'T')}Z`) + ((milliseconds % 1000) + 1000) % 1000);
  } catch {
    return fail(`unknown time zone ${zone}`);
  }
}

const PARTS: Record<string, (date: Date) => number> = {
  getFullYear: (date) => date.getUTCFullYear(), getMonth: (date) => date.getUTCMonth(), getDayOfMonth: (date) => date.getUTCDate() - 1, getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(), getHours: (date) => date.getUTCHours(), getMinutes: (date) => date.getUTCMinutes(), getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(), getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000),
};
const DURATIONS: Record<string, bigint> = { getHours: 3600n * SECOND, getMinutes: 60n * SECOND, getSeconds: SECOND };

/** `int('1')`, `timestamp('...').getFullYear()`, `'a'.matches('b')` */
export function registerConversionsAndTimes(environment: Environment): void {
  registerConversions(environment);
  for (const [name, part] of Object.entries(PARTS)) {
    environment.registerFunction(`timestamp.${name}(): int`, (moment: Timestamp) => BigInt(part(parts(moment))))
      .registerFunction(`timestamp.${name}(string): int`, (moment: Timestamp, zone: string) => BigInt(part(parts(moment, zone))));
  }
  for (const [name, unit] of Object.entries(DURATIONS)) environment.registerFunction(`duration.${name}(): int`, ({ nanos }: Duration) => nanos / unit);
  environment.registerFunction('duration.getMilliseconds(): int', ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n);
}
