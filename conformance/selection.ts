/** What is known of the suite's tests, and which of them a run shall take. */
export interface Lists {
  /** All names, as in tests.txt. */
  tests: string[];
  passing: Set<string>;
  /** How long a test took when it last passed; those never measured are missing. */
  seconds: Map<string, number>;
}

export interface Wishes {
  /** Any of the expressions; without one, every test. */
  focus: RegExp[];
  skip: RegExp[];
  /** Special interest groups, `network`. */
  sigs: string[];
  names?: string[];
  passing?: boolean;
  notPassing?: boolean;
  /** That many by lot. */
  sample?: number;
}

/** A number in [0, 1); see `randomNumbers`. */
export type Draw = () => number;

export function selectTests(lists: Lists, wishes: Wishes, draw: Draw): string[] {
  const named = wishes.names && new Set(wishes.names);
  const chosen = lists.tests.filter((test) =>
    (!named || named.has(test))
    && (wishes.focus.length === 0 || wishes.focus.some((expression) => expression.test(test)))
    && !wishes.skip.some((expression) => expression.test(test))
    && (wishes.sigs.length === 0 || wishes.sigs.some((sig) => test.startsWith(`[sig-${sig}]`)))
    && (!wishes.passing || lists.passing.has(test))
    && (!wishes.notPassing || !lists.passing.has(test)));
  return wishes.sample === undefined ? chosen : shuffled(chosen, draw).slice(0, wishes.sample).sort();
}

/** A test that takes longer is run by CI only when it is drawn. */
const QUICK_SECONDS = 12;

export interface Plan { tests: string[]; quick: number; drawn: number; left: number }

/** How many tests run side by side: in one cluster, and, for [Serial] ones, each alone in its cluster. */
export interface Width { procs: number; serialClusters: number }

/** What CI runs of the passing tests within `limitSeconds`: the quick ones, then others by lot as long as there is time. */
export function planForCi(lists: Lists, limitSeconds: number, width: Width, draw: Draw): Plan {
  const cost = (test: string): number => lists.seconds.get(test) ?? QUICK_SECONDS + 1;
  const passing = lists.tests.filter((test) => lists.passing.has(test));
  const quick = shuffled(passing.filter((test) => cost(test) <= QUICK_SECONDS), draw);
  const others = shuffled(passing.filter((test) => cost(test) > QUICK_SECONDS), draw);
  const left = { serial: limitSeconds * width.serialClusters, parallel: limitSeconds * width.procs };
  const take = (tests: string[]): string[] => tests.filter((test) => {
    const lane = test.includes('[Serial]') ? 'serial' : 'parallel';
    // One that is longer than the whole time cannot be made shorter by other clusters.
    return cost(test) <= Math.min(left[lane], limitSeconds) && ((left[lane] -= cost(test)), true);
  });
  const quickTaken = take(quick), drawn = take(others);
  return { tests: [...quickTaken, ...drawn].sort(), quick: quickTaken.length, drawn: drawn.length, left: passing.length - quickTaken.length - drawn.length };
}

/** The same seed draws the same numbers. */
export function randomNumbers(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

function shuffled(items: string[], draw: Draw): string[] {
  const all = [...items];
  for (let index = all.length - 1; index > 0; index--) {
    const other = Math.floor(draw() * (index + 1));
    [all[index], all[other]] = [all[other] as string, all[index] as string];
  }
  return all;
}
