import { Histogram } from '../../base/histogram.ts';

const SECONDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const SEATS = [1, 2, 4, 8, 16, 32, 64, 100];
const LENGTHS = [0, 25, 50, 100, 250, 500, 1000];
const WATCHES = [0, 1, 10, 100, 1000, 10000];

export type Refusal = 'concurrency-limit' | 'queue-full' | 'time-out' | 'cancelled';

/** What is counted of one FlowSchema at one priority level. */
export class FlowMetrics {
  readonly level: string;
  readonly schema: string;
  executing = 0;
  waiting = 0;
  seatsInUse = 0;
  seatsWaiting = 0;
  dispatched = 0;
  noAccommodation = 0;
  readonly rejected = new Map<Refusal, number>();
  readonly waited = { true: new Histogram(SECONDS), false: new Histogram(SECONDS) };
  readonly executed = { regular: new Histogram(SECONDS), watch: new Histogram(SECONDS) };
  readonly seats = new Histogram(SEATS);
  readonly queueLengths = new Histogram(LENGTHS);
  readonly watchers = new Histogram(WATCHES);

  constructor(level: string, schema: string) {
    this.level = level;
    this.schema = schema;
  }
}

export interface LevelGauges {
  name: string; nominal: number; lower: number; upper: number; current: number; target: number | undefined; currentR: number;
  demand: { highWatermark: number; average: number; deviation: number; smoothed: number };
}

const PREFIX = 'apiserver_flowcontrol_';

/** All of it under upstream's names, in Prometheus' text form. */
export function metricsText(flows: Iterable<FlowMetrics>, levels: LevelGauges[], fairFraction: number): string {
  const lines: string[] = [];
  const all = [...flows].filter((flow) => flow.dispatched + flow.waiting + flow.rejected.size > 0);
  const labelsOf = ({ level, schema }: FlowMetrics): string => `flow_schema="${schema}",priority_level="${level}"`;
  const family = (name: string, type: string, samples: string[]): void => {
    if (samples.length > 0) lines.push(`# TYPE ${PREFIX}${name} ${type}`, ...samples);
  };
  const each = (name: string, type: string, value: (flow: FlowMetrics) => number): void =>
    family(name, type, all.map((flow) => `${PREFIX}${name}{${labelsOf(flow)}} ${value(flow)}`));
  const histogram = (name: string, of: (flow: FlowMetrics) => [Histogram, string][]): void =>
    family(name, 'histogram', all.flatMap((flow) => of(flow).flatMap(([one, label]) => one.lines(PREFIX + name, sortedLabels(flow, label)))));
  const gauge = (name: string, value: (level: LevelGauges) => number | undefined): void =>
    family(name, 'gauge', levels.flatMap((level) => (value(level) === undefined ? [] : [`${PREFIX}${name}{priority_level="${level.name}"} ${value(level)}`])));

  each('current_executing_requests', 'gauge', (flow) => flow.executing);
  each('current_executing_seats', 'gauge', (flow) => flow.seatsInUse);
  each('current_inqueue_requests', 'gauge', (flow) => flow.waiting);
  each('current_inqueue_seats', 'gauge', (flow) => flow.seatsWaiting);
  each('dispatched_requests_total', 'counter', (flow) => flow.dispatched);
  family('rejected_requests_total', 'counter', all.flatMap((flow) => [...flow.rejected].map(([reason, count]) => `${PREFIX}rejected_requests_total{${labelsOf(flow)},reason="${reason}"} ${count}`)));
  family('request_dispatch_no_accommodation_total', 'counter', all.filter((flow) => flow.noAccommodation > 0).map((flow) => `${PREFIX}request_dispatch_no_accommodation_total{${labelsOf(flow)}} ${flow.noAccommodation}`));
  histogram('request_wait_duration_seconds', (flow) => [[flow.waited.true, 'execute="true"'], [flow.waited.false, 'execute="false"']]);
  histogram('request_execution_seconds', (flow) => [[flow.executed.regular, 'type="regular"'], [flow.executed.watch, 'type="watch"']]);
  histogram('work_estimated_seats', (flow) => [[flow.seats, '']]);
  histogram('request_queue_length_after_enqueue', (flow) => [[flow.queueLengths, '']]);
  histogram('watch_count_samples', (flow) => [[flow.watchers, '']]);
  gauge('nominal_limit_seats', (level) => level.nominal);
  gauge('lower_limit_seats', (level) => level.lower);
  gauge('upper_limit_seats', (level) => level.upper);
  gauge('current_limit_seats', (level) => level.current);
  gauge('target_seats', (level) => level.target);
  gauge('current_r', (level) => level.currentR);
  gauge('demand_seats_high_watermark', (level) => level.demand.highWatermark);
  gauge('demand_seats_average', (level) => level.demand.average);
  gauge('demand_seats_stdev', (level) => level.demand.deviation);
  gauge('demand_seats_smoothed', (level) => level.demand.smoothed);
  lines.push(`# TYPE ${PREFIX}seat_fair_frac gauge`, `${PREFIX}seat_fair_frac ${fairFraction}`);
  return `${lines.join('\n')}\n`;
}

function sortedLabels({ level, schema }: FlowMetrics, more: string): string {
  const labels = [`flow_schema="${schema}"`, `priority_level="${level}"`, ...(more ? [more] : [])];
  return labels.sort().join(',');
}
