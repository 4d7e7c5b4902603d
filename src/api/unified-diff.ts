/**
 * Unified diffs, as difflib makes them: the longest common run of lines first, then the longest on either side of it. Other
 * algorithms find shorter scripts, but clients see upstream's.
 */
const CONTEXT = 3;
/** Lines that are this frequent in a long text begin no common run. */
const LONG = 200;
/** The search is quadratic at worst, and clients choose the texts. */
const LIMIT = 10_000;

interface Block { a: number; b: number; size: number }
type Kind = 'equal' | 'delete' | 'insert' | 'replace';
interface Step { kind: Kind; aStart: number; aEnd: number; bStart: number; bEnd: number }

/** Where each line stands in `lines`. */
function positions(lines: string[]): Map<string, number[]> {
  const result = new Map<string, number[]>();
  lines.forEach((line, index) => {
    const list = result.get(line);
    if (list) list.push(index);
    else result.set(line, [index]);
  });
  if (lines.length < LONG) return result;
  const most = Math.floor(lines.length / 100) + 1;
  for (const [line, list] of result) if (list.length > most) result.delete(line);
  return result;
}

function longestRun(a: string[], b: string[], where: Map<string, number[]>, from: Block, aEnd: number, bEnd: number): Block {
  let best: Block = { a: from.a, b: from.b, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = from.a; i < aEnd; i++) {
    const next = new Map<number, number>();
    for (const j of where.get(a[i] as string) ?? []) {
      if (j < from.b) continue;
      if (j >= bEnd) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  // Frequent lines begin no run, but they extend one.
  while (best.a > from.a && best.b > from.b && a[best.a - 1] === b[best.b - 1]) best = { a: best.a - 1, b: best.b - 1, size: best.size + 1 };
  while (best.a + best.size < aEnd && best.b + best.size < bEnd && a[best.a + best.size] === b[best.b + best.size]) best = { ...best, size: best.size + 1 };
  return best;
}

function commonRuns(a: string[], b: string[]): Block[] {
  const where = positions(b);
  const runs: Block[] = [];
  const open: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [aStart, aEnd, bStart, bEnd] = next;
    const run = longestRun(a, b, where, { a: aStart, b: bStart, size: 0 }, aEnd, bEnd);
    if (run.size === 0) continue;
    runs.push(run);
    if (aStart < run.a && bStart < run.b) open.push([aStart, run.a, bStart, run.b]);
    if (run.a + run.size < aEnd && run.b + run.size < bEnd) open.push([run.a + run.size, aEnd, run.b + run.size, bEnd]);
  }
  return runs.sort((one, other) => one.a - other.a);
}

function steps(a: string[], b: string[]): Step[] {
  const result: Step[] = [];
  let i = 0;
  let j = 0;
  for (const run of [...commonRuns(a, b), { a: a.length, b: b.length, size: 0 }]) {
    const kind: Kind | '' = i < run.a ? (j < run.b ? 'replace' : 'delete') : j < run.b ? 'insert' : '';
    if (kind) result.push({ kind, aStart: i, aEnd: run.a, bStart: j, bEnd: run.b });
    const last = result.at(-1);
    i = run.a + run.size;
    j = run.b + run.size;
    if (run.size > 0 && last?.kind === 'equal') Object.assign(last, { aEnd: i, bEnd: j });
    else if (run.size > 0) result.push({ kind: 'equal', aStart: run.a, aEnd: i, bStart: run.b, bEnd: j });
  }
  return result;
}

/** Changes with the equal lines around them; those with many equal lines between them are apart. */
function hunks(all: Step[]): Step[][] {
  const result: Step[][] = [];
  let hunk: Step[] = [];
  all.forEach((step, index) => {
    if (step.kind !== 'equal') return void hunk.push(step);
    const size = step.aEnd - step.aStart;
    const head: Step = { ...step, aEnd: step.aStart + CONTEXT, bEnd: step.bStart + CONTEXT };
    const tail: Step = { ...step, aStart: step.aEnd - CONTEXT, bStart: step.bEnd - CONTEXT };
    const first = index === 0;
    const last = index === all.length - 1;
    if (first || last) {
      if (!(first && last)) hunk.push(size <= CONTEXT ? step : first ? tail : head);
    } else if (size > 2 * CONTEXT) {
      hunk.push(head);
      result.push(hunk);
      hunk = [tail];
    } else hunk.push(step);
  });
  return hunk.some(({ kind }) => kind !== 'equal') ? [...result, hunk] : result;
}

function range(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}

/** Without the lines that name files; '' when nothing differs. Each line ends with a newline. */
export function unifiedDiff(a: string[], b: string[]): string {
  if (a.length + b.length > LIMIT) return `(${a.length} lines became ${b.length})\n`;
  return hunks(steps(a, b)).map((hunk) => {
    const first = hunk[0] as Step;
    const last = hunk.at(-1) as Step;
    const lines = [`@@ -${range(first.aStart, last.aEnd)} +${range(first.bStart, last.bEnd)} @@`];
    for (const { kind, aStart, aEnd, bStart, bEnd } of hunk) {
      if (kind === 'equal') lines.push(...a.slice(aStart, aEnd).map((line) => ` ${line}`));
      else lines.push(...a.slice(aStart, aEnd).map((line) => `-${line}`), ...b.slice(bStart, bEnd).map((line) => `+${line}`));
    }
    return `${lines.join('\n')}\n`;
  }).join('');
}
