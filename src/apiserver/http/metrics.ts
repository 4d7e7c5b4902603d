import type { RequestInfo } from '../contracts.ts';

const BUCKETS_SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

interface Duration { count: number; sum: number; buckets: number[] }

/** Counters of the requests served, under upstream's names, in Prometheus' text form. */
export class Metrics {
  private readonly requests = new Map<string, number>();
  private readonly durations = new Map<string, Duration>();
  private readonly startedSeconds: number;

  constructor(startedMilliseconds: number) {
    this.startedSeconds = startedMilliseconds / 1000;
  }

  observe(info: RequestInfo | undefined, method: string, code: number, milliseconds: number): void {
    const verb = info?.isResourceRequest ? info.verb.toUpperCase() : method;
    const scope = !info?.isResourceRequest ? '' : info.name ? 'resource' : info.namespace ? 'namespace' : 'cluster';
    const labels = `group="${info?.group ?? ''}",resource="${info?.resource ?? ''}",scope="${scope}",subresource="${info?.subresource ?? ''}",verb="${verb}",version="${info?.version ?? ''}"`;
    const counter = `code="${code}",component="apiserver",dry_run="",${labels}`;
    this.requests.set(counter, (this.requests.get(counter) ?? 0) + 1);
    if (verb === 'WATCH') return;
    const key = `component="apiserver",dry_run="",${labels}`;
    let duration = this.durations.get(key);
    if (!duration) this.durations.set(key, (duration = { count: 0, sum: 0, buckets: BUCKETS_SECONDS.map(() => 0) }));
    const seconds = milliseconds / 1000;
    duration.count++;
    duration.sum += seconds;
    const bucket = BUCKETS_SECONDS.findIndex((limit) => seconds <= limit);
    if (bucket >= 0) duration.buckets[bucket] = (duration.buckets[bucket] as number) + 1;
  }

  text(): string {
    const lines = ['# HELP apiserver_request_total Requests by verb, resource and code.', '# TYPE apiserver_request_total counter'];
    for (const [labels, count] of this.requests) lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push('# HELP apiserver_request_duration_seconds Time to answer, without watches.', '# TYPE apiserver_request_duration_seconds histogram');
    for (const [labels, duration] of this.durations) {
      let sum = 0;
      BUCKETS_SECONDS.forEach((limit, index) => {
        sum += duration.buckets[index] as number;
        lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="${limit}"} ${sum}`);
      });
      lines.push(`apiserver_request_duration_seconds_bucket{${labels},le="+Inf"} ${duration.count}`);
      lines.push(`apiserver_request_duration_seconds_sum{${labels}} ${duration.sum}`, `apiserver_request_duration_seconds_count{${labels}} ${duration.count}`);
    }
    const { rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    lines.push('# TYPE process_resident_memory_bytes gauge', `process_resident_memory_bytes ${rss}`);
    lines.push('# TYPE process_cpu_seconds_total counter', `process_cpu_seconds_total ${(user + system) / 1e6}`);
    lines.push('# TYPE process_start_time_seconds gauge', `process_start_time_seconds ${this.startedSeconds}`);
    return lines.join('\n') + '\n';
  }
}
