import type { Clock } from '../../base/clock.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authenticator, Authorizer } from '../contracts.ts';
import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';

const SECONDS = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384];
const ADMISSION_SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** Histograms by a label's value, each made when it is first met. */
class Timings {
  readonly histograms = new Map<string, Histogram>();

  observe(label: string, milliseconds: number): void {
    let histogram = this.histograms.get(label);
    if (!histogram) this.histograms.set(label, (histogram = new Histogram(SECONDS)));
    histogram.observe(milliseconds / 1000);
  }
  lines(name: string): string[] {
    return [...this.histograms].flatMap(([result, histogram]) => histogram.lines(name, `result="${result}"`));
  }
}

interface PluginTimings { name: string; type: 'admit' | 'validate'; byOperation: Map<string, { true: Histogram; false: Histogram }> }

/** How long telling who asks, whether they may and what is admitted took, around the parts that do it. */
export class SecurityMetrics {
  private readonly clock: Clock;
  private readonly authentication = new Timings();
  private readonly authorization = new Timings();
  private readonly plugins: PluginTimings[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  authenticator(inner: Authenticator): Authenticator {
    return {
      authenticate: async (credentials, audiences) => {
        const started = this.clock.monotonic();
        let result = 'error';
        try {
          const user = await inner.authenticate(credentials, audiences);
          result = user ? 'success' : 'failure';
          return user;
        } finally {
          this.authentication.observe(result, this.clock.monotonic() - started);
        }
      },
    };
  }

  authorizer(inner: Authorizer): Authorizer {
    return {
      authorize: (attributes) => {
        const started = this.clock.monotonic();
        const note = (result: string): void => this.authorization.observe(result, this.clock.monotonic() - started);
        const told = inner.authorize(attributes);
        if (!(told instanceof Promise)) {
          note(resultOf(told.decision));
          return told;
        }
        return told.then((decision) => {
          note(resultOf(decision.decision));
          return decision;
        }, (error: unknown) => {
          note('error');
          throw error;
        });
      },
    };
  }

  admission(plugins: AdmissionPlugin[]): AdmissionPlugin[] {
    return plugins.map((plugin): AdmissionPlugin => ({
      name: plugin.name, handles: (attributes) => plugin.handles(attributes),
      ...(plugin.admit ? { admit: this.timed(plugin.name, 'admit', plugin.admit.bind(plugin)) } : {}),
      ...(plugin.validate ? { validate: this.timed(plugin.name, 'validate', plugin.validate.bind(plugin)) } : {}),
    }));
  }

  private timed(name: string, type: PluginTimings['type'], run: (attributes: AdmissionAttributes) => void | Promise<void>): (attributes: AdmissionAttributes) => void | Promise<void> {
    const byOperation = new Map(OPERATIONS.map((operation) => [operation as string, { true: new Histogram(ADMISSION_SECONDS), false: new Histogram(ADMISSION_SECONDS) }]));
    this.plugins.push({ name, type, byOperation });
    return (attributes) => {
      const started = this.clock.monotonic();
      const note = (rejected: 'true' | 'false'): void => byOperation.get(attributes.operation)?.[rejected].observe((this.clock.monotonic() - started) / 1000);
      const refused = (error: unknown): never => {
        note('true');
        throw error;
      };
      try {
        const pending = run(attributes);
        if (pending) return pending.then(() => note('false'), refused);
      } catch (error) {
        refused(error);
      }
      note('false');
    };
  }

  text(): string {
    const admission = this.plugins.flatMap(({ name, type, byOperation }) => [...byOperation].flatMap(([operation, byResult]) => (['false', 'true'] as const).flatMap((rejected) =>
      byResult[rejected].lines('apiserver_admission_controller_admission_duration_seconds', `name="${name}",operation="${operation}",rejected="${rejected}",type="${type}"`))));
    return familyText([
      family('authentication_duration_seconds', 'histogram', 'Time to tell who asks.', this.authentication.lines('authentication_duration_seconds')),
      family('authorization_duration_seconds', 'histogram', 'Time to tell whether they may.', this.authorization.lines('authorization_duration_seconds')),
      family('authorization_attempts_total', 'counter', 'Decisions by their result.', [...this.authorization.histograms].map(([result, { count }]) => `authorization_attempts_total{result="${result}"} ${count}`)),
      family('apiserver_admission_controller_admission_duration_seconds', 'histogram', 'Time of each admission plugin.', admission),
    ]);
  }
}

function resultOf(decision: string): string {
  return decision === 'allow' ? 'allowed' : decision === 'deny' ? 'denied' : 'no-opinion';
}
