/** Lists of completion indexes: `1,3-5,7`. */
export class IndexesError extends Error {
  override name = 'IndexesError';
}

function index(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new IndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  return Number(text);
}

function interval(text: string, completions: number): [first: number, last: number] {
  const parts = text.split('-');
  if (parts.length > 2) throw new IndexesError(`the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`);
  const first = index(parts[0] ?? '');
  if (first >= completions) throw new IndexesError(`too large index: ${JSON.stringify(parts[0])}`);
  if (parts.length === 1) return [first, first];
  const last = index(parts[1] ?? '');
  if (last >= completions) throw new IndexesError(`too large index: ${JSON.stringify(parts[1])}`);
  if (first >= last) throw new IndexesError(`non-increasing order, previous: ${first}, current: ${last}`);
  return [first, last];
}

/** The intervals in order; throws IndexesError. */
export function parseIndexes(text: string, completions: number): [first: number, last: number][] {
  if (text === '') return [];
  const intervals = text.split(',').map((part) => interval(part, completions));
  for (let position = 1; position < intervals.length; position++) {
    const before = (intervals[position - 1] as [number, number])[1];
    const next = (intervals[position] as [number, number])[0];
    if (before >= next) throw new IndexesError(`non-increasing order, previous: ${before}, current: ${next}`);
  }
  return intervals;
}

export function countIndexes(intervals: [number, number][]): number {
  return intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** The first index both lists hold. */
export function overlap(left: [number, number][], right: [number, number][]): number | undefined {
  let a = 0;
  let b = 0;
  while (a < left.length && b < right.length) {
    const [x1, y1] = left[a] as [number, number];
    const [x2, y2] = right[b] as [number, number];
    if (x1 <= y2 && x2 <= y1) return Math.max(x1, x2);
    if (x1 <= x2) a++;
    else b++;
  }
  return undefined;
}
