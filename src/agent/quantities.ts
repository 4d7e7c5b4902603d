import { quantityMilliValue, quantityNumber, quantityValue } from '../api/quantity.ts';

export type Quantity = string | number;
export type ResourceList = Record<string, Quantity>;

/** In base units (cores, bytes); 0 when absent. */
export function quantity(value: Quantity | undefined): number {
  return value === undefined ? 0 : quantityNumber(value);
}
/** Rounded up to whole units. */
export function wholeUnits(value: Quantity | undefined): number {
  return value === undefined ? 0 : quantityValue(value);
}
/** In thousandths, rounded up: millicores. */
export function milliUnits(value: Quantity | undefined): number {
  return value === undefined ? 0 : quantityMilliValue(value);
}
