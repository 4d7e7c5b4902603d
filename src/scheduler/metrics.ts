import { Histogram } from '../base/histogram.ts';
import { family, familyText } from '../base/metric-text.ts';
import type { Cluster } from './state/cluster.ts';
import type { PodQueue } from './queue/pod-queue.ts';

const powers = (first: number, count: number): number[] => Array.from({ length: count }, (_, power) => first * 2 ** power);
const ATTEMPT_SECONDS = powers(0.001, 15), WHOLE_SECONDS = powers(0.01, 20), ATTEMPTS = powers(1, 5), VICTIMS = powers(1, 7);
/** From so many on, attempts are told together. */
const MANY_ATTEMPTS = 16;

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** What the scheduler counts, under upstream's names. */
export class SchedulerMetrics {
  readonly preemptionVictims = new Histogram(VICTIMS);
  preemptions = 0;
  private readonly profile: string;
  private readonly attempts = new Map<AttemptResult, Histogram>();
  private readonly algorithm = new Histogram(ATTEMPT_SECONDS);
  private readonly needed = new Histogram(ATTEMPTS);
  private readonly whole = new Map<string, Histogram>();

  constructor(profile: string) {
    this.profile = profile;
  }

  decided(milliseconds: number): void {
    this.algorithm.observe(milliseconds / 1000);
  }

  /** `milliseconds`: of the attempt, with the binding. */
  attempted(result: AttemptResult, milliseconds: number): void {
    let histogram = this.attempts.get(result);
    if (!histogram) this.attempts.set(result, (histogram = new Histogram(ATTEMPT_SECONDS)));
    histogram.observe(milliseconds / 1000);
  }

  /** A pod has its node, so long after it came, after so many attempts. */
  bound(attempts: number, milliseconds: number): void {
    this.needed.observe(attempts);
    const label = attempts >= MANY_ATTEMPTS ? `${MANY_ATTEMPTS}+` : String(attempts);
    let histogram = this.whole.get(label);
    if (!histogram) this.whole.set(label, (histogram = new Histogram(WHOLE_SECONDS)));
    histogram.observe(milliseconds / 1000);
  }

  /** In Prometheus' text form. */
  text(queue: PodQueue, cluster: Cluster, assumed: number): string {
    const { profile } = this;
    const plain = (name: string, histogram: Histogram): string[] => histogram.lines(name, '');
    const result = (of: AttemptResult): string => `profile="${profile}",result="${of}"`;
    const { places, rejections, incoming } = queue.census();
    return familyText([
      family('scheduler_cache_size', 'gauge', 'What the scheduler keeps in mind.',
        [['assumed_pods', assumed], ['nodes', cluster.nodes.length], ['pods', cluster.podCount]].map(([type, count]) => `scheduler_cache_size{type="${type}"} ${count}`)),
      family('scheduler_pending_pods', 'gauge', 'Pods without a node, by how they wait.', Object.entries(places).map(([place, count]) => `scheduler_pending_pods{queue="${place}"} ${count}`)),
      family('scheduler_pod_scheduling_attempts', 'histogram', 'Attempts until a pod had its node.', plain('scheduler_pod_scheduling_attempts', this.needed)),
      family('scheduler_pod_scheduling_sli_duration_seconds', 'histogram', 'Time from a pod\'s arrival to its node.',
        [...this.whole].flatMap(([attempts, histogram]) => histogram.lines('scheduler_pod_scheduling_sli_duration_seconds', `attempts="${attempts}"`))),
      family('scheduler_preemption_attempts_total', 'counter', 'Preemptions that were begun.', [`scheduler_preemption_attempts_total ${this.preemptions}`]),
      family('scheduler_preemption_victims', 'histogram', 'Pods that had to give way at once.', plain('scheduler_preemption_victims', this.preemptionVictims)),
      family('scheduler_queue_incoming_pods_total', 'counter', 'Pods that began to wait, by why and how.', [...incoming].map(([labels, count]) => `scheduler_queue_incoming_pods_total{${labels}} ${count}`)),
      family('scheduler_schedule_attempts_total', 'counter', 'Attempts to place a pod.', [...this.attempts].map(([of, { count }]) => `scheduler_schedule_attempts_total{${result(of)}} ${count}`)),
      family('scheduler_scheduling_algorithm_duration_seconds', 'histogram', 'Time to choose a node.', plain('scheduler_scheduling_algorithm_duration_seconds', this.algorithm)),
      family('scheduler_scheduling_attempt_duration_seconds', 'histogram', 'Time of an attempt, with the binding.',
        [...this.attempts].flatMap(([of, histogram]) => histogram.lines('scheduler_scheduling_attempt_duration_seconds', result(of)))),
      family('scheduler_unschedulable_pods', 'gauge', 'Pods that wait because of a plugin.', [...rejections].map(([plugin, count]) => `scheduler_unschedulable_pods{plugin="${plugin}",profile="${profile}"} ${count}`)),
    ]);
  }
}
