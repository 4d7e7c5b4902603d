import type { ContainerStatus, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerState, Sandbox } from '../../runtime/runtime.ts';
import { containerHash } from '../container/config.ts';
import { LABEL } from '../container/labels.ts';
import { terminationMessage } from '../container/termination-message.ts';
import type { PodProbes } from '../probes/pod-probes.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { BackOff, RESTART_BACK_OFF } from './back-off.ts';
import type { PodStep, StopAction } from './container-step.ts';
import { Instances } from './instances.ts';
import { podEvent, type PodContext } from './pod-context.ts';
import type { PodResize } from './pod-resize.ts';
import type { PodReferences } from './references.ts';
import { isSidecar } from './restart-policy.ts';
import { podContainers, type ContainerEntry } from './specs.ts';
import { removeInstanceFiles, startContainer, StartFailure } from './start-container.ts';
import { stopContainer, turns } from './stop-pod.ts';
import type { ContainerView } from './view.ts';

interface Activity {
  /** `preparing` may be dropped at any time; `creating` must be waited for; `hook` runs in a running container. */
  starting?: { stage: 'preparing' | 'creating' | 'hook'; cancelled: boolean };
  stopping?: AbortController;
  /** Stopped for a new definition, whose container follows at once: the moment between them is nobody's business. */
  replacing?: boolean;
  waiting?: { reason: string; message: string };
  retryAt?: number;
}

const RETRY_LIMITS = { initialMilliseconds: 1000, maxMilliseconds: 60_000 };

/** The pod around the containers, as it is now. */
export interface ContainerOwner {
  readonly pod: Pod;
  readonly sandbox: Sandbox | undefined;
  readonly podIPs: string[];
  /** Of the agent's own decision to end the pod. */
  readonly verdictGraceSeconds: number | undefined;
  readonly volumes: PodVolumes;
  readonly references: PodReferences;
  readonly resize: PodResize;
  readonly probes: PodProbes;
  /** As the pod's status says it. */
  reported(name: string): ContainerStatus | undefined;
  wake(): void;
}

/** Starts, stops and remembers the containers of one pod, as its steps say. */
export class PodContainers {
  readonly instances = new Instances();
  /** All are being stopped to begin again with the init containers. */
  restarting = false;
  private readonly context: PodContext;
  private readonly owner: ContainerOwner;
  private readonly activities = new Map<string, Activity>();
  private readonly restarts = new BackOff(RESTART_BACK_OFF);
  private readonly retries = new BackOff(RETRY_LIMITS);
  /** The next attempt of containers whose records were dropped by a restart of all. */
  private readonly forgotten = new Map<string, number>();
  private stopOrder: ReturnType<typeof turns> | undefined;

  constructor(context: PodContext, owner: ContainerOwner) {
    this.context = context;
    this.owner = owner;
  }

  /** A container's state; an end counts once its last words are read. */
  async record(state: ContainerState): Promise<void> {
    if (state.state !== 'exited') this.instances.put(state);
    else this.instances.put(state, await terminationMessage(state));
  }
  async observe(state: ContainerState): Promise<void> {
    await this.record(state);
    this.owner.wake();
  }

  /** Something that a container's configuration refers to has changed. */
  retryConfiguration(): void {
    for (const activity of this.activities.values()) if (activity.waiting?.reason === 'CreateContainerConfigError') activity.retryAt = undefined;
  }

  async remove(): Promise<void> {
    await Promise.all(this.instances.all().map((state) => this.context.runtime.removeContainer(state.id)));
  }

  private entry(name: string): ContainerEntry | undefined {
    return podContainers(this.owner.pod).find((entry) => entry.spec.name === name);
  }
  private activity(name: string): Activity {
    let activity = this.activities.get(name);
    if (!activity) {
      activity = {};
      this.activities.set(name, activity);
    }
    return activity;
  }

