import { rm } from 'node:fs/promises';
import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError } from '../../api/status.ts';
import { parseTime, type Timer } from '../../base/clock.ts';
import { PODS } from '../../client/resources.ts';
import type { ContainerState, Sandbox } from '../../runtime/runtime.ts';
import { podLogDirectory } from '../container/sandbox-config.ts';
import { PodProbes } from '../probes/pod-probes.ts';
import { PodVolumes } from '../volumes/pod-volumes.ts';
import { BackOff } from './back-off.ts';
import type { PodStep } from './container-step.ts';
import { reportedInstances } from './reported-instances.ts';
import { podDirectory, podEvent, podMemoryDirectory, type PodContext } from './pod-context.ts';
import { attemptOf, createSandbox, removePodCgroup, removeSandbox, restoreSandbox } from './pod-sandbox.ts';
import { PodContainers } from './pod-containers.ts';
import { podStatus } from './pod-status.ts';
import { podStep } from './pod-step.ts';
import { PodReferences } from './references.ts';
import { PodResize } from './pod-resize.ts';
import { same } from './status-patch.ts';
import { describePod, podContainers, type ContainerEntry } from './specs.ts';
import { isRunning, type PodView, type SandboxView } from './view.ts';

/** Why the agent ends a pod that nobody deleted. */
export interface Verdict { reason: string; message: string; graceSeconds?: number; condition?: PodCondition }

const RETRY_LIMITS = { initialMilliseconds: 1000, maxMilliseconds: 60_000 };
const VOLUME_RETRY_LIMITS = { initialMilliseconds: 500, maxMilliseconds: 122_000 };
const TERMINAL = new Set(['Succeeded', 'Failed']);

/** One pod on this node: looks at it whenever something changed, decides by `podStep`, and carries that out. */
export class PodWorker {
  readonly uid: string;
  pod: Pod;
  private readonly context: PodContext;
  private readonly containers: PodContainers;
  private readonly retries = new BackOff(RETRY_LIMITS);
  private readonly references: PodReferences;
  private readonly volumes: PodVolumes;
  private readonly probes: PodProbes;
  private readonly resize: PodResize;
  private sandbox: Sandbox | undefined;
  private sandboxState: SandboxView['state'] = 'none';
  private sandboxRetryAt: number | undefined;
  private podIPs: string[] = [];
  private attempt = 0;
  private verdict: Verdict | undefined;
  private ended = false;
  private released = false;
  private finishing = false;
  private removed = false;
  private deletedFromApi = false;
  private stepQueued = false;
  private wakeTimer: Timer | undefined;
  private volumeWake: (() => void) | undefined;
  private readonly onGone: () => void;

  constructor(pod: Pod, context: PodContext, onGone: () => void) {
    this.pod = pod;
    this.uid = pod.metadata?.uid ?? '';
    this.context = context;
    this.onGone = onGone;
    this.references = new PodReferences(context.objects, pod.metadata?.namespace ?? '', () => this.objectChanged());
    this.volumes = new PodVolumes(pod, {
      ...context, references: this.references, directory: podDirectory(context, this.uid), memoryDirectory: podMemoryDirectory(context, this.uid),
      allocatable: context.allocatable(), facts: { podIPs: [], hostIPs: context.hostIPs, nodeName: context.nodeName },
      ensureImage: async (owner, volume) => {
        const image = await context.imageManager.ensure({
          image: volume.image?.reference ?? '', policy: volume.image?.pullPolicy ?? 'IfNotPresent', podUid: this.uid,
          secrets: () => this.references.pullSecrets(owner), event: (type, reason, message) => podEvent(context, owner, type, reason, message),
        });
        return image.id;
      },
    });
    this.probes = new PodProbes(pod, {
      clock: context.clock, random: context.random, runtime: context.runtime, agentStartedAt: context.startedAt, podIP: () => this.podIPs[0] ?? '',
      onChange: () => this.wake(),
      event: (name, type, reason, message) => podEvent(context, this.pod, type, reason, message, this.entry(name)),
    });
    this.resize = new PodResize(context, () => this.wake());
    this.ended = TERMINAL.has(pod.status?.phase ?? '');
    this.containers = this.makeContainers();
    for (const state of reportedInstances(pod)) this.containers.instances.put(state, state.message);
  }

