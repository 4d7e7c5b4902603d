import type { Probe } from '../../../schema/v1.37/types/core-v1.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { ProbeKind, ProbeOutcome } from '../pod/view.ts';
import type { ProbeResult } from './probe-action.ts';

export interface ProbeWorkerOptions {
  kind: ProbeKind;
  probe: Probe;
  clock: Clock;
  /** When the container started; the initial delay counts from it. */
  startedAt: number;
  /** Waited before the first run beside the initial delay (after a restart of the agent). */
  delay: number;
  run(): Promise<ProbeResult>;
  /** A result that counts: the threshold was reached. */
  settled(outcome: ProbeOutcome): void;
  /** Every run, for events; `quiet` ones happen between the periods. */
  observed(result: ProbeResult, quiet: boolean): void;
}

// Until the first success a service is asked again soon: waiting for a whole period would delay every start.
const EAGER_DELAYS = [50, 100, 150, 200, 250, 250];

/** Runs one probe of one container instance in its period until stopped. */
export class ProbeWorker {
  private readonly options: ProbeWorkerOptions;
  private timer: Timer | undefined;
  private last: ProbeOutcome | undefined;
  private streak = 0;
  private eager = 0;
  private running = false;
  private done = false;

  constructor(options: ProbeWorkerOptions) {
    this.options = options;
    const { clock, startedAt, probe, delay } = options;
    const due = startedAt + (probe.initialDelaySeconds ?? 0) * 1000 - clock.now();
    this.schedule(Math.max(0, due) + delay);
  }

  stop(): void {
    this.done = true;
    this.timer?.cancel();
  }

  private schedule(milliseconds: number): void {
    if (!this.done) this.timer = this.options.clock.after(milliseconds, () => void this.tick());
  }

  private async tick(): Promise<void> {
    const { kind, probe, clock } = this.options;
    if (this.running) return;
    this.running = true;
    const began = clock.monotonic();
    const result = await this.options.run();
    this.running = false;
    if (this.done) return;
    const period = (probe.periodSeconds || 10) * 1000;
    const quiet = this.takesEagerly(result);
    this.options.observed(result, quiet);
    if (quiet) return this.schedule(EAGER_DELAYS[this.eager++] as number);
    if (result.outcome !== 'unknown') this.count(result.outcome === 'failure' ? 'failure' : 'success');
    // A startup probe is done with its first settled result; a failed liveness probe ends the container.
    if (this.done) return;
    const eagerAgain = kind !== 'liveness' && this.last === 'success' && this.streak < (probe.successThreshold || 1);
    this.schedule(eagerAgain ? Math.min(period, 1000) : Math.max(0, period - (clock.monotonic() - began)));
  }

  /** A failure before the first success, within the first second: not counted, tried again at once. */
  private takesEagerly(result: ProbeResult): boolean {
    const { kind, probe } = this.options;
    return kind !== 'liveness' && !probe.exec && result.outcome === 'failure' && this.last === undefined && this.eager < EAGER_DELAYS.length;
  }

  private count(outcome: ProbeOutcome): void {
    const { kind, probe } = this.options;
    this.streak = this.last === outcome ? this.streak + 1 : 1;
    this.last = outcome;
    const threshold = outcome === 'failure' ? probe.failureThreshold || 3 : probe.successThreshold || 1;
    if (this.streak < threshold) return;
    if (kind === 'startup' || (kind === 'liveness' && outcome === 'failure')) this.stop();
    this.options.settled(outcome);
  }
}