  view({ kind, spec }: ContainerEntry, now: number): ContainerView {
    const activity = this.activities.get(spec.name) ?? {};
    const latest = this.instances.latest(spec.name);
    const previous = this.instances.previous(spec.name);
    const key = `${spec.name}/${spec.image}`;
    const exited = latest?.state === 'exited' ? latest : undefined;
    return {
      kind, spec, latest, previous, active: latest !== undefined && latest.sandboxId === this.owner.sandbox?.id,
      starting: activity.starting !== undefined, stopping: activity.stopping !== undefined,
      definitionChanged: latest !== undefined && kind !== 'ephemeral' && latest.labels[LABEL.hash] !== containerHash(spec),
      resizeNeedsRestart: this.owner.resize.needsRestart(spec.name), appliedResources: this.owner.resize.applied(spec.name),
      waiting: activity.waiting, retryAt: activity.retryAt,
      backOffUntil: exited ? this.restarts.until(key, exited.finishedAt ?? now, now) : undefined, backOffDelay: this.restarts.delay(key),
      probes: latest ? this.owner.probes.outcomes(latest.id) : {},
      terminationMessage: this.instances.message(latest?.id), previousTerminationMessage: this.instances.message(previous?.id),
    };
  }

  /** An old container is gone and its successor not there yet, a moment that statuses leave out. */
  areBeingReplaced(step: PodStep): boolean {
    return [...this.activities].some(([name, { replacing, starting }]) =>
      replacing && !step.waiting.has(name) && (starting !== undefined || this.instances.latest(name)?.state === 'exited'));
  }

  async start(name: string): Promise<void> {
    const entry = podContainers(this.owner.resize.allocated(this.owner.pod)).find((candidate) => candidate.spec.name === name);
    const activity = this.activity(name);
    if (!entry || !this.owner.sandbox || activity.starting) return;
    const token: NonNullable<Activity['starting']> = { stage: 'preparing', cancelled: false };
    activity.starting = token;
    const latest = this.instances.latest(name);
    const key = `${name}/${entry.spec.image}`;
    if (latest?.state === 'exited') this.restarts.next(key, latest.finishedAt ?? 0, this.context.clock.now());
    const reported = this.owner.reported(name);
    const attempt = latest ? latest.attempt + 1 : this.forgotten.get(name) ?? (reported?.containerID ? reported.restartCount + 1 : 0);
    try {
      await startContainer(this.context, {
        pod: this.owner.pod, entry, attempt, sandboxId: this.owner.sandbox.id, podIPs: this.owner.podIPs, volumes: this.owner.volumes, references: this.owner.references,
        targetContainerId: entry.spec.targetContainerName ? this.instances.latest(entry.spec.targetContainerName)?.id : undefined,
        cancelled: () => token.cancelled,
        creating: () => { token.stage = 'creating'; },
        started: () => {
          token.stage = 'hook';
          this.owner.resize.started(entry.spec);
          if (!entry.spec.lifecycle?.postStart) activity.starting = undefined;
          activity.waiting = undefined;
          activity.replacing = undefined;
          this.owner.wake();
        },
      });
      activity.waiting = undefined;
      activity.retryAt = undefined;
      this.retries.reset(name);
    } catch (error) {
      if (token.cancelled) return;
      const failure = error instanceof StartFailure ? error : new StartFailure('CreateContainerError', (error as Error).message);
      if (!(error instanceof StartFailure)) this.context.logger.error('container not started', { pod: this.owner.pod.metadata?.name, container: name, error });
      const now = this.context.clock.now();
      activity.waiting = { reason: failure.reason, message: failure.message };
      activity.retryAt = failure.retryAt ?? (failure.reason.startsWith('CreateContainer') ? now + this.retries.next(name, now, now) : undefined);
    } finally {
      if (activity.starting === token) activity.starting = undefined;
      activity.replacing = undefined;
      await this.dropOutdated(name);
      this.owner.wake();
    }
  }

  private async dropOutdated(name: string): Promise<void> {
    for (const state of this.instances.outdated(name)) {
      this.instances.remove(state);
      await this.context.runtime.removeContainer(state.id).catch(() => undefined);
      await removeInstanceFiles(this.context, { logPath: state.logPath, file: state.labels[LABEL.terminationMessageFile] }).catch(() => undefined);
    }
  }

