import type { SmoothedDemand } from './demand.ts';

/** What a priority level may have: shares of the server, and what it lends and borrows. */
export interface LevelShares {
  name: string; exempt: boolean; nominalShares: number; lendablePercent: number;
  /** Absent: as much as there is. */
  borrowingLimitPercent?: number | undefined;
}

/** Seats of a level: what its shares come to, what it always keeps, what it never exceeds. */
export interface LevelLimits { nominal: number; minimum: number; maximum: number }

export function limitsOf(levels: LevelShares[], serverSeats: number): Map<string, LevelLimits> {
  const allShares = levels.reduce((sum, level) => sum + level.nominalShares, 0);
  return new Map(levels.map(({ name, nominalShares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = allShares === 0 ? 0 : Math.ceil(serverSeats * nominalShares / allShares);
    const borrowed = borrowingLimitPercent === undefined ? serverSeats : Math.round(nominal * borrowingLimitPercent / 100);
    return [name, { nominal, minimum: nominal - Math.round(nominal * lendablePercent / 100), maximum: nominal + borrowed }];
  }));
}

export interface AllocationLevel { name: string; exempt: boolean; limits: LevelLimits; demand: SmoothedDemand }
export interface Allocation { current: Map<string, number>; targets: Map<string, number>; fairFraction: number }

/** Seats for each level now: what busy levels need is lent by idle ones, and nobody goes below his minimum. Pure. */
export function allocateSeats(levels: AllocationLevel[]): Allocation {
  const current = new Map<string, number>();
  const serverSeats = levels.reduce((sum, level) => sum + level.limits.nominal, 0);
  let left = serverSeats;
  const limited = levels.filter((level) => !level.exempt);
  for (const { name, limits, demand } of levels.filter((level) => level.exempt)) {
    const seats = Math.max(limits.minimum, demand.highWatermark);
    current.set(name, seats);
    left -= seats;
  }
  const bounds = limited.map(({ limits, demand }) => {
    const lower = Math.max(limits.minimum, Math.min(limits.nominal, demand.highWatermark));
    return { lower, upper: limits.maximum, target: Math.max(lower, demand.smoothed) };
  });
  const targets = new Map(limited.map(({ name }, index) => [name, bounds[index]!.target]));
  const minimums = limited.reduce((sum, { limits }) => sum + limits.minimum, 0);
  const lowers = bounds.reduce((sum, { lower }) => sum + lower, 0);
  const assign = (seats: (index: number) => number): void => limited.forEach(({ name }, index) => current.set(name, Math.round(seats(index))));
  if (left <= minimums) {
    assign((index) => limited[index]!.limits.minimum);
    return { current, targets, fairFraction: 0 };
  }
  if (left <= lowers) {
    const fraction = (left - minimums) / (lowers - minimums);
    assign((index) => limited[index]!.limits.minimum + Math.round((bounds[index]!.lower - limited[index]!.limits.minimum) * fraction));
    return { current, targets, fairFraction: 0 };
  }
  const fairFraction = fairProportion(serverSeats, bounds);
  assign((index) => seatsAt(bounds[index]!, fairFraction));
  return { current, targets, fairFraction };
}

interface Bounds { lower: number; upper: number; target: number }

/** A target of nothing still takes its part of what is over. */
const SMALLEST_TARGET = 0.001;

function seatsAt({ lower, upper, target }: Bounds, proportion: number): number {
  return Math.min(upper, Math.max(lower, Math.max(target, SMALLEST_TARGET) * proportion));
}

/** The proportion of everybody's target, within his bounds, at which the seats add up to `sum`. */
function fairProportion(sum: number, bounds: Bounds[]): number {
  const total = (proportion: number): number => bounds.reduce((seats, one) => seats + seatsAt(one, proportion), 0);
  // Between two neighbouring bounds the sum grows evenly, so the answer lies on one straight piece.
  const corners = bounds.flatMap(({ lower, upper, target }) => [lower, upper].map((bound) => bound / Math.max(target, SMALLEST_TARGET))).sort((one, other) => one - other);
  let from = corners[0] ?? 0;
  for (const to of corners) {
    if (total(to) >= sum) {
      const [low, high] = [total(from), total(to)];
      return high > low ? from + (to - from) * (sum - low) / (high - low) : from;
    }
    from = to;
  }
  return from;
}
