import { percentile } from '../statistics.ts';

export type Side = 'upstream' | 'naru';

/** One figure of one side in one round. */
export interface Sample {
  side: Side;
  name: string;
  unit: '/s' | 'MB';
  value: number;
  /** Of all the side's servers, for each operation. */
  processorMilliseconds?: number;
}

export interface Ratio {
  name: string;
  unit: Sample['unit'];
  upstream: number;
  naru: number;
  /** How many times better naru is: more a second, less memory. NaN when a side was not measured. */
  ratio: number;
  processor?: { upstream: number; naru: number; ratio: number };
}

const LIMITED = ", upstream's default limits";

/** A row for each name, of the medians over the rounds. naru has no limits of its own: its row stands beside both of upstream's. */
export function ratiosOf(samples: Sample[]): Ratio[] {
  const names = [...new Set(samples.map(({ name }) => name))];
  return names.map((name) => {
    const of = (side: Side): Sample[] => samples.filter((sample) => sample.side === side && sample.name === (side === 'naru' ? name.replace(LIMITED, ', protobuf') : name));
    const median = (side: Side, field: 'value' | 'processorMilliseconds'): number => percentile(of(side).map((sample) => sample[field] ?? NaN), 0.5);
    const { unit } = samples.find((sample) => sample.name === name) as Sample;
    const [upstream, naru] = [median('upstream', 'value'), median('naru', 'value')];
    const [theirs, ours] = [median('upstream', 'processorMilliseconds'), median('naru', 'processorMilliseconds')];
    return {
      name, unit, upstream, naru, ratio: unit === 'MB' ? upstream / naru : naru / upstream,
      ...(unit === '/s' ? { processor: { upstream: theirs, naru: ours, ratio: theirs / ours } } : {}),
    };
  });
}

export function formatRatios(ratios: Ratio[]): string {
  const header = ['what', 'upstream', 'naru', 'unit', 'times', 'CPU ms each, upstream', 'naru', 'times'];
  const rows = ratios.map(({ name, unit, upstream, naru, ratio, processor }) => [
    name, figure(upstream), figure(naru), unit, times(ratio),
    ...(processor ? [precise(processor.upstream), precise(processor.naru), times(processor.ratio)] : ['', '', '']),
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => (row[column] as string).length)));
  return [header, ...rows].map((row) => row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number)).join('  ')).join('\n');
}

const times = (ratio: number): string => Number.isNaN(ratio) ? '-' : `${ratio.toFixed(1)}x`;
const precise = (value: number): string => Number.isNaN(value) ? '-' : value.toPrecision(3);
const figure = (value: number): string => Number.isNaN(value) ? '-' : value.toFixed(value < 100 ? 1 : 0);
