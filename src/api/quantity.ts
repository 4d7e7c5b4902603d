/**
 * Kubernetes quantities: `100m`, `1.5Gi`, `2e3`. Exact: a value is a whole number of 10^-9 (nano units); finer input is
 * rounded away from zero, as upstream does.
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
export interface Quantity { nanos: bigint; format: QuantityFormat }

export class QuantityError extends Error {
  override name = 'QuantityError';
}
const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

const NANO = 1_000_000_000n;
const MILLI = 1_000_000n;
const MAX = ((1n << 63n) - 1n) * NANO;
const DECIMAL_SUFFIXES: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Record<string, number> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_NAMES = new Map(Object.entries(DECIMAL_SUFFIXES).map(([name, exponent]) => [exponent, name]));
const BINARY_NAMES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

interface Parts { negative: boolean; whole: string; fraction: string; format: QuantityFormat; exponent: number }

function split(text: string): Parts {
  const match = text === '' ? null : SHAPE.exec(text);
  if (!match) throw new QuantityError(WRONG_FORMAT);
  const [, sign, digits, fraction = '', suffix] = match as unknown as [string, string, string, string | undefined, string];
  const whole = digits.replace(/^0+/, '') || '0';
  const parts = { negative: sign === '-', whole, fraction };
  const decimal = DECIMAL_SUFFIXES[suffix];
  if (decimal !== undefined) return { ...parts, format: 'DecimalSI', exponent: decimal };
  const binary = BINARY_SUFFIXES[suffix];
  if (binary !== undefined) return { ...parts, format: 'BinarySI', exponent: binary };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix);
  if (!exponent || Math.abs(Number(exponent[1])) > 1_000_000) throw new QuantityError(WRONG_SUFFIX);
  return { ...parts, format: 'DecimalExponent', exponent: Number(exponent[1]) };
}

const divideAwayFromZero = (value: bigint, divisor: bigint): bigint => (value + divisor - 1n) / divisor;

function toQuantity({ negative, whole, fraction, format, exponent }: Parts): Quantity {
  const digits = BigInt(whole + fraction);
  let nanos: bigint;
  if (format === 'BinarySI') nanos = divideAwayFromZero((digits << BigInt(exponent)) * NANO, 10n ** BigInt(fraction.length));
  else {
    const scale = exponent - fraction.length + 9;
    if (digits === 0n) nanos = 0n;
    else if (scale > 1000) throw new QuantityError('unable to parse numeric part of quantity');
    else nanos = scale >= 0 ? digits * 10n ** BigInt(scale) : divideAwayFromZero(digits, 10n ** BigInt(Math.min(-scale, 400)));
  }
  if (format === 'BinarySI' && nanos > MAX) nanos = MAX;
  if (format === 'BinarySI' && nanos < NANO && nanos > 0n) format = 'DecimalSI';
  return { nanos: negative ? -nanos : nanos, format };
}

/** Throws QuantityError with upstream's text. */
export function parseQuantity(text: string | number): Quantity {
  return toQuantity(split(String(text)));
}

/** True where upstream keeps the text it was given: it is already in a form of whole thousands or of 1024s. */
function keepsText({ whole, fraction, format, exponent }: Parts): boolean {
  const digits = whole + fraction;
  if (format === 'BinarySI') {
    if (fraction || 15 - whole.length - Math.trunc(exponent * 0.3) - 1 < 0) return false;
    return (BigInt(digits) & 7n) !== 0n;
  }
  const scale = exponent - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && digits[0] !== '0';
}

const SIMPLE = /^(?:0|[1-9]\d{0,2}(?:[mkMGTPE]|[KMGTP]i)?)$/;

/** The text in which upstream stores and returns a quantity: `1000m` -> `1`, `0.5` -> `500m`, `1024Mi` -> `1Gi`. Throws QuantityError. */
export function canonicalQuantity(text: string | number): string {
  if (typeof text === 'string' && SIMPLE.test(text)) return text;
  const source = String(text);
  const parts = split(source);
  if (keepsText(parts)) return source;
  return formatQuantity(toQuantity(parts));
}

/** As `canonicalQuantity`, for amounts of resources, which have no parts finer than a thousandth: those round away from zero. */
export function canonicalResourceQuantity(text: string | number): string {
  const canonical = canonicalQuantity(text);
  if (!/[nu]|e-|\./.test(canonical)) return canonical;
  const { nanos, format } = parseQuantity(canonical);
  const rest = nanos % MILLI;
  if (rest === 0n) return canonical;
  return formatQuantity({ nanos: nanos - rest + (nanos > 0n ? MILLI : -MILLI), format });
}

export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  if (format === 'BinarySI' && nanos % NANO === 0n) {
    let value = nanos / NANO;
    if (value <= -1024n || value >= 1024n) {
      let power = 0;
      while (power < 6 && value % 1024n === 0n) { value /= 1024n; power++; }
      return `${value}${BINARY_NAMES[power]}`;
    }
  }
  let value = nanos;
  let exponent = -9;
  while (value % 1000n === 0n && (exponent < 18 || format === 'DecimalExponent')) { value /= 1000n; exponent += 3; }
  if (format !== 'DecimalExponent') return `${value}${DECIMAL_NAMES.get(exponent)}`;
  return exponent === 0 ? String(value) : `${value}e${exponent}`;
}

export function compareQuantities(left: string | number, right: string | number): number {
  const a = parseQuantity(left).nanos;
  const b = parseQuantity(right).nanos;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sums in the format of the first that is not zero, as upstream does. */
export function addQuantities(left: string | number, right: string | number): string {
  return formatQuantity(addParsed(parseQuantity(left), parseQuantity(right)));
}
export function subtractQuantities(left: string | number, right: string | number): string {
  const b = parseQuantity(right);
  return formatQuantity(addParsed(parseQuantity(left), { nanos: -b.nanos, format: b.format }));
}
export function addParsed(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos + right.nanos, format: left.nanos === 0n ? right.format : left.format };
}

/** As a number of whole units, rounded up: bytes, cores. */
export function quantityValue(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(nanos >= 0n ? divideAwayFromZero(nanos, NANO) : -divideAwayFromZero(-nanos, NANO));
}
/** As a number of thousandths, rounded up: millicores. */
export function quantityMilliValue(text: string | number): number {
  const { nanos } = parseQuantity(text);
  return Number(nanos >= 0n ? divideAwayFromZero(nanos, 1_000_000n) : -divideAwayFromZero(-nanos, 1_000_000n));
}
/** As a floating point number of units; for metrics and ratios only. */
export function quantityNumber(text: string | number): number {
  return Number(parseQuantity(text).nanos) / 1e9;
}
