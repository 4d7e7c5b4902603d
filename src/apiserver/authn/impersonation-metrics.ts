import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';

const SECONDS = Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power);
const PREFIX = 'apiserver_impersonation_';

/** How often somebody wished to be somebody else, and what it took to tell whether he may. */
export class ImpersonationMetrics {
  private readonly attempts = new Map<string, Histogram>();
  private readonly authorizations = new Map<string, Histogram>();

  attempt(mode: string, decision: 'allowed' | 'denied', milliseconds: number): void {
    observe(this.attempts, mode, decision, milliseconds);
  }

  authorization(mode: string, decision: 'allowed' | 'denied', milliseconds: number): void {
    observe(this.authorizations, mode, decision, milliseconds);
  }

  text(): string {
    const pair = (what: string, help: string, histograms: Map<string, Histogram>): string => familyText([
      family(`${PREFIX}${what}_total`, 'counter', help, [...histograms].map(([labels, { count }]) => `${PREFIX}${what}_total{${labels}} ${count}`)),
      family(`${PREFIX}${what}_duration_seconds`, 'histogram', `Time of them: ${help}`, [...histograms].flatMap(([labels, histogram]) => histogram.lines(`${PREFIX}${what}_duration_seconds`, labels))),
    ]);
    return pair('attempts', 'Wishes to impersonate.', this.attempts) + pair('authorization_attempts', 'Decisions that such wishes took.', this.authorizations);
  }
}

function observe(histograms: Map<string, Histogram>, mode: string, decision: string, milliseconds: number): void {
  const labels = `decision="${decision}",mode="${mode}"`;
  let histogram = histograms.get(labels);
  if (!histogram) histograms.set(labels, (histogram = new Histogram(SECONDS)));
  histogram.observe(milliseconds / 1000);
}
