import { systemClock } from '../base/clock.ts';

export { CommandError } from '../base/command-error.ts';

/** Prints a line when a step is done, with its time; on a terminal also while it runs. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const live = process.stderr.isTTY;
  const start = systemClock.monotonic();
  if (live) process.stderr.write(`  … ${title}`);
  try {
    const result = await work();
    process.stderr.write(`${live ? '\r' : ''}  ✓ ${title} (${((systemClock.monotonic() - start) / 1000).toFixed(2)} s)\n`);
    return result;
  } catch (error) {
    process.stderr.write(`${live ? '\r' : ''}  ✗ ${title}\n`);
    throw error;
  }
}

/** Columns padded to their widest cell, three spaces apart, as kubectl prints them. */
export function printTable(rows: string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) process.stdout.write(row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 3)).join('') + '\n');
}
