import type { Container } from '../../../schema/v1.37/types/core-v1.ts';
import { runHook } from '../container/hooks.ts';
import type { PodContext } from './pod-context.ts';

export interface StopTarget {
  containerId: string;
  container: Container;
  graceSeconds: number;
  podIP: string;
  /** Resolves when it is this container's turn to get the signal. */
  turn?: Promise<void>;
  /** Aborts hook and waiting: the grace became shorter. */
  signal?: AbortSignal;
  preStopFailed(error: Error): void;
}

// Even who is to be killed at once gets this long, so that an orderly end stays the rule.
const MINIMUM_GRACE_SECONDS = 2;

/** Ends one container: preStop hook, its turn, stop signal, kill. All of it within the grace. */
export async function stopContainer(context: PodContext, target: StopTarget): Promise<void> {
  const { clock, runtime } = context;
  const began = clock.monotonic();
  const left = (): number => Math.ceil(target.graceSeconds * 1000 - (clock.monotonic() - began));
  const preStop = target.container.lifecycle?.preStop;
  if (preStop && target.graceSeconds > 0) {
    const hook = runHook(preStop, { runtime, container: target.container, containerId: target.containerId, podIP: target.podIP, timeoutMilliseconds: left(), signal: target.signal })
      .catch((error: Error) => target.preStopFailed(error));
    await untilDone(context, hook, left(), target.signal);
  }
  if (target.turn && left() > 0) await untilDone(context, target.turn, left(), target.signal);
  const aborted = target.signal?.aborted ?? false;
  await runtime.stopContainer(target.containerId, aborted ? MINIMUM_GRACE_SECONDS * 1000 : Math.max(MINIMUM_GRACE_SECONDS * 1000, left()));
}

/** Waits for a promise, but no longer than that, and not when aborted. */
async function untilDone(context: PodContext, work: Promise<unknown>, milliseconds: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const limit = Promise.withResolvers<void>();
  const timer = context.clock.after(Math.max(0, milliseconds), limit.resolve);
  signal?.addEventListener('abort', () => limit.resolve(), { once: true });
  await Promise.race([work, limit.promise]);
  timer.cancel();
}

/** The order of ending: main containers together, then sidecars from the last to the first. */
export function turns(containers: { name: string; sidecar: boolean }[]): { turn(name: string): Promise<void>; ended(name: string): void } {
  const done = new Map(containers.map(({ name }) => [name, Promise.withResolvers<void>()]));
  return {
    turn(name) {
      const index = containers.findIndex((container) => container.name === name);
      if (!containers[index]?.sidecar) return Promise.resolve();
      const before = containers.filter((container, other) => !container.sidecar || other > index).filter((container) => container.name !== name);
      return Promise.all(before.map((container) => done.get(container.name)?.promise)).then(() => undefined);
    },
    ended: (name) => done.get(name)?.resolve(),
  };
}