  private graceSeconds(entry: ContainerEntry | undefined, reason: StopAction['reason']): number {
    const { deletionGracePeriodSeconds } = this.owner.pod.metadata ?? {};
    if (this.owner.verdictGraceSeconds !== undefined) return this.owner.verdictGraceSeconds;
    if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds;
    const probe = reason === 'liveness' ? entry?.spec.livenessProbe : reason === 'startup' ? entry?.spec.startupProbe : undefined;
    return probe?.terminationGracePeriodSeconds ?? this.owner.pod.spec?.terminationGracePeriodSeconds ?? 30;
  }

  async stop(action: StopAction): Promise<void> {
    const entry = this.entry(action.name);
    const activity = this.activity(action.name);
    if (activity.stopping) return;
    const abort = new AbortController();
    activity.stopping = abort;
    activity.replacing = action.reason === 'changed';
    podEvent(this.context, this.owner.pod, 'Normal', 'Killing', action.message, entry);
    const ordered = action.reason === 'pod' ? this.stopOrder : undefined;
    try {
      await stopContainer(this.context, {
        containerId: action.containerId, container: entry?.spec ?? { name: action.name }, graceSeconds: this.graceSeconds(entry, action.reason),
        podIP: this.owner.podIPs[0] ?? '', turn: ordered?.turn(action.name), signal: abort.signal,
        preStopFailed: () => podEvent(this.context, this.owner.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', entry),
      });
    } catch (error) {
      this.context.logger.error('container not stopped', { pod: this.owner.pod.metadata?.name, container: action.name, error });
      await new Promise<void>((resolve) => this.context.clock.after(1000, resolve));
    }
    // The end is noticed by its change of state, which comes before or right behind this.
    const state = this.context.runtime.container(action.containerId);
    if (state) await this.observe(state);
    activity.stopping = undefined;
    ordered?.ended(action.name);
    this.owner.resize.stopped(action.name);
    this.owner.wake();
  }

  /** Stops all that runs, drops starts that have not created anything yet. */
  stopAll(): void {
    const names = new Map(this.instances.all().map((state) => [state.name, state]));
    let dropped = false;
    this.stopOrder ??= turns([...names.keys()].map((name) => ({ name, sidecar: this.isSidecar(name) })));
    for (const [name, activity] of this.activities) {
      const { starting } = activity;
      if (!starting || starting.stage === 'creating') continue;
      starting.cancelled = true;
      activity.starting = undefined;
      dropped = true;
      if (!names.has(name)) this.stopOrder.ended(name);
    }
    for (const name of names.keys()) {
      const latest = this.instances.latest(name);
      if (latest?.state === 'running' && !this.activity(name).starting) {
        void this.stop({ name, containerId: latest.id, reason: 'pod', message: `Stopping container ${name}` });
      } else if (latest?.state !== 'running') this.stopOrder.ended(name);
    }
    if (dropped) this.owner.wake();
  }

  private isSidecar(name: string): boolean {
    const entry = this.entry(name);
    return entry?.kind === 'init' && isSidecar(entry.spec);
  }

  /** The grace became shorter while containers are ending. */
  hurry(): void {
    for (const [name, { stopping }] of this.activities) {
      if (!stopping) continue;
      stopping.abort();
      const latest = this.instances.latest(name);
      if (latest?.state === 'running') void this.context.runtime.stopContainer(latest.id, this.graceSeconds(undefined, 'pod') * 1000).catch(() => undefined);
    }
  }

  /** A rule asked for a new start of everything: stop all, forget all, begin again with the init containers. */
  async restartAll(): Promise<void> {
    const busy = [...this.activities.values()].some((activity) => activity.starting || activity.stopping);
    const running = this.instances.all().some((state) => state.state === 'running');
    const first = !this.restarting;
    this.restarting = true;
    if (busy || running) return first ? this.owner.wake() : undefined;
    const states = this.instances.all();
    for (const state of states) this.forgotten.set(state.name, Math.max(this.forgotten.get(state.name) ?? 0, state.attempt + 1));
    this.instances.clear();
    await Promise.all(states.map((state) => this.context.runtime.removeContainer(state.id).catch(() => undefined)));
    this.stopOrder = undefined;
    this.restarting = false;
    this.owner.wake();
  }
}
