import type { ServerResponse } from 'node:http';
import type { KubernetesObject } from '../../api/object.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { encodeProtobuf, encodeWatchFrame } from '../../api/codec/protobuf.ts';
import type { ServerContext } from '../context.ts';
import { inVersion } from '../registry/versions.ts';
import type { Answer, Call, OutgoingEvent, WatchControl } from '../request/call.ts';
import { encodeObject, jsonBytes } from './encode.ts';
import { JSON_TYPE, PROTOBUF_TYPE, type OutputForm } from './negotiate.ts';
import { EventPacer, type PacedEvents } from './event-pace.ts';
import { setWarnings } from './respond.ts';
import type { WatchCounter } from './metrics.ts';
import { sharedFrames } from './shared-frames.ts';
import type { Response } from './server.ts';

const NEWLINE_END = Buffer.from('}\n');
const HEADS: Record<string, Buffer> = Object.fromEntries(
  ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'].map((type) => [type, Buffer.from(`{"type":"${type}","object":`)]),
);

const pacers = new WeakMap<ServerContext, EventPacer>();

function pacerOf(context: ServerContext): EventPacer {
  let pacer = pacers.get(context);
  if (!pacer) pacers.set(context, (pacer = new EventPacer(context.clock)));
  return pacer;
}

/** Runs a watch over an HTTP response until one side ends it. Resolves then. */
export function streamWatch(context: ServerContext, call: Call, answer: Answer & { type: 'watch' }, form: OutputForm, anyResponse: Response): Promise<void> {
  // Both kinds of response share what is used here; one type keeps the calls simple.
  const response = anyResponse as ServerResponse;
  setWarnings(response, call.warnings);
  response.setHeader('content-type', form.mediaType === PROTOBUF_TYPE ? `${PROTOBUF_TYPE};stream=watch` : JSON_TYPE);
  response.setHeader('cache-control', 'no-cache, private');
  response.writeHead(200);
  response.flushHeaders();
  return new Promise((resolve) => {
    const writer = new EventWriter(context, call, form, response);
    const stall = new Stall(context.clock, response);
    const control: WatchControl = answer.run({
      events: (events) => {
        const taken = writer.write(events);
        stall.check();
        return taken;
      },
      end: () => { void writer.finish().then(() => stall.check()).then(resolve); },
    });
    response.on('drain', () => {
      stall.over();
      writer.drain();
      control.resume();
    });
    writer.onDrained = () => control.resume();
    const gone = (): void => {
      stall.over();
      writer.leave();
      control.stop();
      resolve();
    };
    response.on('close', gone);
    response.on('error', gone);
    if (response.destroyed) gone();
  });
}

/** How long a client may take none of what waits for it; then it is not reading, and its connection ends. */
export const LONGEST_STALL_MILLISECONDS = 30_000;

class Stall {
  private readonly clock: Clock;
  private readonly response: ServerResponse;
  private timer: Timer | undefined;

  constructor(clock: Clock, response: ServerResponse) {
    this.clock = clock;
    this.response = response;
  }

  check(): void {
    const { response } = this;
    if (this.timer || response.destroyed || !(response.writableNeedDrain || (response.writableEnded && response.writableLength > 0))) return;
    this.timer = this.clock.after(LONGEST_STALL_MILLISECONDS, () => response.destroy());
  }

  over(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}

/** Writes events in order, although the bytes of some forms are made asynchronously (Tables, converted versions). */
class EventWriter {
  onDrained: () => void = () => undefined;
  private readonly context: ServerContext;
  private readonly call: Call;
  private form: OutputForm;
  private readonly response: ServerResponse;
  private readonly paced: PacedEvents;
  private pending: Promise<void> | undefined;
  private readonly counter: WatchCounter;

  constructor(context: ServerContext, call: Call, form: OutputForm, response: ServerResponse) {
    this.context = context;
    this.call = call;
    this.form = form;
    this.response = response;
    this.counter = context.watchMetrics.of(call.resource);
    this.paced = pacerOf(context).stream((events) => this.sendDirect(events));
  }

  /** The connection takes more again. */
  drain(): void { this.paced.drain(); }

