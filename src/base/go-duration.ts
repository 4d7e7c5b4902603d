/** Lengths of time in Go's form, which flags, queries, schedules and expressions share: `1h30m`, `-1.5s`, `0`. */
const UNITS: Record<string, bigint> = { ns: 1n, us: 1000n, 'µs': 1000n, 'μs': 1000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n };
const FORM = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g;

/** Nanoseconds; undefined for what is no duration or does not fit 64 bits. */
export function parseGoDuration(text: string): bigint | undefined {
  const [, sign, body = ''] = FORM.exec(text) ?? [];
  if (sign === undefined) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of body.matchAll(PART)) {
    const scale = UNITS[unit] as bigint;
    total += BigInt(whole || '0') * scale + BigInt(fraction || '0') * scale / 10n ** BigInt(fraction.length);
  }
  const nanoseconds = sign === '-' ? -total : total;
  return nanoseconds >= -(2n ** 63n) && nanoseconds < 2n ** 63n ? nanoseconds : undefined;
}

/** `1m30s` as milliseconds, with their fraction; 0 for what is no duration. */
export function goDurationMilliseconds(text: string): number {
  return text === '' ? 0 : Number(parseGoDuration(text) ?? 0n) / 1e6;
}
