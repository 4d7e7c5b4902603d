import type { ServerContext } from '../context.ts';
import type { HubFilter } from '../../storage/watch-hub/watch-hub.ts';
import type { Call, OutgoingEvent, WatchOutput } from '../request/call.ts';
import { inVersion } from '../registry/versions.ts';

/** Lets through what a filter takes of objects that a webhook must convert first; makes ADDED and DELETED of what comes and goes by it. */
export class ConvertedOutput implements WatchOutput {
  private readonly context: ServerContext;
  private readonly call: Call;
  private readonly filter: HubFilter;
  private readonly output: WatchOutput;
  private readonly resume: () => void;
  /** Whether the client knows the object, by its key. */
  private readonly known = new Map<string, boolean>();
  private pending: Promise<void> = Promise.resolve();

  constructor(context: ServerContext, call: Call, filter: HubFilter, output: WatchOutput, resume: () => void) {
    this.context = context;
    this.call = call;
    this.filter = filter;
    this.output = output;
    this.resume = resume;
  }

  /** Never takes more before these events have gone on. */
  events(events: OutgoingEvent[]): boolean {
    this.pending = this.pending.then(async () => {
      const passed: OutgoingEvent[] = [];
      for (const event of events) {
        const next = await this.pass(event);
        if (next) passed.push(next);
      }
      if (passed.length === 0 || this.output.events(passed)) this.resume();
    }).catch((error: unknown) => {
      this.context.log.error('an object of a watch could not be converted', { error });
      this.output.end();
    });
    return false;
  }

  private async pass(event: OutgoingEvent): Promise<OutgoingEvent | undefined> {
    if (!('stored' in event)) return event;
    const { stored, type } = event;
    const { key } = stored;
    // What the client saw before this watch is not known; telling it twice does no harm.
    const before = this.known.get(key) ?? type !== 'ADDED';
    const matches = this.filter(await inVersion(this.context, this.call.resource, stored.object));
    if (type === 'DELETED') {
      this.known.delete(key);
      return before || matches ? event : undefined;
    }
    this.known.set(key, matches);
    if (matches) return { type: before ? type : 'ADDED', stored };
    return before ? { type: 'DELETED', stored } : undefined;
  }

  end(): void {
    void this.pending.then(() => this.output.end());
  }
}
