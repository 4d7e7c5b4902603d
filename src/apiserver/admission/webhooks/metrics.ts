import { Histogram } from '../../../base/histogram.ts';
import { family, familyText } from '../../../base/metric-text.ts';

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
const DURATION = 'apiserver_admission_webhook_admission_duration_seconds', REJECTIONS = 'apiserver_admission_webhook_rejection_count', OPEN = 'apiserver_admission_webhook_fail_open_count';
/** Names come from users' objects; later ones are counted no more. */
const MAXIMUM_SERIES = 5000;

/** How one webhook answered one request. `code`: of the refusal; `error`: it could not be asked. */
export interface WebhookOutcome { name: string; type: 'admit' | 'validating'; operation: string; milliseconds: number; refusal?: { code: number; error: boolean } | undefined; failedOpen: boolean }

/** What is counted of admission webhooks. */
export class WebhookMetrics {
  private readonly durations = new Map<string, Histogram>();
  private readonly rejections = new Map<string, number>();
  private readonly open = new Map<string, number>();

  note({ name, type, operation, milliseconds, refusal, failedOpen }: WebhookOutcome): void {
    const labels = `name="${name}",operation="${operation}",rejected="${refusal !== undefined}",type="${type}"`;
    let histogram = this.durations.get(labels);
    if (!histogram && this.durations.size < MAXIMUM_SERIES) this.durations.set(labels, (histogram = new Histogram(SECONDS)));
    histogram?.observe(milliseconds / 1000);
    if (refusal) add(this.rejections, `error_type="${refusal.error ? 'calling_webhook_error' : 'no_error'}",name="${name}",operation="${operation}",rejection_code="${refusal.code}",type="${type}"`);
    if (failedOpen) add(this.open, `name="${name}",type="${type}"`);
  }

  text(): string {
    const counter = (metric: string, counts: Map<string, number>): string[] => [...counts].map(([labels, count]) => `${metric}{${labels}} ${count}`);
    return familyText([
      family(DURATION, 'histogram', 'Time that admission webhooks took.', [...this.durations].flatMap(([labels, histogram]) => histogram.lines(DURATION, labels))),
      family(REJECTIONS, 'counter', 'Requests that admission webhooks refused.', counter(REJECTIONS, this.rejections)),
      family(OPEN, 'counter', 'Requests that went on although a webhook could not be asked.', counter(OPEN, this.open)),
    ]);
  }
}

function add(counts: Map<string, number>, labels: string): void {
  const count = counts.get(labels);
  if (count !== undefined || counts.size < MAXIMUM_SERIES) counts.set(labels, (count ?? 0) + 1);
}
