import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AuditBackend } from './auditor.ts';
import type { AuditEvent } from './event.ts';

/** POSTs JSON; rejects unless the answer is a success. */
export type Post = (body: object) => Promise<unknown>;

export interface WebhookBackendOptions {
  post: Post;
  clock: Clock;
  log: Logger;
  /** Upstream's `--audit-webhook-batch-*`: 10000 events, 400 a batch, 30 s. */
  bufferSize?: number;
  maxBatchSize?: number;
  maxWaitMilliseconds?: number;
  /** Before the first of five repeats; 10 s. */
  initialBackoffMilliseconds?: number;
}

const ATTEMPTS = 5;
const BACKOFF_FACTOR = 1.5;
const BATCHES_AT_ONCE = 4;
const CLOSE_MILLISECONDS = 10_000;

/** Sends events in batches. More than the buffer holds are lost, and counted: `audit-webhook-overflow`. */
export class WebhookBackend implements AuditBackend {
  readonly name = 'webhook';
  private readonly options: Required<WebhookBackendOptions>;
  private buffer: AuditEvent[] = [];
  private timer: Timer | undefined;
  /** Ends the pauses between attempts when the server stops. */
  private readonly pauses = new Set<() => void>();
  private closing = false;
  private timeLeft: Timer | undefined;
  private readonly running = new Set<Promise<void>>();
  private written = 0;
  private lost = 0;

  constructor(options: WebhookBackendOptions) {
    this.options = { bufferSize: 10_000, maxBatchSize: 400, maxWaitMilliseconds: 30_000, initialBackoffMilliseconds: 10_000, ...options };
  }

  write(event: AuditEvent): void {
    const { bufferSize, maxBatchSize, maxWaitMilliseconds, clock, log } = this.options;
    if (this.buffer.length >= bufferSize) {
      if (this.lost++ === 0) log.warn('audit-webhook-overflow: events are lost');
      return;
    }
    this.buffer.push(event);
    this.written++;
    if (this.buffer.length >= maxBatchSize) this.flush();
    else this.timer ??= clock.after(maxWaitMilliseconds, () => this.flush());
  }

  counts(): { written: number; lost: number } {
    return { written: this.written, lost: this.lost };
  }

  /** What is left is tried once, all of it within `CLOSE_MILLISECONDS`: who stops does not wait for the pauses of five attempts. */
  async close(): Promise<void> {
    const { clock, log } = this.options;
    this.closing = true;
    for (const end of this.pauses) end();
    let late = false;
    const time = new Promise<void>((resolve) => { this.timeLeft = clock.after(CLOSE_MILLISECONDS, () => { late = true; resolve(); }); });
    while (!late && (this.buffer.length > 0 || this.running.size > 0)) {
      this.flush();
      await Promise.race([...this.running, time]);
    }
    this.timeLeft?.cancel();
    this.lost += this.buffer.length;
    if (late) log.error('audit events were not sent before the end', { events: this.buffer.length });
    this.buffer = [];
  }

  private flush(): void {
    this.timer?.cancel();
    this.timer = undefined;
    while (this.buffer.length > 0 && this.running.size < BATCHES_AT_ONCE) {
      const batch = this.buffer.splice(0, this.options.maxBatchSize);
      const sending = this.send(batch).finally(() => {
        this.running.delete(sending);
        if (this.buffer.length >= this.options.maxBatchSize) this.flush();
        else if (this.buffer.length > 0) this.timer ??= this.options.clock.after(this.options.maxWaitMilliseconds, () => this.flush());
      });
      this.running.add(sending);
    }
  }

  private async send(items: AuditEvent[]): Promise<void> {
    const { post, clock, log, initialBackoffMilliseconds } = this.options;
    let pause = initialBackoffMilliseconds;
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS || this.closing;
      try {
        await post({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items });
        return;
      } catch (error) {
        if (last) {
          this.lost += items.length;
          log.error('audit events could not be sent', { error, events: items.length });
          return;
        }
        if (!this.closing) await this.pause(clock, pause);
        pause *= BACKOFF_FACTOR;
      }
    }
  }

  private async pause(clock: Clock, milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.pauses.delete(end);
        resolve();
      };
      const timer = clock.after(milliseconds, end);
      this.pauses.add(end);
    });
  }
}
