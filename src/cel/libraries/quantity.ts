import type { Environment } from '../environment.ts';
import { parseQuantity } from '../../api/quantity.ts';

const NANO = 1_000_000_000n;

export class CelQuantity {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
  equals(other: unknown): boolean {
    return other instanceof CelQuantity && other.nanos === this.nanos;
  }
}

function parse(text: string): CelQuantity | undefined {
  try {
    return new CelQuantity(parseQuantity(text).nanos);
  } catch {
    return undefined;
  }
}

/** `quantity('1Gi').isGreaterThan(quantity('500Mi'))` */
export function registerQuantity(environment: Environment): void {
  const isWhole = ({ nanos }: CelQuantity): boolean => nanos % NANO === 0n;
  environment.registerType('kubernetes.Quantity', CelQuantity)
    .registerFunction('isQuantity(string): bool', (text: string) => parse(text) !== undefined)
    .registerFunction('quantity(string): kubernetes.Quantity', (text: string) => {
      const found = parse(text);
      if (!found) throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
      return found;
    })
    .registerFunction('kubernetes.Quantity.sign(): int', ({ nanos }: CelQuantity) => (nanos > 0n ? 1n : nanos < 0n ? -1n : 0n))
    .registerFunction('kubernetes.Quantity.isInteger(): bool', isWhole)
    .registerFunction('kubernetes.Quantity.asInteger(): int', (quantity: CelQuantity) => {
      if (!isWhole(quantity)) throw new Error('cannot convert value to integer');
      return quantity.nanos / NANO;
    })
    .registerFunction('kubernetes.Quantity.asApproximateFloat(): double', ({ nanos }: CelQuantity) => Number(nanos) / Number(NANO))
    .registerFunction('kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity', (one: CelQuantity, other: CelQuantity) => new CelQuantity(one.nanos + other.nanos))
    .registerFunction('kubernetes.Quantity.add(int): kubernetes.Quantity', (one: CelQuantity, other: bigint) => new CelQuantity(one.nanos + other * NANO))
    .registerFunction('kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity', (one: CelQuantity, other: CelQuantity) => new CelQuantity(one.nanos - other.nanos))
    .registerFunction('kubernetes.Quantity.sub(int): kubernetes.Quantity', (one: CelQuantity, other: bigint) => new CelQuantity(one.nanos - other * NANO))
    .registerFunction('kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool', (one: CelQuantity, other: CelQuantity) => one.nanos < other.nanos)
    .registerFunction('kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool', (one: CelQuantity, other: CelQuantity) => one.nanos > other.nanos)
    .registerFunction('kubernetes.Quantity.compareTo(kubernetes.Quantity): int', (one: CelQuantity, other: CelQuantity) => (one.nanos < other.nanos ? -1n : one.nanos > other.nanos ? 1n : 0n));
}
