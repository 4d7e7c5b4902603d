import type { Clock, Timer } from '../../base/clock.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { CONCERNED_PLUGINS, type ClusterEvent } from './cluster-events.ts';
import { Heap } from './heap.ts';

const FIRST_BACKOFF = 1000;
const LAST_BACKOFF = 10_000;
/** So many pods a second may be tried before their delay is over: enough for a few that wait, no storm with thousands. */
const EARLY_TRIES_PER_SECOND = 50;
/** After this a pod is tried again even when nothing happened that should help it. */
const LONGEST_WAIT = 5 * 60 * 1000;

/** Where a pod that has no node is. `taken`: in the scheduler's hands. */
type Place = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'taken';

export interface QueuedPod {
  pod: PodInfo;
  place: Place;
  attempts: number;
  /** Which it was to come in; decides between equal priorities. */
  arrival: number;
  /** Not before this, once it failed. */
  backoffUntil: number;
  /** It failed for an error, not for want of a node: waits its full time. */
  failedWithError: boolean;
  rejectedBy: Set<string>;
  waitingSince: number;
  /** When it came, by the monotonic clock. */
  cameAt: number;
  /** What the user was told last about why it waits. */
  told?: { message: string; at: number };
}

function comesFirst(left: QueuedPod, right: QueuedPod): boolean {
  return left.pod.priority !== right.pod.priority ? left.pod.priority > right.pod.priority : left.arrival < right.arrival;
}

/** The pods that have no node: those to try now by priority, those that wait out a delay, those that wait for an event. */
export class PodQueue {
  private readonly clock: Clock;
  private readonly onReady: () => void;
  private readonly entries = new Map<string, QueuedPod>();
  private readonly active = new Heap<QueuedPod>(comesFirst);
  private readonly backoff = new Heap<QueuedPod>((left, right) => left.backoffUntil < right.backoffUntil);
  private readonly unschedulable = new Set<QueuedPod>();
  /** Keys of pods that are not to be tried now, with whether they would have been. */
  private readonly held = new Map<string, boolean>();
  private backoffTimer: Timer | undefined;
  private flushTimer: Timer | undefined;
  private arrivals = 0;
  private earlyTries = { second: 0, count: 0 };
  private stopped = false;
  private readonly incoming = new Map<string, number>();

  /** `onReady`: there is something to pop. */
  constructor(clock: Clock, onReady: () => void) {
    this.clock = clock;
    this.onReady = onReady;
    this.planFlush();
  }

  get size(): number { return this.entries.size; }

  /** How many pods wait in which way, how many because of which plugin, and how many began to. */
  census(): { places: Record<Exclude<Place, 'taken'>, number>; rejections: Map<string, number>; incoming: ReadonlyMap<string, number> } {
    const places = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
    const rejections = new Map<string, number>();
    for (const { place, rejectedBy } of this.entries.values()) {
      if (place === 'taken') continue;
      places[place]++;
      if (place === 'unschedulable') for (const plugin of rejectedBy) rejections.set(plugin, (rejections.get(plugin) ?? 0) + 1);
    }
    return { places, rejections, incoming: this.incoming };
  }

  private count(event: string, queue: Place): void {
    const labels = `event="${event}",queue="${queue}"`;
    this.incoming.set(labels, (this.incoming.get(labels) ?? 0) + 1);
  }

  get(key: string): QueuedPod | undefined { return this.entries.get(key); }

  /** A new pod, or a new form of one that waits: tried at once when `worthATry`. */
  put(pod: PodInfo, worthATry: boolean): void {
    const gated = (pod.pod.spec?.schedulingGates ?? []).length > 0;
    let entry = this.entries.get(pod.key);
    if (entry && entry.pod.uid !== pod.uid) {
      this.delete(pod.key);
      entry = undefined;
    }
    if (!entry) {
      entry = { pod, place: 'gated', attempts: 0, arrival: ++this.arrivals, backoffUntil: 0, failedWithError: false, rejectedBy: new Set(), waitingSince: this.clock.now(), cameAt: this.clock.monotonic() };
      this.entries.set(pod.key, entry);
      this.count('UnscheduledPodAdd', gated ? 'gated' : 'active');
      if (!gated) this.activate(entry);
      return;
    }
    entry.pod = pod;
    if (gated || entry.place === 'taken') return;
    if (entry.place === 'gated') this.activate(entry);
    else if (entry.place === 'unschedulable' && worthATry) this.release(entry);
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.unschedulable.delete(entry);
    entry.place = 'taken';
  }

  /** The next pod to try; with nobody active, one that would still have to wait after it found no node. */
  pop(): QueuedPod | undefined {
    const entry = this.popFrom(this.active, 'active') ?? this.popBackoff();
    if (!entry) return undefined;
    entry.place = 'taken';
    entry.attempts++;
    return entry;
  }

