import type { Clock } from '../base/clock.ts';
import { Histogram } from '../base/histogram.ts';
import { family, familyText } from '../base/metric-text.ts';

const SECONDS = Array.from({ length: 10 }, (_, power) => Number(`1e${power - 8}`));
/** Of all queues of this process that have not ended. */
const alive = new Set<QueueMetrics>();

/** What is counted of a work queue. */
export class QueueMetrics {
  readonly name: string;
  adds = 0;
  retries = 0;
  readonly waited = new Histogram(SECONDS);
  readonly worked = new Histogram(SECONDS);
  private readonly clock: Clock;
  private readonly waiting: ReadonlyMap<string, number>;
  private readonly running: ReadonlyMap<string, number>;

  /** Both maps tell since when, in the clock's monotonic milliseconds. */
  constructor(name: string, clock: Clock, waiting: ReadonlyMap<string, number>, running: ReadonlyMap<string, number>) {
    this.name = name;
    this.clock = clock;
    this.waiting = waiting;
    this.running = running;
    alive.add(this);
  }

  end(): void {
    alive.delete(this);
  }

  get depth(): number { return this.waiting.size; }

  /** Seconds for which each key that is worked on has been so. */
  underWay(): number[] {
    const now = this.clock.monotonic();
    return [...this.running.values()].map((since) => (now - since) / 1000);
  }
}

/** All queues of this process under upstream's names, in Prometheus' text form. */
export function workQueueMetricsText(): string {
  const queues = [...alive].sort((left, right) => left.name < right.name ? -1 : 1);
  const each = (name: string, of: (queue: QueueMetrics) => number): string[] => queues.map((queue) => `${name}{name="${queue.name}"} ${of(queue)}`);
  const histogram = (name: string, of: (queue: QueueMetrics) => Histogram): string[] => queues.flatMap((queue) => of(queue).lines(name, `name="${queue.name}"`));
  return familyText([
    family('workqueue_adds_total', 'counter', 'Keys that were added.', each('workqueue_adds_total', ({ adds }) => adds)),
    family('workqueue_depth', 'gauge', 'Keys that wait.', each('workqueue_depth', ({ depth }) => depth)),
    family('workqueue_longest_running_processor_seconds', 'gauge', 'Age of the oldest work.', each('workqueue_longest_running_processor_seconds', (queue) => Math.max(0, ...queue.underWay()))),
    family('workqueue_queue_duration_seconds', 'histogram', 'How long keys waited.', histogram('workqueue_queue_duration_seconds', ({ waited }) => waited)),
    family('workqueue_retries_total', 'counter', 'Keys that came back after a failure.', each('workqueue_retries_total', ({ retries }) => retries)),
    family('workqueue_unfinished_work_seconds', 'gauge', 'Ages of all work together.', each('workqueue_unfinished_work_seconds', (queue) => queue.underWay().reduce((sum, age) => sum + age, 0))),
    family('workqueue_work_duration_seconds', 'histogram', 'How long work took.', histogram('workqueue_work_duration_seconds', ({ worked }) => worked)),
  ]);
}
