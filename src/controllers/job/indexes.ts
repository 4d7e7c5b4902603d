/** Sets of completion indexes, written as Jobs do: `0,2-4`. */
export function parseIndexes(text: string | undefined): Set<number> {
  const result = new Set<number>();
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [first, last] = part.split('-').map(Number) as [number, number?];
    for (let index = first; index <= (last ?? first); index++) result.add(index);
  }
  return result;
}

export function formatIndexes(indexes: Set<number>): string {
  const sorted = [...indexes].sort((left, right) => left - right);
  const parts: string[] = [];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++;
    if (end === start) parts.push(String(sorted[start]));
    else parts.push(`${sorted[start]}${end === start + 1 ? ',' : '-'}${sorted[end]}`);
    start = end + 1;
  }
  return parts.join(',');
}