  /** Takes over what a former agent left of this pod. */
  async restore(sandboxes: Sandbox[], containers: ContainerState[]): Promise<void> {
    for (const state of containers) await this.containers.record(state);
    this.attempt = sandboxes.reduce((next, sandbox) => Math.max(next, attemptOf(sandbox) + 1), 0);
    const restored = restoreSandbox(this.context, this.pod, sandboxes);
    this.sandbox = restored?.sandbox;
    if (!restored || this.ended) return;
    this.podIPs = restored.podIPs;
    this.sandboxState = 'creating';
    void this.prepareVolumes().then(() => this.become('ready'));
  }

  update(pod: Pod): void {
    const before = this.pod;
    this.pod = pod;
    this.context.statuses.observe(pod);
    const shown = !same(before.metadata?.labels, pod.metadata?.labels) || !same(before.metadata?.annotations, pod.metadata?.annotations)
      || before.metadata?.generation !== pod.metadata?.generation;
    if (shown) this.volumes.refresh(pod);
    const shorter = (pod.metadata?.deletionGracePeriodSeconds ?? Infinity) < (before.metadata?.deletionGracePeriodSeconds ?? Infinity);
    if (shorter && before.metadata?.deletionTimestamp) this.containers.hurry();
    this.wake();
  }

  /** The object is gone from the API: end what runs, report nothing. */
  deleted(last: Pod): void {
    const shorter = (last.metadata?.deletionGracePeriodSeconds ?? Infinity) < (this.pod.metadata?.deletionGracePeriodSeconds ?? Infinity);
    this.pod = last;
    this.deletedFromApi = true;
    if (shorter) this.containers.hurry();
    this.context.statuses.forget(this.uid);
    this.wake();
  }

  /** Ends the pod as Failed (or just ends it, for a deletion) by the agent's own decision. The first verdict counts. */
  end(verdict: Verdict): void {
    if (this.ended || this.verdict) return;
    this.verdict = verdict;
    this.wake();
  }

  /** A change of a container's state; an end counts once its last words are read. */
  async observe(state: ContainerState): Promise<void> {
    await this.containers.observe(state);
  }

  wake(): void {
    if (this.stepQueued || this.removed) return;
    this.stepQueued = true;
    queueMicrotask(() => {
      this.stepQueued = false;
      if (!this.removed) this.step();
    });
  }

  /** Lets go of everything without touching the pod: the agent ends, the containers go on. */
  stop(): void {
    this.removed = true;
    this.wakeTimer?.cancel();
    this.probes.stop();
    this.volumes.stop();
    this.references.release();
  }

  /** For the server and for eviction. */
  get state(): { podIPs: string[]; sandbox: Sandbox | undefined; containers: ContainerState[]; finished: boolean } {
    return { podIPs: this.podIPs, sandbox: this.sandbox, containers: this.containers.instances.all(), finished: this.ended };
  }
  get volumeSources(): PodVolumes { return this.volumes; }
  container(name: string): { latest?: ContainerState; previous?: ContainerState } {
    return { latest: this.containers.instances.latest(name), previous: this.containers.instances.previous(name) };
  }

  /** As the pod's status says it. */
  waitingReason(name: string): string {
    return this.reported(name)?.state?.waiting?.reason ?? 'ContainerCreating';
  }

  private get terminating(): boolean {
    return this.ended || this.deletedFromApi || this.verdict !== undefined || this.pod.metadata?.deletionTimestamp !== undefined;
  }

  private entry(name: string): ContainerEntry | undefined {
    return podContainers(this.pod).find((entry) => entry.spec.name === name);
  }
  private makeContainers(): PodContainers {
    const worker = this;
    return new PodContainers(this.context, {
      get pod() { return worker.pod; },
      get sandbox() { return worker.sandbox; },
      get podIPs() { return worker.podIPs; },
      get verdictGraceSeconds() { return worker.verdict?.graceSeconds; },
      volumes: this.volumes, references: this.references, resize: this.resize, probes: this.probes,
      reported: (name) => this.reported(name),
      wake: () => this.wake(),
    });
  }