  /** No node takes it: it waits for an event that concerns one of the plugins. */
  waitForEvent(entry: QueuedPod, rejectedBy: Set<string>): void {
    if (this.entries.get(entry.pod.key) !== entry) return;
    this.noteFailure(entry);
    entry.failedWithError = false;
    entry.rejectedBy = rejectedBy;
    entry.place = 'unschedulable';
    this.unschedulable.add(entry);
    this.count('ScheduleAttemptFailure', 'unschedulable');
  }

  /** Something went wrong: it is tried again after a delay. */
  retryLater(entry: QueuedPod): void {
    if (this.entries.get(entry.pod.key) !== entry) return;
    this.noteFailure(entry);
    entry.failedWithError = true;
    this.count('ScheduleAttemptFailure', 'backoff');
    this.pushBackoff(entry);
  }

  move(event: ClusterEvent): void {
    const concerned = CONCERNED_PLUGINS[event];
    for (const entry of [...this.unschedulable]) {
      const helps = concerned === 'all' || entry.rejectedBy.size === 0 || concerned.some((plugin) => entry.rejectedBy.has(plugin));
      if (helps) this.release(entry);
    }
  }

  /** Whatever happens, the pod is not tried again before `letGo`. */
  hold(key: string): void {
    this.held.set(key, false);
  }

  /** `retry`: try it now, also when nothing happened meanwhile. */
  letGo(key: string, retry: boolean): void {
    const wanted = this.held.get(key);
    this.held.delete(key);
    const entry = this.entries.get(key);
    if ((wanted || retry) && entry?.place === 'unschedulable') this.release(entry);
  }

  stop(): void {
    this.stopped = true;
    this.backoffTimer?.cancel();
    this.flushTimer?.cancel();
  }

  private noteFailure(entry: QueuedPod): void {
    const now = this.clock.now();
    entry.waitingSince = now;
    entry.backoffUntil = now + Math.min(FIRST_BACKOFF * 2 ** Math.min(entry.attempts - 1, 10), LAST_BACKOFF);
  }

  private activate(entry: QueuedPod): void {
    this.unschedulable.delete(entry);
    entry.place = 'active';
    this.active.push(entry);
    this.onReady();
  }

  private release(entry: QueuedPod): void {
    if (this.held.has(entry.pod.key)) {
      this.held.set(entry.pod.key, true);
      return;
    }
    this.unschedulable.delete(entry);
    if (entry.backoffUntil <= this.clock.now()) return this.activate(entry);
    this.pushBackoff(entry);
    this.onReady();
  }

  private pushBackoff(entry: QueuedPod): void {
    entry.place = 'backoff';
    this.backoff.push(entry);
    this.planBackoff();
  }

  private popFrom(heap: Heap<QueuedPod>, place: Place): QueuedPod | undefined {
    for (let entry = heap.pop(); entry; entry = heap.pop()) if (entry.place === place) return entry;
    return undefined;
  }

  private popBackoff(): QueuedPod | undefined {
    if (this.backoff.size === 0) return undefined;
    const second = Math.floor(this.clock.now() / 1000);
    if (this.earlyTries.second !== second) this.earlyTries = { second, count: 0 };
    if (this.earlyTries.count >= EARLY_TRIES_PER_SECOND) return undefined;
    const errors: QueuedPod[] = [];
    let found: QueuedPod | undefined;
    for (let entry = this.popFrom(this.backoff, 'backoff'); entry; entry = this.popFrom(this.backoff, 'backoff')) {
      if (!entry.failedWithError) {
        found = entry;
        break;
      }
      errors.push(entry);
    }
    for (const entry of errors) this.backoff.push(entry);
    if (found) this.earlyTries.count++;
    return found;
  }

  private planBackoff(): void {
    this.backoffTimer?.cancel();
    const first = this.backoff.peek();
    if (!first || this.stopped) return;
    this.backoffTimer = this.clock.after(Math.max(first.backoffUntil - this.clock.now(), 0), () => {
      const now = this.clock.now();
      for (let entry = this.backoff.peek(); entry && entry.backoffUntil <= now; entry = this.backoff.peek()) {
        this.backoff.pop();
        if (entry.place !== 'backoff') continue;
        this.count('BackoffComplete', 'active');
        this.activate(entry);
      }
      this.planBackoff();
    });
  }

  private planFlush(): void {
    this.flushTimer = this.clock.after(30_000, () => {
      const before = this.clock.now() - LONGEST_WAIT;
      for (const entry of [...this.unschedulable]) if (entry.waitingSince < before) this.release(entry);
      if (!this.stopped) this.planFlush();
    });
  }
}
