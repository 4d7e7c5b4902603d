import type { Container, Pod, PodCondition, ResourceRequirements } from '../../../schema/v1.37/types/core-v1.ts';
import { containerResources, podCgroup, podCgroupLimits } from '../container/resources.ts';
import { podEvent, type PodContext } from './pod-context.ts';
import { same } from './status-patch.ts';
import { isRunning, type PodView } from './view.ts';

/** New sizes for running containers: accepted when the node has room, then written to the cgroups or waited for by a restart. */
export class PodResize {
  private readonly context: PodContext;
  private readonly onChange: () => void;
  private readonly accepted = new Map<string, ResourceRequirements | undefined>();
  private readonly actual = new Map<string, ResourceRequirements | undefined>();
  private readonly restarts = new Set<string>();
  /** Resources of the pod as a whole; undefined until the pod was seen once. */
  private whole: { accepted: ResourceRequirements | undefined; actual: ResourceRequirements | undefined } | undefined;
  private pending: { reason: string; message: string } | undefined;
  private failure: string | undefined;
  private busy = false;

  constructor(context: PodContext, onChange: () => void) {
    this.context = context;
    this.onChange = onChange;
  }

  /** The pod with the sizes the node has accepted. */
  allocated(pod: Pod): Pod {
    const change = (containers: Container[] | undefined): Container[] | undefined => containers?.map((container) => {
      if (!this.accepted.has(container.name)) this.accepted.set(container.name, container.resources);
      const resources = this.accepted.get(container.name);
      return same(resources, container.resources) ? container : { ...container, resources };
    });
    this.whole ??= { accepted: pod.spec?.resources, actual: pod.spec?.resources };
    const { accepted: resources } = this.whole;
    const containers = change(pod.spec?.containers) ?? [];
    const initContainers = change(pod.spec?.initContainers);
    const changed = containers.some((container, index) => container !== pod.spec?.containers[index])
      || initContainers?.some((container, index) => container !== pod.spec?.initContainers?.[index]) || !same(resources, pod.spec?.resources);
    return changed ? { ...pod, spec: { ...pod.spec, containers, ...(initContainers ? { initContainers } : {}), ...(resources ? { resources } : {}) } } : pod;
  }

  applied(name: string): ResourceRequirements | undefined { return this.actual.get(name); }
  needsRestart(name: string): boolean { return this.restarts.has(name); }
  started(container: Container): void {
    this.actual.set(container.name, container.resources);
    this.restarts.delete(container.name);
  }
  stopped(name: string): void { this.restarts.delete(name); }

  conditions(): Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>[] {
    const found: ReturnType<PodResize['conditions']> = [];
    if (this.pending) found.push({ type: 'PodResizePending', status: 'True', ...this.pending });
    if (this.failure) found.push({ type: 'PodResizeInProgress', status: 'True', reason: 'Error', message: this.failure });
    else if (this.busy || this.restarts.size > 0) found.push({ type: 'PodResizeInProgress', status: 'True' });
    return found;
  }

  /** Compares what is asked for with what is accepted and what is set, and sets off the difference. */
  reconcile(pod: Pod, view: PodView): void {
    if (view.terminating || this.busy) return;
    this.accept(pod);
    const wholeIsLate = !same(this.whole?.actual, this.whole?.accepted);
    // A container without a limit of its own has the pod's.
    const late = view.containers.filter((container) => container.kind !== 'ephemeral' && isRunning(container) && !container.stopping
      && (wholeIsLate || !same(this.actual.has(container.spec.name) ? this.actual.get(container.spec.name) : container.spec.resources, this.accepted.get(container.spec.name))));
    if (late.length === 0 && !wholeIsLate) return;
    const inPlace: Container[] = [];
    for (const { spec, latest } of late) {
      const wanted = { ...spec, resources: this.accepted.get(spec.name) };
      if (latest && wantsRestart(wanted, this.actual.get(spec.name))) this.restarts.add(spec.name);
      else inPlace.push(wanted);
    }
    if (inPlace.length === 0 && !wholeIsLate) return this.onChange();
    this.busy = true;
    void this.apply(pod, inPlace, view).finally(() => {
      this.busy = false;
      this.onChange();
    });
  }

  private accept(pod: Pod): void {
    const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const asked = containers.filter((container) => !same(container.resources, this.accepted.get(container.name)));
    const wholeAsked = this.whole !== undefined && !same(pod.spec?.resources, this.whole.accepted);
    if (asked.length === 0 && !wholeAsked) {
      this.pending = undefined;
      return;
    }
    const verdict = this.context.resizeFits(pod);
    if (!verdict.fits) {
      if (this.pending?.reason !== verdict.reason) podEvent(this.context, pod, 'Warning', `Resize${verdict.reason}`, verdict.message);
      this.pending = { reason: verdict.reason, message: verdict.message };
      return;
    }
    this.pending = undefined;
    for (const container of asked) this.accepted.set(container.name, container.resources);
    if (this.whole) this.whole.accepted = pod.spec?.resources;
  }

  private async apply(pod: Pod, containers: Container[], view: PodView): Promise<void> {
    const { context } = this;
    const path = podCgroup(context.cgroupRoot, pod);
    const allocated = this.allocated(pod);
    const limits = podCgroupLimits(allocated);
    const whole = this.whole?.accepted;
    try {
      // A larger pod goes first, a smaller one last: a parent may not be tighter than its children.
      try { context.system.setCgroupLimits(path, limits); } catch { /* again below, once the containers are smaller */ }
      for (const container of containers) {
        const latest = view.containers.find((candidate) => candidate.spec.name === container.name)?.latest;
        if (!latest) continue;
        await context.runtime.updateResources(latest.id, containerResources(allocated, container, context.memoryCapacity));
        this.actual.set(container.name, container.resources);
      }
      context.system.setCgroupLimits(path, limits);
      if (this.whole) this.whole.actual = whole;
      this.failure = undefined;
      podEvent(context, pod, 'Normal', 'ResizeCompleted', `Pod resize completed: ${JSON.stringify({ containers: containers.map(({ name, resources }) => ({ name, resources })) })}`);
    } catch (error) {
      this.failure = (error as Error).message;
      if (this.whole) this.whole.actual = whole;
      for (const container of containers) this.actual.set(container.name, container.resources);
    }
  }
}

function wantsRestart(container: Container, actual: ResourceRequirements | undefined): boolean {
  return (container.resizePolicy ?? []).some(({ resourceName, restartPolicy }) => restartPolicy === 'RestartContainer'
    && (!same(container.resources?.limits?.[resourceName], actual?.limits?.[resourceName])
      || !same(container.resources?.requests?.[resourceName], actual?.requests?.[resourceName])));
}
