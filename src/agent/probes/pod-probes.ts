import type { Container, Pod, Probe } from '../../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { ProbeKind, ProbeOutcome } from '../pod/view.ts';
import { runProbe, type ProbeResult } from './probe-action.ts';
import { ProbeWorker } from './probe-worker.ts';

export interface PodProbesOptions {
  clock: Clock; random: Random; runtime: Runtime;
  /** When this agent started: containers older than that are probed spread over a period. */
  agentStartedAt: number;
  podIP(): string;
  /** Some outcome changed. */
  onChange(): void;
  event(containerName: string, type: 'Warning', reason: string, message: string): void;
}

interface Probed { container: Container; startedAt: number; outcomes: Partial<Record<ProbeKind, ProbeOutcome>>; workers: Map<ProbeKind, ProbeWorker> }

/** All probes of one pod. Outcomes belong to a container instance and are gone with it. */
export class PodProbes {
  private readonly options: PodProbesOptions;
  private pod: Pod;
  private readonly probed = new Map<string, Probed>();
  /** Container -> metric counts, for /metrics/probes. */
  readonly counts = new Map<string, { success: number; failure: number; unknown: number }>();

  constructor(pod: Pod, options: PodProbesOptions) {
    this.pod = pod;
    this.options = options;
  }

  outcomes(containerId: string): Partial<Record<ProbeKind, ProbeOutcome>> {
    return this.probed.get(containerId)?.outcomes ?? {};
  }

  /** Adjusts the probing to what runs now. When the pod is being deleted only readiness goes on. */
  update(pod: Pod, running: { id: string; container: Container; startedAt: number; wasReady: boolean }[], terminating: boolean): void {
    this.pod = pod;
    const ids = new Set(running.map((entry) => entry.id));
    for (const [id, probed] of this.probed) if (!ids.has(id)) this.drop(id, probed);
    for (const { id, container, startedAt, wasReady } of running) {
      const probed = this.probed.get(id) ?? this.begin(id, container, startedAt, wasReady);
      this.run(id, probed, terminating);
    }
  }

  stop(): void {
    for (const [id, probed] of this.probed) this.drop(id, probed);
  }

  private begin(id: string, container: Container, startedAt: number, wasReady: boolean): Probed {
    const before = startedAt < this.options.agentStartedAt;
    const outcomes: Probed['outcomes'] = {};
    if (container.livenessProbe) outcomes.liveness = 'success';
    // Containers outlive the agent: what was ready stays so until a probe says otherwise.
    if (container.readinessProbe) outcomes.readiness = before && wasReady ? 'success' : 'failure';
    if (container.startupProbe && before && wasReady) outcomes.startup = 'success';
    const probed: Probed = { container, startedAt, outcomes, workers: new Map() };
    this.probed.set(id, probed);
    return probed;
  }

  private run(id: string, probed: Probed, terminating: boolean): void {
    const { startupProbe, livenessProbe, readinessProbe } = probed.container;
    const started = !startupProbe || probed.outcomes.startup === 'success';
    const wanted: [ProbeKind, Probe | undefined][] = [
      ['startup', started || probed.outcomes.startup === 'failure' || terminating ? undefined : startupProbe],
      ['liveness', started && !terminating && probed.outcomes.liveness !== 'failure' ? livenessProbe : undefined],
      ['readiness', started ? readinessProbe : undefined],
    ];
    for (const [kind, probe] of wanted) {
      const worker = probed.workers.get(kind);
      if (probe && !worker) probed.workers.set(kind, this.worker(id, probed, kind, probe));
      else if (!probe && worker) {
        worker.stop();
        probed.workers.delete(kind);
      }
    }
  }

  private worker(id: string, probed: Probed, kind: ProbeKind, probe: Probe): ProbeWorker {
    const { clock, random, agentStartedAt, runtime } = this.options;
    const { container } = probed;
    const old = probed.startedAt < agentStartedAt;
    return new ProbeWorker({
      kind, probe, clock, startedAt: probed.startedAt, delay: old ? random.fraction() * (probe.periodSeconds || 10) * 1000 : 0,
      run: () => runProbe(probe, { pod: this.pod, container, containerId: id, podIP: this.options.podIP() }, runtime),
      settled: (outcome) => {
        if (probed.outcomes[kind] === outcome) return;
        probed.outcomes[kind] = outcome;
        this.options.onChange();
      },
      observed: (result, quiet) => this.observe(container.name, kind, result, quiet),
    });
  }

  private observe(name: string, kind: ProbeKind, result: ProbeResult, quiet: boolean): void {
    const count = this.counts.get(name) ?? { success: 0, failure: 0, unknown: 0 };
    count[result.outcome === 'warning' ? 'success' : result.outcome]++;
    this.counts.set(name, count);
    if (quiet || result.outcome === 'success') return;
    const title = kind[0]?.toUpperCase() + kind.slice(1);
    if (result.outcome === 'failure') this.options.event(name, 'Warning', 'Unhealthy', `${title} probe failed: ${result.output}`);
    else if (result.outcome === 'warning') this.options.event(name, 'Warning', 'ProbeWarning', `${title} probe warning: ${result.output}`);
    else this.options.event(name, 'Warning', 'Unhealthy', `${title} probe errored and resulted in unknown state: ${result.output}`);
  }

  private drop(id: string, probed: Probed): void {
    for (const worker of probed.workers.values()) worker.stop();
    this.probed.delete(id);
  }
}
