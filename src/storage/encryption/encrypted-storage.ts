import { UnreadableError, type Entry, type RangeOptions, type RangeResult, type Storage, type StoreEvent, type WatchSink, type WriteCondition, type WriteResult } from '../storage.ts';
import { ruleFor, type Rule } from './configuration.ts';
import type { Cipher } from './ciphers.ts';

/** The resource that stands at a key, `secrets` or `deployments.apps`; undefined for what is none. */
export type ResourceOf = (key: string) => string | undefined;

interface Watch { end(error: Error): void }

/**
 * A store that keeps some resources encrypted in another store. What cannot be decrypted is shown with the reason instead of its
 * bytes, so that one bad object does not hide the others.
 */
export class EncryptedStorage implements Storage {
  private readonly inner: Storage;
  private readonly resourceOf: ResourceOf;
  private rules: Rule[];
  private readonly watches = new Set<Watch>();
  /** What the inner store hands back as it was given, without a look inside. */
  private sealed = new WeakMap<Uint8Array, Uint8Array>();
  readonly latestRevision?: () => Promise<number>;
  readonly check?: () => Promise<void>;

  constructor(inner: Storage, rules: Rule[], resourceOf: ResourceOf) {
    this.inner = inner;
    this.rules = rules;
    this.resourceOf = resourceOf;
    if (inner.latestRevision) this.latestRevision = () => (inner.latestRevision as () => Promise<number>)();
    if (inner.check) this.check = () => (inner.check as () => Promise<void>)();
  }

  /** Other keys from now on. Watches end, so that what is in memory is read again. */
  changeRules(rules: Rule[]): void {
    const before = this.rules;
    this.rules = rules;
    for (const rule of before) rule.close?.();
    this.sealed = new WeakMap();
    for (const watch of [...this.watches]) watch.end(new Error('the encryption configuration was changed'));
  }

  revision(): number { return this.inner.revision(); }
  compactedRevision(): number { return this.inner.compactedRevision(); }
  compact(revision: number): Promise<void> { return this.inner.compact(revision); }

  async close(): Promise<void> {
    for (const rule of this.rules) rule.close?.();
    await this.inner.close();
  }

  async get(key: string): Promise<Entry | undefined> {
    const entry = await this.inner.get(key);
    return entry && this.open(entry);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const { entries, ...rest } = await this.inner.range(options);
    return { entries: await Promise.all(entries.map((entry) => this.open(entry))), ...rest };
  }

  async put(key: string, value: Uint8Array, condition: WriteCondition, leaseMilliseconds?: number): Promise<WriteResult> {
    const cipher = this.cipherOf(key);
    const sealing = cipher ? cipher.seal(value, key) : value;
    const sealed = sealing instanceof Promise ? await sealing : sealing;
    if (cipher) this.sealed.set(sealed, value);
    return this.opened(await this.inner.put(key, sealed, condition, leaseMilliseconds));
  }

  async delete(key: string, condition: WriteCondition): Promise<WriteResult> {
    return this.opened(await this.inner.delete(key, condition));
  }

  watch(prefix: string, afterRevision: number, sink: WatchSink): () => void {
    let over = false;
    /** Everything before has been told; undefined when nothing waits for a key. */
    let waiting: Promise<void> | undefined;
    const end = (error: Error): void => {
      if (over) return;
      stop();
      sink.ended(error);
    };
    const inOrder = (step: () => void | Promise<void>): void => {
      if (!waiting) {
        const done = step();
        if (!(done instanceof Promise)) return;
        waiting = done;
      } else {
        waiting = waiting.then(step);
      }
      const last = waiting.catch((error: unknown) => end(error as Error));
      waiting = last;
      void last.then(() => { if (waiting === last) waiting = undefined; });
    };
    const stopInner = this.inner.watch(prefix, afterRevision, {
      events: (events) => inOrder(() => {
        const opened = this.openEvents(events);
        const tell = (ready: StoreEvent[]): void => { if (!over) sink.events(ready); };
        return opened instanceof Promise ? opened.then(tell) : tell(opened);
      }),
      progress: (revision) => inOrder(() => { if (!over) sink.progress?.(revision); }),
      ended: (error) => inOrder(() => end(error)),
    });
    const watch: Watch = { end };
    const stop = (): void => {
      over = true;
      this.watches.delete(watch);
      stopInner();
    };
    this.watches.add(watch);
    return stop;
  }

  private cipherOf(key: string): Cipher | undefined {
    const resource = this.resourceOf(key);
    return resource === undefined ? undefined : ruleFor(this.rules, resource)?.cipher;
  }

  private open(entry: Entry): Entry | Promise<Entry> {
    const cipher = this.cipherOf(entry.key);
    if (!cipher) return entry;
    const known = this.sealed.get(entry.value);
    if (known) return { ...entry, value: known };
    const unreadable = (error: unknown): Entry => ({ ...entry, unreadable: new UnreadableError(entry.key, (error as Error).message) });
    try {
      const opened = cipher.open(entry.value, entry.key);
      const shown = ({ plain, stale }: { plain: Uint8Array; stale: boolean }): Entry => ({ ...entry, value: plain, ...(stale ? { stale } : {}) });
      return opened instanceof Promise ? opened.then(shown, unreadable) : shown(opened);
    } catch (error) {
      return unreadable(error);
    }
  }

  private openEvents(events: StoreEvent[]): StoreEvent[] | Promise<StoreEvent[]> {
    let waits = false;
    const opened = events.map((event) => {
      const entry = this.open(event.entry);
      const previous = event.previous && this.open(event.previous);
      waits ||= entry instanceof Promise || previous instanceof Promise;
      return { type: event.type, entry, previous };
    });
    const made = (type: StoreEvent['type'], entry: Entry, previous: Entry | undefined): StoreEvent => ({ type, entry, ...(previous ? { previous } : {}) });
    if (!waits) return opened.map(({ type, entry, previous }) => made(type, entry as Entry, previous as Entry | undefined));
    return Promise.all(opened.map(async ({ type, entry, previous }) => made(type, await entry, await previous)));
  }

  private async opened(result: WriteResult): Promise<WriteResult> {
    if (!result.ok) return result.current ? { ok: false, current: await this.open(result.current) } : result;
    return result.previous ? { ...result, previous: await this.open(result.previous) } : result;
  }
}
