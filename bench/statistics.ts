import { loadavg } from 'node:os';

/** One line of the table: what was measured, in which unit, and every sample. */
export interface Measurement {
  name: string;
  unit: 's' | 'ms' | 'MB' | '%';
  samples: number[];
  /** The figure the project aims at, for the reader to compare; nothing fails by it. */
  goal?: number;
  /** The machine's load (one minute) when the last sample was taken. */
  load: number;
}

export function measurement(name: string, unit: Measurement['unit'], samples: number[], goal?: number): Measurement {
  return { name, unit, samples, goal, load: loadavg()[0] ?? 0 };
}

/** The nearest-rank percentile, `share` from 0 to 1; NaN of nothing. */
export function percentile(samples: number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export function formatTable(measurements: Measurement[]): string {
  const header = ['what', 'p50', 'p95', 'min', 'max', 'n', 'unit', 'goal', 'load'];
  const rows = measurements.map(({ name, unit, samples, goal, load }) => {
    const text = (value: number): string => unit === 'ms' || unit === 'MB' ? value.toFixed(1) : value.toFixed(2);
    return [name, text(percentile(samples, 0.5)), text(percentile(samples, 0.95)), text(percentile(samples, 0)), text(percentile(samples, 1)),
      String(samples.length), unit, goal === undefined ? '' : `<= ${goal}`, load.toFixed(1)];
  });
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  return [header, ...rows].map((row) => row.map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}
