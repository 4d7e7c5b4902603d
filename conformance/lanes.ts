import type { Lists } from './selection.ts';

/** Tests that run in a cluster of their own, beside the other lanes. */
export interface Lane { name: string; tests: string[]; procs: number }

/** What one cluster does in less time is not worth starting others. */
const WORTH_SECONDS = 150;
/** From there on a test mostly waits, so that it costs a process and hardly any of the cores. */
const LONG_SECONDS = 120;
const MAXIMUM_LONG_PROCS = 12;
/** Of tests that were never measured. */
const SLOW_GUESS = 600, GUESS = 15;

/** Of so many clusters, those for [Serial] tests. */
export function serialClusters(clusters: number): number {
  return Math.max(1, clusters - 2);
}

/**
 * Splits a run: [Serial] tests tolerate no others in their cluster but any beside it, and long ones must not begin last. With two clusters
 * the serial ones stand apart, with three the long ones too, with more the serial ones are dealt out.
 */
export function planLanes(tests: string[], seconds: Lists['seconds'], procs: number, clusters: number): Lane[] {
  const cost = (test: string): number => seconds.get(test) ?? (test.includes('[Slow]') ? SLOW_GUESS : GUESS);
  const serial = tests.filter((test) => test.includes('[Serial]')), others = tests.filter((test) => !test.includes('[Serial]'));
  const total = (some: string[]): number => some.reduce((sum, test) => sum + cost(test), 0);
  if (clusters < 2 || total(others) / procs + total(serial) < WORTH_SECONDS) return [{ name: 'all', tests, procs }];
  const apart = clusters > 2;
  const long = apart ? others.filter((test) => cost(test) >= LONG_SECONDS) : [];
  const short = apart ? others.filter((test) => cost(test) < LONG_SECONDS) : others;
  return [
    { name: 'parallel', tests: short, procs },
    { name: 'long', tests: long, procs: Math.min(long.length, MAXIMUM_LONG_PROCS) },
    ...dealt(serial, cost, serialClusters(clusters)).map((some, index) => ({ name: `serial-${index + 1}`, tests: some, procs: 1 })),
  ].filter((lane) => lane.tests.length > 0);
}

/** Longest first, each to the hand that holds least. */
function dealt(tests: string[], cost: (test: string) => number, hands: number): string[][] {
  const held = Array.from({ length: hands }, () => ({ tests: [] as string[], seconds: 0 }));
  for (const test of [...tests].sort((left, right) => cost(right) - cost(left))) {
    const hand = held.reduce((least, one) => one.seconds < least.seconds ? one : least);
    hand.tests.push(test);
    hand.seconds += cost(test);
  }
  return held.map((hand) => hand.tests.sort());
}
