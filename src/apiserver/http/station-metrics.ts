import type { Clock } from '../../base/clock.ts';
import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';

const STATION_SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30];
const STEP_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
/** Upstream calls them filters. */
const STATIONS = ['authentication', 'audit', 'constrainedimpersonation', 'priorityandfairness', 'authorization'] as const;
const FILTER_NAME = 'apiserver_request_filter_duration_seconds', STEP_NAME = 'apiserver_admission_step_admission_duration_seconds';

export type Station = typeof STATIONS[number];
export type AdmissionStep = 'admit' | 'validate';

/** How long a request is at each station before its verb, and at all admission plugins together. */
export class StationMetrics {
  private readonly clock: Clock;
  private readonly stations = Object.fromEntries(STATIONS.map((station) => [station, new Histogram(STATION_SECONDS)])) as Record<Station, Histogram>;
  private readonly steps = new Map<string, Histogram>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Of one request; each call ends a station, and the next begins. */
  request(): (station: Station) => void {
    let since = this.clock.monotonic();
    return (station) => {
      const now = this.clock.monotonic();
      this.stations[station].observe((now - since) / 1000);
      since = now;
    };
  }

  async admission<Result>(type: AdmissionStep, operation: string, step: () => Promise<Result>): Promise<Result> {
    const started = this.clock.monotonic();
    let rejected = true;
    try {
      const result = await step();
      rejected = false;
      return result;
    } finally {
      this.stepOf(`operation="${operation}",rejected="${rejected}",type="${type}"`).observe((this.clock.monotonic() - started) / 1000);
    }
  }

  private stepOf(labels: string): Histogram {
    let histogram = this.steps.get(labels);
    if (!histogram) this.steps.set(labels, (histogram = new Histogram(STEP_SECONDS)));
    return histogram;
  }

  text(): string {
    return familyText([
      family(FILTER_NAME, 'histogram', 'Time at each station before the verb.', STATIONS.flatMap((station) => this.stations[station].lines(FILTER_NAME, `filter="${station}"`))),
      family(STEP_NAME, 'histogram', 'Time of all admission plugins together.', [...this.steps].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([labels, histogram]) => histogram.lines(STEP_NAME, labels))),
    ]);
  }
}
