/** What validation and defaults ask of quantities, beyond `../../quantity.ts`. Decoding has refused what is no quantity. */
import { type Quantity, formatQuantity, parseQuantity } from '../../quantity.ts';

const ZERO: Quantity = { nanos: 0n, format: 'DecimalSI' };
const MILLI = 1_000_000n;

function parse(quantity: string | number): Quantity {
  try {
    return parseQuantity(quantity);
  } catch {
    return ZERO;
  }
}

export function nanoValue(quantity: string | number): bigint {
  return parse(quantity).nanos;
}

export function compareQuantities(left: string | number, right: string | number): number {
  if (left === right) return 0;
  const a = nanoValue(left);
  const b = nanoValue(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isNegative(quantity: string | number): boolean {
  return (typeof quantity === 'number' ? quantity < 0 : quantity.charCodeAt(0) === 45) && nanoValue(quantity) < 0n;
}

export function isZero(quantity: string | number): boolean {
  return nanoValue(quantity) === 0n;
}

export function isPositive(quantity: string | number): boolean {
  return nanoValue(quantity) > 0n;
}

function milliValue(nanos: bigint): bigint {
  return nanos > 0n ? (nanos + MILLI - 1n) / MILLI : nanos / MILLI;
}

/** True for whole numbers of the unit (judged, as Kubernetes does, to a thousandth). */
export function isWhole(quantity: string | number): boolean {
  return milliValue(nanoValue(quantity)) % 1000n === 0n;
}

/** The whole value, rounded up. */
export function wholeValue(quantity: string | number): bigint {
  const nanos = nanoValue(quantity);
  return nanos >= 0n ? (nanos + 999_999_999n) / 1_000_000_000n : nanos / 1_000_000_000n;
}

const FINER_THAN_MILLI = /[nu]$|\.\d{4}|\.\d+m$|[eE]-|\.\d.*(?:[kKMGTPE]|i)$/;

/** The amount rounded up to thousandths; what needs no rounding is answered as it came. */
export function roundedQuantity(quantity: string | number): string | number {
  if (typeof quantity === 'number' ? Number.isInteger(quantity) : !FINER_THAN_MILLI.test(quantity)) return quantity;
  const { nanos, format } = parse(quantity);
  return nanos % MILLI === 0n ? quantity : formatQuantity({ nanos: milliValue(nanos) * MILLI, format });
}

/** Sums by name; the first amount of a name gives the sum its form. */
export class ResourceSums {
  private readonly sums = new Map<string, Quantity>();

  add(list: Record<string, string | number> | undefined): this {
    for (const name in list) {
      const amount = parse(list[name] as string);
      const sum = this.sums.get(name) ?? ZERO;
      this.sums.set(name, { nanos: sum.nanos + amount.nanos, format: sum.nanos === 0n ? amount.format : sum.format });
    }
    return this;
  }

  copy(): ResourceSums {
    const copy = new ResourceSums();
    for (const [name, sum] of this.sums) copy.sums.set(name, sum);
    return copy;
  }

  /** Keeps the larger amount of each name. */
  raise(other: ResourceSums): void {
    for (const [name, amount] of other.sums) {
      const own = this.sums.get(name);
      if (!own || amount.nanos > own.nanos) this.sums.set(name, amount);
    }
  }

  toList(): Record<string, string> {
    return Object.fromEntries([...this.sums].map(([name, sum]) => [name, formatQuantity(sum)]));
  }
}
