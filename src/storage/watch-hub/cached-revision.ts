import type { KubernetesObject } from '../../api/object.ts';
import type { UnreadableError } from '../storage.ts';
import type { CachedObject } from './types.ts';

export class CachedRevision implements CachedObject {
  readonly key: string;
  readonly object: KubernetesObject;
  readonly modRevision: number;
  /** Length of the stored value: what the ring counts. */
  readonly storedBytes: number;
  readonly stale?: boolean;
  private encoded: Map<string, Uint8Array> | undefined;

  constructor(key: string, object: KubernetesObject, modRevision: number, storedBytes: number, stale?: boolean) {
    this.key = key;
    if (stale) this.stale = true;
    this.object = object;
    this.modRevision = modRevision;
    this.storedBytes = storedBytes;
  }

  encode(format: string, make: (object: KubernetesObject) => Uint8Array): Uint8Array {
    let bytes = this.encoded?.get(format);
    if (!bytes) {
      bytes = make(this.object);
      this.encoded ??= new Map();
      this.encoded.set(format, bytes);
    }
    return bytes;
  }
}

/** An object whose bytes cannot be decrypted: it counts and has a place, and whoever looks inside gets the reason. */
export class UnreadableRevision extends CachedRevision {
  readonly unreadable: UnreadableError;
  constructor(key: string, reason: UnreadableError, modRevision: number, storedBytes: number) {
    super(key, {}, modRevision, storedBytes);
    this.unreadable = reason;
    Object.defineProperty(this, 'object', { get() { throw reason; } });
  }
}

/** The object as of `revision`; shares everything but its metadata with the one given. */
export function withRevision(object: KubernetesObject, revision: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

/** Something that happened to one key. */
export class HubChange {
  readonly revision: number;
  readonly at: number;
  readonly key: string;
  readonly current: CachedRevision | undefined;
  readonly previous: CachedRevision | undefined;
  private lastSeen: CachedRevision | undefined;

  constructor(revision: number, at: number, key: string, current: CachedRevision | undefined, previous: CachedRevision | undefined) {
    this.revision = revision;
    this.at = at;
    this.key = key;
    this.current = current;
    this.previous = previous;
  }

  get storedBytes(): number {
    return (this.current?.storedBytes ?? 0) + 64;
  }

  /** The object before this change with this change's revision: what DELETED carries. */
  departed(): CachedRevision {
    const previous = this.previous as CachedRevision;
    this.lastSeen ??= new CachedRevision(this.key, withRevision(previous.object, this.revision), this.revision, previous.storedBytes);
    return this.lastSeen;
  }
}
