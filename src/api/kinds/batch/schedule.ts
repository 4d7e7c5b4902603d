import { parseGoDuration } from '../../../base/go-duration.ts';

/**
 * Whether a text is a schedule as the API takes it (five fields, names, `@daily`, `@every 1h`), in the words that
 * clients know. Working out the next time is the controller's business.
 */
interface Bounds { min: number; max: number; names?: Record<string, number> }

const MONTHS = Object.fromEntries('jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((name, index) => [name, index + 1]));
const DAYS = Object.fromEntries('sun mon tue wed thu fri sat'.split(' ').map((name, index) => [name, index]));
const FIELDS: Bounds[] = [{ min: 0, max: 59 }, { min: 0, max: 23 }, { min: 1, max: 31 }, { min: 1, max: 12, names: MONTHS }, { min: 0, max: 6, names: DAYS }];
const DESCRIPTORS = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

class ScheduleError extends Error {
  override name = 'ScheduleError';
}

function fail(message: string): never {
  throw new ScheduleError(message);
}

function number(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) fail(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) fail(`negative number (${value}) not allowed: ${text}`);
  return value;
}

function numberOrName(text: string, bounds: Bounds): number {
  return bounds.names?.[text.toLowerCase()] ?? number(text);
}

function checkRange(text: string, bounds: Bounds): void {
  const [range = '', step, ...tooMany] = text.split('/');
  const ends = range.split('-');
  let start: number;
  let end: number;
  if (ends[0] === '*' || ends[0] === '?') {
    start = bounds.min;
    end = bounds.max;
  } else {
    start = numberOrName(ends[0] ?? '', bounds);
    if (ends.length === 1) end = start;
    else if (ends.length === 2) end = numberOrName(ends[1] ?? '', bounds);
    else fail(`too many hyphens: ${text}`);
  }
  if (tooMany.length > 0) fail(`too many slashes: ${text}`);
  let width = 1;
  if (step != null) {
    width = number(step);
    if (ends.length === 1) end = bounds.max;
  }
  if (start < bounds.min) fail(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) fail(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) fail(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (width === 0) fail(`step of range should be a positive number: ${text}`);
}

function durationError(text: string): string | undefined {
  if (parseGoDuration(text) !== undefined) return undefined;
  const unit = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*(?:\d+\.?\d*|\.\d+)([^\d.]*)/.exec(text)?.[1];
  if (unit == null) return `invalid duration ${JSON.stringify(text)}`;
  return unit === '' ? `missing unit in duration ${JSON.stringify(text)}` : `unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
}

function check(schedule: string): void {
  let text = schedule;
  const zone = /^(?:CRON_TZ|TZ)=(\S*)\s*/.exec(text);
  if (zone) {
    if (!isTimeZone(zone[1] ?? '')) fail(`provided bad location ${zone[1]}: unknown time zone ${zone[1]}`);
    text = text.slice(zone[0].length).trim();
  }
  if (text.startsWith('@')) {
    if (DESCRIPTORS.has(text)) return;
    if (!text.startsWith('@every ')) fail(`unrecognized descriptor: ${text}`);
    const duration = text.slice('@every '.length);
    const wrong = durationError(duration);
    if (wrong) fail(`failed to parse duration ${text}: time: ${wrong}`);
    return;
  }
  const fields = text.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== 5) fail(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  fields.forEach((field, index) => {
    for (const range of field.split(',').filter((part) => part !== '')) checkRange(range, FIELDS[index] as Bounds);
  });
}

/** undefined when the schedule is well-formed, otherwise what is wrong. */
export function scheduleError(schedule: string): string | undefined {
  try {
    check(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
