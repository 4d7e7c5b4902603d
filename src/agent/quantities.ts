/** Reading of resource quantities (`100m`, `1Gi`, `1e3`). Numbers are exact up to 2^53, enough for one node. */
const SUFFIXES: Record<string, number> = {
  '': 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};
export type Quantity = string | number;
export type ResourceList = Record<string, Quantity>;

/** In base units (cores, bytes); 0 when absent or not a quantity. */
export function quantity(value: Quantity | undefined): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i))?$/.exec(value.trim());
  if (!match) return 0;
  const scale = match[2] !== undefined ? 10 ** Number(match[2]) : (SUFFIXES[match[3] ?? ''] ?? 1);
  return Number(match[1]) * scale;
}

/** Rounded up to whole units, as the API's `Value()`. */
export function wholeUnits(value: Quantity | undefined): number {
  return Math.ceil(quantity(value) - 1e-9);
}

/** In thousandths, rounded up: millicores. */
export function milliUnits(value: Quantity | undefined): number {
  return Math.ceil(quantity(value) * 1000 - 1e-6);
}
