/** Cuts a stream of chunks at newlines; a line may span many chunks. Returns the function to feed. */
export function splitLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  return (chunk) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const part = chunk.subarray(start, end);
      const line = pending.length ? Buffer.concat([...pending, part]) : part;
      pending = [];
      start = end + 1;
      if (line.length) onLine(line.toString('utf8'));
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  };
}
