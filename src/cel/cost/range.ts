/** From what a size or a cost is at least to what it is at most. Whole numbers of 64 bits; the highest stands for "no limit". */
export interface Range { min: number; max: number }

export const NO_LIMIT = 2 ** 64;

const capped = (value: number): number => (value >= NO_LIMIT || Number.isNaN(value) ? NO_LIMIT : value);
export const exactly = (value: number): Range => ({ min: value, max: value });
export const UNKNOWN: Range = { min: 0, max: NO_LIMIT };
export const NOTHING: Range = { min: 0, max: 0 };

export const plus = (one: Range, other: Range): Range => ({ min: capped(one.min + other.min), max: capped(one.max + other.max) });
export const times = (one: Range, other: Range): Range => ({ min: product(one.min, other.min), max: product(one.max, other.max) });
export const scaled = (one: Range, factor: number): Range => ({ min: capped(Math.ceil(one.min * factor)), max: capped(Math.ceil(one.max * factor)) });
export const union = (one: Range, other: Range): Range => ({ min: Math.min(one.min, other.min), max: Math.max(one.max, other.max) });
export const sum = (ranges: Range[]): Range => ranges.reduce(plus, NOTHING);

function product(one: number, other: number): number {
  return one === 0 || other === 0 ? 0 : capped(one * other);
}
