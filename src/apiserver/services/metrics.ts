import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
type Scope = 'static' | 'dynamic';

/** How often something was given out of a range, by whether one was asked for by name. */
export class AllocationMetrics {
  readonly seconds = new Histogram(SECONDS);
  private readonly counts = { total: { static: 0, dynamic: 0 }, errors: { static: 0, dynamic: 0 } };

  given(scope: Scope): void {
    this.counts.total[scope]++;
  }

  refused(scope: Scope): void {
    this.counts.errors[scope]++;
  }

  /** `labels`: of the range; may be empty. */
  text(prefix: string, what: string, labels: string, taken: number, size: number): string {
    const own = labels ? `{${labels}}` : '';
    const counter = (name: string, counts: Record<Scope, number>): string[] => (['dynamic', 'static'] as const).filter((scope) => counts[scope] > 0)
      .map((scope) => `${name}{${labels ? `${labels},` : ''}scope="${scope}"} ${counts[scope]}`);
    return familyText([
      family(`${prefix}_allocated_${what}`, 'gauge', 'How many are taken.', [`${prefix}_allocated_${what}${own} ${taken}`]),
      family(`${prefix}_available_${what}`, 'gauge', 'How many are free.', [`${prefix}_available_${what}${own} ${size - taken}`]),
      family(`${prefix}_allocation_total`, 'counter', 'Those given.', counter(`${prefix}_allocation_total`, this.counts.total)),
      family(`${prefix}_allocation_errors_total`, 'counter', 'Those that could not be given.', counter(`${prefix}_allocation_errors_total`, this.counts.errors)),
      family(`${prefix}_allocation_duration_seconds`, 'histogram', 'Time to give one.', this.seconds.lines(`${prefix}_allocation_duration_seconds`, labels)),
    ]);
  }
}
