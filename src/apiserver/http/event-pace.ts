import type { Clock } from '../../base/clock.ts';
import type { OutgoingEvent } from '../request/call.ts';

/** How long events may be gathered, once there are many. */
const WINDOW_MILLISECONDS = 4;
/** What is gathered beyond this goes out at once. */
const MOST_EVENTS = 200;

/**
 * Sends the events of all watches in step. The first event after a quiet moment goes out at once; those that follow within the window
 * go out together at its end, one write a stream instead of one a commit. All streams gather over the same window, so that those
 * with the same events share their bytes.
 */
export class EventPacer {
  private readonly clock: Clock;
  private readonly waiting = new Set<PacedEvents>();
  private open = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** `deliver` says false when the stream takes no more until it has drained. */
  stream(deliver: (events: OutgoingEvent[]) => boolean): PacedEvents {
    return new PacedEvents(this, deliver);
  }

  /** True when the stream should gather: a window is open. Opens one otherwise. */
  gathers(stream: PacedEvents): boolean {
    if (this.open) {
      this.waiting.add(stream);
      return true;
    }
    this.begin();
    return false;
  }

  leave(stream: PacedEvents): void {
    this.waiting.delete(stream);
  }

  private begin(): void {
    this.open = true;
    this.clock.after(WINDOW_MILLISECONDS, () => {
      this.open = false;
      if (this.waiting.size === 0) return;
      this.begin();
      const due = [...this.waiting];
      this.waiting.clear();
      for (const stream of due) stream.flush();
    });
  }
}

export class PacedEvents {
  private readonly pacer: EventPacer;
  private readonly deliver: (events: OutgoingEvent[]) => boolean;
  private gathered: OutgoingEvent[] = [];
  private drained = true;

  constructor(pacer: EventPacer, deliver: (events: OutgoingEvent[]) => boolean) {
    this.pacer = pacer;
    this.deliver = deliver;
  }

  /** False: taken, but no more until `drain`. */
  add(events: OutgoingEvent[]): boolean {
    if (this.drained && this.gathered.length === 0 && !this.pacer.gathers(this)) return this.send(events);
    this.gathered = this.gathered.length === 0 ? events : this.gathered.concat(events);
    if (this.drained && this.gathered.length > MOST_EVENTS) this.flush();
    return this.drained;
  }

  /** The stream takes more again. */
  drain(): void {
    this.drained = true;
    this.flush();
  }

  /** Sends what was gathered, unless the stream is behind. */
  flush(): void {
    if (!this.drained || this.gathered.length === 0) return;
    const events = this.gathered;
    this.gathered = [];
    this.send(events);
  }

  /** Sends all that is left, before something that must come after it. */
  finish(): void {
    this.pacer.leave(this);
    if (this.gathered.length > 0) this.deliver(this.gathered);
    this.gathered = [];
  }

  private send(events: OutgoingEvent[]): boolean {
    this.drained = this.deliver(events);
    return this.drained;
  }
}