  private objectChanged(): void {
    this.volumeWake?.();
    this.containers.retryConfiguration();
    if (!this.terminating) this.volumes.refresh(this.pod);
    this.wake();
  }

  private step(): void {
    const view = this.view();
    const deadline = this.deadline(view.now);
    if (deadline === 'passed') view.terminating = true;
    const step = this.containers.restarting ? { ...podStep({ ...view, terminating: true }), finished: false } : podStep(view);
    if (step.finished && !this.containers.restarting) {
      this.ended = true;
      this.sandboxState = 'none';
      view.sandbox = { state: 'none', attempt: this.attempt };
    }
    if (this.terminating) this.volumeWake?.();
    this.updateProbes(view);
    this.publish(view, step);
    this.carryOut(step);
    const wakeAt = Math.min(step.wakeAt ?? Infinity, typeof deadline === 'number' ? deadline : Infinity);
    this.wakeTimer?.cancel();
    if (wakeAt < Infinity) this.wakeTimer = this.context.clock.after(Math.max(1, Math.min(wakeAt - view.now, 2 ** 31 - 1)), () => this.wake());
  }

  private carryOut(step: PodStep): void {
    if (step.createSandbox) void this.makeSandbox();
    for (const name of step.start) void this.containers.start(name);
    for (const action of step.stop) void this.containers.stop(action);
    if (step.restartAll || this.containers.restarting) void this.containers.restartAll();
    if (step.stopPod) this.containers.stopAll();
    if (this.ended) void this.finish();
  }

  private view(): PodView {
    const now = this.context.clock.now();
    const sandbox: SandboxView = this.sandboxState === 'ready' && this.sandbox ? { state: 'ready', id: this.sandbox.id }
      : this.sandboxState === 'creating' ? { state: 'creating' } : { state: 'none', attempt: this.attempt, retryAt: this.sandboxRetryAt };
    const spec = this.resize.allocated(this.pod);
    return { pod: spec, now, sandbox, terminating: this.terminating, containers: podContainers(spec).map((entry) => this.containers.view(entry, now)) };
  }

  private updateProbes(view: PodView): void {
    const running = view.containers.filter((container) => isRunning(container) && container.kind !== 'ephemeral' && !container.stopping);
    this.probes.update(this.pod, running.map((container) => ({
      id: container.latest?.id ?? '', container: container.spec, startedAt: container.latest?.startedAt ?? view.now,
      wasReady: this.reported(container.spec.name)?.ready ?? false,
    })), view.terminating);
    this.resize.reconcile(this.pod, view);
  }

  private reported(name: string): ContainerStatus | undefined {
    const status = this.context.statuses.get(this.uid) ?? this.pod.status ?? {};
    return [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].find((known) => known.name === name);
  }

