import type { Job } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { parseTime } from '../../base/clock.ts';
import type { ResourceType } from '../../client/client.ts';
import { JOBS, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { claim, decideClaim } from '../shared/claim.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { Expectations } from '../shared/expectations.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { createPodControl, slowStart } from '../shared/pod-control.ts';
import { indexByController, isPodTerminal, ownedOrOrphaned } from '../shared/pods.ts';
import { writeStatus } from '../shared/status-write.ts';
import { hasTrackingFinalizer, jobPod, TRACKING_FINALIZER } from './pods.ts';
import { finishedCondition } from './ending.ts';
import { planJob, type JobPlan, type NewPod } from './reconcile.ts';

export function startJobController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const jobs = informers.for(JOBS);
  const pods = informers.for(PODS);
  indexByController(pods);
  const events = context.eventsOf('job-controller');
  const control = createPodControl(client, events);
  const expectations = new Expectations(clock);
  /** Resource version of the last status we wrote. */
  const written = new Map<string, number>();
  const orphanQueue = new WorkQueue(releaseOrphan, { name: 'job-orphans', logger: context.logger, workers: 2, clock });
  const queue = new WorkQueue(sync, { name: 'job', logger: context.logger, workers: 5, clock });

  const ownerKey = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod);
    return reference?.kind === 'Job' ? `${pod.metadata?.namespace}/${reference.name}` : undefined;
  };
  const touch = (pod: Pod): void => {
    const key = ownerKey(pod);
    if (key) queue.add(key);
    else if (hasTrackingFinalizer(pod)) orphanQueue.add(keyOf(pod));
    else if (!controllerOf(pod)) for (const job of jobs.list(pod.metadata?.namespace)) if (matchesLabelSelector(job.spec?.selector, pod.metadata?.labels)) queue.add(keyOf(job));
  };
  const stops = [
    jobs.onEvent({ add: (job) => queue.add(keyOf(job)), update: (job) => queue.add(keyOf(job)), delete: (job) => { expectations.forget(keyOf(job)); queue.add(keyOf(job)); } }),
    pods.onEvent({
      add(pod) { const key = ownerKey(pod); if (key) expectations.created(key); touch(pod); },
      update(pod) { const key = ownerKey(pod); if (key && pod.metadata?.deletionTimestamp) expectations.deleted(key, pod.metadata.uid ?? ''); touch(pod); },
      delete(pod) { const key = ownerKey(pod); if (key) expectations.deleted(key, pod.metadata?.uid ?? ''); touch(pod); },
    }),
  ];

  async function sync(key: string): Promise<void> {
    await Promise.all([jobs.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const found = jobs.get(namespace, name);
    if (!found) return releaseOrphans(namespace, name);
    if (found.spec?.managedBy && found.spec.managedBy !== 'kubernetes.io/job-controller') return;
    // Finalizers come off after the status is written: an older status together with newer pods would lose their count.
    if (Number(found.metadata?.resourceVersion) < (written.get(key) ?? 0)) return;
    const job = { ...found, apiVersion: 'batch/v1', kind: 'Job' };
    if (finishedCondition(job.status)) return afterEnd(key, job);
    const decision = decideClaim(job, job.spec?.selector, ownedOrOrphaned(pods, job), (pod) => !isPodTerminal(pod));
    const owned = await claim(client, PODS, JOBS as ResourceType<KubernetesObject>, job, decision);
    if (!expectations.satisfied(key)) return;
    const plan = planJob(job, owned, clock.now());
    const failure = await carryOut(key, job, plan);
    if (plan.wait !== undefined) queue.addAfter(key, plan.wait);
    if (failure) throw failure;
  }

  async function carryOut(key: string, job: Job, plan: JobPlan): Promise<Error | undefined> {
    expectations.expect(key, plan.create.length, [...plan.remove, ...plan.discard].map((pod) => pod.metadata?.uid ?? ''));
    const leaving = Promise.allSettled([...plan.discard.map(async (pod) => { await release(pod); await remove(key, job, pod); }), ...plan.remove.map((pod) => remove(key, job, pod))]);
    const { done, error } = await slowStart(plan.create.length, (number) => control.create(jobPod(job, plan.create[number] as NewPod), job));
    for (let missing = plan.create.length - done; missing > 0; missing--) expectations.created(key);
    // A pod that may not go is there still; what else came of this step is written all the same.
    const refusals = (await leaving).filter((result) => result.status === 'rejected');
    plan.status.active = (plan.status.active ?? 0) + done + refusals.length || undefined;
    plan.status.terminating = (plan.status.terminating ?? 0) - refusals.length;
    const stored = await writeStatus(client, JOBS, job, plan.status);
    if (stored) written.set(key, Number(stored.metadata?.resourceVersion));
    await Promise.all(plan.release.map(release));
    announce(job, plan);
    return error ?? (refusals[0]?.reason as Error | undefined);
  }

  async function remove(key: string, job: Job, pod: Pod): Promise<void> {
    await control.delete(pod, job).catch((error: Error) => { expectations.deleted(key, pod.metadata?.uid ?? ''); throw error; });
  }

  function announce(job: Job, plan: JobPlan): void {
    if (plan.ended?.type === 'Complete') events.event(job as KubernetesObject, 'Normal', 'Completed', 'Job completed');
    else if (plan.ended) events.event(job as KubernetesObject, 'Warning', plan.ended.reason ?? 'Failed', plan.ended.message ?? '');
    const suspended = plan.status.conditions?.find((condition) => condition.type === 'Suspended');
    const before = job.status?.conditions?.find((condition) => condition.type === 'Suspended');
    if (suspended && suspended.status !== before?.status) events.event(job as KubernetesObject, 'Normal', suspended.status === 'True' ? 'Suspended' : 'Resumed', suspended.message ?? '');
  }

  async function release(pod: Pod): Promise<void> {
    const finalizers = pod.metadata?.finalizers?.filter((finalizer) => finalizer !== TRACKING_FINALIZER) ?? [];
    const body = { metadata: { uid: pod.metadata?.uid, finalizers } };
    await client.patch(PODS, pod.metadata?.namespace, pod.metadata?.name ?? '', body, { type: 'merge' }).catch((error: { code?: number }) => {
      if (error.code !== 404 && error.code !== 409) throw error;
    });
  }

  /** A pod that no job has any more would keep its finalizer for ever. */
  async function releaseOrphan(key: string): Promise<void> {
    await Promise.all([jobs.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const pod = pods.get(namespace, name);
    if (!pod || ownerKey(pod) || !hasTrackingFinalizer(pod)) return;
    const adopters = [...jobs.list(namespace)].filter((job) => matchesLabelSelector(job.spec?.selector, pod.metadata?.labels));
    if (adopters.length > 0 && !pod.metadata?.deletionTimestamp && !isPodTerminal(pod)) for (const job of adopters) queue.add(keyOf(job));
    else await release(pod);
  }

  async function releaseOrphans(namespace: string, name: string): Promise<void> {
    expectations.forget(`${namespace}/${name}`);
    written.delete(`${namespace}/${name}`);
    const orphans = [...pods.list(namespace)].filter((pod) => hasTrackingFinalizer(pod) && controllerOf(pod)?.kind === 'Job' && controllerOf(pod)?.name === name);
    await Promise.all(orphans.map(release));
  }

  /** A finished job is removed when its time is over; pods that are left lose their finalizer. */
  async function afterEnd(key: string, job: Job): Promise<void> {
    const [namespace] = splitKey(key);
    const left = [...pods.byIndex('controller', job.metadata?.uid ?? '')].filter(hasTrackingFinalizer);
    await Promise.all(left.map(release));
    const seconds = job.spec?.ttlSecondsAfterFinished;
    if (seconds === undefined || job.metadata?.deletionTimestamp) return;
    const due = parseTime(finishedCondition(job.status)?.lastTransitionTime ?? '') + seconds * 1000 - clock.now();
    if (due > 0) return queue.addAfter(key, due);
    await client.delete(JOBS, namespace, job.metadata?.name ?? '', { propagationPolicy: 'Foreground', preconditions: { uid: job.metadata?.uid } }).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error;
    });
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); orphanQueue.stop(); } };
}
