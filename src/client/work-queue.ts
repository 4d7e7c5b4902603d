import { systemClock, type Clock, type Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { QueueMetrics } from './queue-metrics.ts';

export interface WorkQueueOptions {
  name: string;
  logger: Logger;
  /** How many keys at once. */
  workers?: number;
  clock?: Clock;
  /** Delay after the first failure; doubles with every further one up to the last. */
  firstRetryMilliseconds?: number;
  lastRetryMilliseconds?: number;
}

/**
 * Runs `handler(key)` for keys that were added: never one key twice at once, a key that is added while it runs runs once
 * more afterwards, and one whose handler threw comes back after a growing delay.
 */
export class WorkQueue {
  private readonly handler: (key: string) => Promise<void> | void;
  private readonly options: Required<WorkQueueOptions>;
  /** With the time each began to wait, as `running` has that at which its work began. */
  private readonly waiting = new Map<string, number>();
  private readonly running = new Map<string, number>();
  private readonly metrics: QueueMetrics;
  private readonly again = new Set<string>();
  private readonly delayed = new Map<string, { at: number; timer: Timer }>();
  private readonly failures = new Map<string, number>();
  private stopped = false;
  private scheduled = false;

  constructor(handler: (key: string) => Promise<void> | void, options: WorkQueueOptions) {
    this.handler = handler;
    this.options = { workers: 4, clock: systemClock, firstRetryMilliseconds: 20, lastRetryMilliseconds: 30_000, ...options };
    this.metrics = new QueueMetrics(this.options.name, this.options.clock, this.waiting, this.running);
  }

  get length(): number { return this.waiting.size; }

  add(key: string): void {
    if (this.stopped) return;
    if (this.running.has(key)) this.again.add(key);
    else this.wait(key);
    this.schedule();
  }

  private wait(key: string): void {
    if (this.waiting.has(key)) return;
    this.waiting.set(key, this.options.clock.monotonic());
    this.metrics.adds++;
  }

  /** Adds the key after a delay; an earlier pending time wins. */
  addAfter(key: string, milliseconds: number): void {
    if (this.stopped) return;
    if (milliseconds <= 0) return this.add(key);
    const at = this.options.clock.now() + milliseconds;
    const pending = this.delayed.get(key);
    if (pending && pending.at <= at) return;
    pending?.timer.cancel();
    const timer = this.options.clock.after(milliseconds, () => { this.delayed.delete(key); this.add(key); });
    this.delayed.set(key, { at, timer });
  }

  stop(): void {
    this.stopped = true;
    for (const { timer } of this.delayed.values()) timer.cancel();
    this.delayed.clear();
    this.waiting.clear();
    this.metrics.end();
  }

  private schedule(): void {
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    queueMicrotask(() => { this.scheduled = false; this.pump(); });
  }

  private pump(): void {
    for (const [key, since] of this.waiting) {
      if (this.running.size >= this.options.workers || this.stopped) return;
      const now = this.options.clock.monotonic();
      this.waiting.delete(key);
      this.running.set(key, now);
      this.metrics.waited.observe((now - since) / 1000);
      void this.work(key);
    }
  }

  private async work(key: string): Promise<void> {
    try {
      await this.handler(key);
      this.failures.delete(key);
    } catch (error) {
      this.retry(key, error as Error);
    }
    const { clock } = this.options;
    this.metrics.worked.observe((clock.monotonic() - (this.running.get(key) ?? 0)) / 1000);
    this.running.delete(key);
    if (this.again.delete(key)) this.wait(key);
    this.schedule();
  }

  private retry(key: string, error: Error): void {
    const failures = this.failures.get(key) ?? 0;
    this.metrics.retries++;
    this.failures.set(key, failures + 1);
    const { firstRetryMilliseconds, lastRetryMilliseconds, logger, name } = this.options;
    const level = (error as { code?: number }).code === 409 ? 'debug' : failures > 3 ? 'warn' : 'debug';
    logger[level]('work failed, trying again', { queue: name, key, failures: failures + 1, error: error.message });
    this.addAfter(key, Math.min(firstRetryMilliseconds * 2 ** Math.min(failures, 20), lastRetryMilliseconds));
  }
}