  private publish(view: PodView, step: PodStep): void {
    if (this.deletedFromApi || (!this.terminating && this.containers.areBeingReplaced(step))) return;
    const reported = this.context.statuses.get(this.uid);
    // What was final before this agent came is final: its containers may be gone by now.
    if (!reported && TERMINAL.has(this.pod.status?.phase ?? '')) return;
    const status = podStatus({
      view, step, old: reported ?? this.pod.status ?? {}, podIPs: this.podIPs, hostIPs: this.context.hostIPs, verdict: this.verdict,
      resizeConditions: this.resize.conditions(),
    });
    if (this.containers.restarting) status.conditions = withRestartingCondition(status);
    this.context.statuses.set(this.pod, status);
    for (const [name, waiting] of step.waiting) {
      const entry = this.entry(name);
      const before = [...(reported?.containerStatuses ?? []), ...(reported?.initContainerStatuses ?? [])].find((known) => known.name === name);
      if (entry && before?.state?.waiting?.message !== waiting.message) {
        podEvent(this.context, this.pod, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${describePod(this.pod)}`, entry);
      }
    }
  }

  private deadline(now: number): number | 'passed' | undefined {
    const seconds = this.pod.spec?.activeDeadlineSeconds;
    const startTime = this.context.statuses.get(this.uid)?.startTime ?? this.pod.status?.startTime;
    if (seconds === undefined || !startTime || this.terminating) return undefined;
    const end = parseTime(startTime) + seconds * 1000;
    if (end > now) return end;
    this.verdict = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
    podEvent(this.context, this.pod, 'Normal', 'DeadlineExceeded', this.verdict.message);
    return 'passed';
  }

  private become(state: SandboxView['state']): void {
    this.sandboxState = state;
    this.wake();
  }

  private async makeSandbox(): Promise<void> {
    this.sandboxState = 'creating';
    const attempt = this.attempt++;
    const old = this.sandbox;
    const volumes = this.prepareVolumes();
    try {
      const { sandbox, podIPs } = await createSandbox(this.context, this.pod, attempt);
      this.sandbox = sandbox;
      this.podIPs = podIPs;
      if (old) podEvent(this.context, this.pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
      await volumes;
      this.become('ready');
    } catch (error) {
      podEvent(this.context, this.pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${(error as Error).message}`);
      const now = this.context.clock.now();
      this.sandboxRetryAt = now + this.retries.next('sandbox', now, now);
      await volumes;
      this.become('none');
    }
  }

  /** Resolves when all volumes are set up, or the pod is to end. Tries again later, and at once when an object changed. */
  private async prepareVolumes(): Promise<void> {
    const { clock } = this.context;
    const waits = new BackOff(VOLUME_RETRY_LIMITS);
    while (!this.terminating && !this.removed) {
      const failures = await this.volumes.prepare();
      if (failures.length === 0) return;
      for (const { volume, message } of failures) {
        podEvent(this.context, this.pod, 'Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${message}`);
      }
      const changed = Promise.withResolvers<void>();
      this.volumeWake = changed.resolve;
      const timer = clock.after(waits.next('volumes', clock.now(), clock.now()), changed.resolve);
      await changed.promise;
      timer.cancel();
      this.volumeWake = undefined;
    }
  }

  /** Nothing runs any more: give back what the pod held; with a deletion forget the rest, and delete the API's object last. */
  private async finish(): Promise<void> {
    if (this.finishing || this.removed) return;
    const deleted = this.deletedFromApi || this.pod.metadata?.deletionTimestamp !== undefined;
    if (this.released && !deleted) return;
    this.finishing = true;
    try {
      if (!this.released) await this.release();
      if (deleted) await this.purge();
      this.retries.reset('finish');
    } catch (error) {
      this.context.logger.warn('pod not cleaned up', { pod: this.pod.metadata?.name, uid: this.uid, error: (error as Error).message });
      const now = this.context.clock.now();
      await new Promise<void>((resolve) => this.context.clock.after(this.retries.next('finish', now, now), resolve));
    }
    this.finishing = false;
    this.wake();
  }

  private async release(): Promise<void> {
    this.probes.stop();
    const detached = this.sandbox && !this.pod.spec?.hostNetwork ? this.context.podNetwork.detach(this.sandbox.id) : undefined;
    await Promise.all([detached, this.volumes.remove()]);
    this.references.release();
    this.context.tokens.forget(this.uid);
    this.context.certificates.forget(this.uid);
    this.context.imageManager.forget(this.uid);
    this.released = true;
  }

  private async purge(): Promise<void> {
    const { context, pod } = this;
    const removed = this.removeFromRuntime();
    await Promise.all([context.statuses.flush(this.uid), removed]);
    if (!this.deletedFromApi) await deletePod(context, pod);
    this.stop();
    context.statuses.forget(this.uid);
    this.onGone();
  }

  private async removeFromRuntime(): Promise<void> {
    const { context } = this;
    const mine = context.runtime.listSandboxes().filter((sandbox) => sandbox.config.podUid === this.uid);
    await Promise.all(mine.map((sandbox) => removeSandbox(context, sandbox)));
    await this.containers.remove();
    await Promise.all([removePodCgroup(context, this.pod), rm(podLogDirectory(context.paths.logs, this.pod), { recursive: true, force: true })]);
  }
}

async function deletePod(context: PodContext, pod: Pod): Promise<void> {
  const { namespace, name = '', uid } = pod.metadata ?? {};
  try {
    await context.client.delete(PODS, namespace, name, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}

function withRestartingCondition(status: PodStatus): PodCondition[] {
  return [...(status.conditions ?? []), {
    type: 'AllContainersRestarting', status: 'True', reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule',
  }];
}