  /** The client is gone. */
  leave(): void { this.paced.finish(); }

  /** False when the connection, or the making of bytes, is behind. */
  write(events: OutgoingEvent[]): boolean {
    this.counter.events += events.length;
    if (!this.pending && this.form.transform === 'none' && events.every((event) => this.isDirect(event))) return this.paced.add(events);
    this.paced.finish();
    const before = this.pending ?? Promise.resolve();
    const batch = before.then(async () => {
      const frames: Uint8Array[] = [];
      for (const event of events) {
        const bytes = await this.makeBytes(event);
        this.counter.sizes.observe(bytes.length);
        frames.push(this.frame(event.type, bytes));
        if (event.type !== 'ERROR' && !this.form.withoutColumns) this.form = { ...this.form, withoutColumns: true };
      }
      this.send(Buffer.concat(frames));
    }).catch((error: unknown) => {
      this.context.log.error('watch event could not be encoded', { error });
      this.response.destroy();
    }).finally(() => {
      if (this.pending !== batch) return;
      this.pending = undefined;
      this.onDrained();
    });
    this.pending = batch;
    return false;
  }

  async finish(): Promise<void> {
    this.paced.finish();
    await this.pending;
    this.response.end();
  }

  private sendDirect(events: OutgoingEvent[]): boolean {
    const { group, version } = this.call.resource;
    const { bytes, sizes } = sharedFrames(`${this.form.mediaType} ${group}/${version}`, events, (event) => {
      const object = this.directBytes(event);
      return { bytes: this.frame(event.type, object), size: object.length };
    });
    for (const size of sizes) this.counter.sizes.observe(size);
    return this.send(bytes);
  }

  private send(bytes: Uint8Array): boolean {
    if (this.response.destroyed || this.response.writableEnded) return true;
    return this.response.write(bytes);
  }

  private isDirect(event: OutgoingEvent): boolean {
    if (this.form.mediaType !== JSON_TYPE && this.form.mediaType !== PROTOBUF_TYPE) return false;
    return !('stored' in event) || !(inVersion(this.context, this.call.resource, event.stored.object) instanceof Promise);
  }

  private directBytes(event: OutgoingEvent): Uint8Array {
    const binary = this.form.mediaType === PROTOBUF_TYPE;
    if ('object' in event) return binary ? this.protobuf(event.object) : jsonBytes(event.object);
    const { stored } = event;
    const version = this.call.resource.version;
    const shown = (object: KubernetesObject): KubernetesObject => inVersion(this.context, this.call.resource, object) as KubernetesObject;
    const same = shown(stored.object) === stored.object;
    const name = `${binary ? 'protobuf' : 'json'}${same ? '' : `/${this.call.resource.group}/${version}`}`;
    return stored.encode(name, (object) => (binary ? this.protobuf(shown(object)) : jsonBytes(shown(object))));
  }

  private protobuf(object: KubernetesObject): Uint8Array {
    const [group, version] = (object.apiVersion ?? '').includes('/') ? (object.apiVersion as string).split('/') as [string, string] : ['', object.apiVersion ?? ''];
    const schema = this.context.scheme.kindSchema(group, version, object.kind ?? '');
    if (!schema) throw new Error(`no protobuf form of ${object.kind}`);
    return encodeProtobuf(object, schema);
  }

  private async makeBytes(event: OutgoingEvent): Promise<Uint8Array> {
    const { context, call, form } = this;
    if ('object' in event) {
      // An error is told plainly; a bookmark of a Table is a Table without rows to tell of, so it goes as metadata.
      if (event.type === 'ERROR') return this.directBytes(event);
      return encodeObject(context, call, event.object, undefined, form);
    }
    const object = await inVersion(context, call.resource, event.stored.object);
    if (form.transform === 'none') return encodeObject(context, call, object, event.stored, form);
    return encodeObject(context, call, object, undefined, form);
  }

  private frame(type: string, bytes: Uint8Array): Uint8Array {
    if (this.form.mediaType === PROTOBUF_TYPE) return encodeWatchFrame(type, bytes);
    return Buffer.concat([HEADS[type] as Buffer, bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes, NEWLINE_END]);
  }
}
