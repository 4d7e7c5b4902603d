import type { Container, Pod, ResourceRequirements } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerState } from '../../runtime/runtime.ts';

export type ContainerKind = 'init' | 'main' | 'ephemeral';
export type ProbeKind = 'startup' | 'liveness' | 'readiness';
export type ProbeOutcome = 'success' | 'failure';

/** What is known of one container of a pod at one moment: the input of `pod-step.ts` and `pod-status.ts`. */
export interface ContainerView {
  kind: ContainerKind;
  spec: Container & { targetContainerName?: string };
  /** The newest instance the runtime knows. */
  latest?: ContainerState;
  /** The instance before. */
  previous?: ContainerState;
  /** `latest` lives in the pod's present sandbox. */
  active: boolean;
  /** A start is under way (image, create, start, postStart). */
  starting: boolean;
  stopping: boolean;
  /** The latest instance was made from another specification. */
  definitionChanged: boolean;
  /** A changed size that its resizePolicy wants a restart for. */
  resizeNeedsRestart?: boolean;
  /** Why the last try to start did not get there; shown as waiting state. */
  waiting?: { reason: string; message: string };
  /** No start before this time. */
  retryAt?: number;
  /** End and length of the back-off after the latest exit. */
  backOffUntil?: number;
  backOffDelay?: number;
  probes: Partial<Record<ProbeKind, ProbeOutcome>>;
  /** Read after the exit. */
  terminationMessage?: string;
  previousTerminationMessage?: string;
  /** What the running instance's cgroup was last set to, when that differs from the specification. */
  appliedResources?: ResourceRequirements;
}

export type SandboxView =
  | { state: 'none'; attempt: number; retryAt?: number }
  | { state: 'creating' }
  | { state: 'ready'; id: string };

export interface PodView {
  pod: Pod;
  now: number;
  sandbox: SandboxView;
  containers: ContainerView[];
  /** The pod is to end: deleted, evicted, over its deadline, or its containers are done. */
  terminating: boolean;
}

export function isRunning(container: ContainerView): boolean {
  return container.latest?.state === 'running' && !container.starting;
}
export function hasExited(container: ContainerView): boolean {
  return container.latest?.state === 'exited';
}
/** Started: it runs, and its startup probe (if any) has succeeded. */
export function isStarted(container: ContainerView): boolean {
  return isRunning(container) && (!container.spec.startupProbe || container.probes.startup === 'success');
}
