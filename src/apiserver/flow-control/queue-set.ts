import { BoundedCache } from '../authn/bounded-cache.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import { DemandMeter } from './demand.ts';
import type { FlowMetrics } from './metrics.ts';
import { dealHand, flowHash } from './shuffle-sharding.ts';

/** Seats a request takes while it runs, and those it keeps for a moment afterwards, while watchers are told of it. */
export interface WorkEstimate { initialSeats: number; finalSeats: number; additionalSeconds: number }

/** `exempt`: no limit at all. `refuse`: without queues, what does not fit is refused. */
export type QueueConfig = { type: 'exempt' } | { type: 'refuse' } | { type: 'queue'; queues: number; handSize: number; queueLengthLimit: number };

/** One request of a level, from its arrival to its last seat. */
export interface LevelRequest {
  info: RequestInfo; user: UserInfo;
  flowSchema: string; distinguisher: string;
  work: WorkEstimate;
  metrics: FlowMetrics;
  state: 'new' | 'waiting' | 'executing' | 'over';
  /** Seconds of the set's clock. */
  arrived: number; started: number;
  arrivalR: number;
  queue: Queue | undefined;
  /** Told once when a waiting request may run. */
  onDispatch: (() => void) | undefined;
}

export interface Queue { nextDispatchR: number; waiting: Set<LevelRequest>; executing: Set<LevelRequest>; seatsInUse: number; seatsWaiting: number; work: number }

/** What a request is thought to take when nothing is known of it, in seconds. */
const ESTIMATED_SERVICE_SECONDS = 0.003;
const KNOWN_HANDS = 4096;

export const widestOf = ({ initialSeats, finalSeats }: WorkEstimate): number => Math.max(initialSeats, finalSeats);
const workOf = ({ initialSeats, finalSeats, additionalSeconds }: WorkEstimate): number => initialSeats * ESTIMATED_SERVICE_SECONDS + finalSeats * additionalSeconds;

/**
 * The requests of one priority level. Flows are dealt to queues, and the queue whose oldest request would end first in a
 * world where every busy queue has the same share of the seats is served next. `R` is the time of that world, in seat-seconds.
 */
export class QueueSet {
  config: QueueConfig;
  limit: number;
  executing = 0;
  waiting = 0;
  seatsInUse = 0;
  seatsWaiting = 0;
  readonly counts = { dispatched: 0, rejected: 0, timedOut: 0, cancelled: 0 };
  queues: Queue[] = [];
  readonly queueless = new Set<LevelRequest>();
  currentR = 0;
  readonly demand: DemandMeter;
  private activeQueues = 0;
  private advanced: number;
  private robin = 0;
  private arrivals = 0;
  private hands = new BoundedCache<string, number[]>(KNOWN_HANDS);

  constructor(config: QueueConfig, limit: number, now: number) {
    this.config = config;
    this.limit = limit;
    this.advanced = now;
    this.demand = new DemandMeter(now);
    this.configure(config, limit, now);
  }

  /** Queues that are too many stay until they are empty. */
  configure(config: QueueConfig, limit: number, now: number): void {
    this.advance(now);
    const before = this.config;
    this.config = config;
    this.limit = limit;
    if (config.type === 'queue') {
      while (this.queues.length < config.queues) this.queues.push({ nextDispatchR: 0, waiting: new Set(), executing: new Set(), seatsInUse: 0, seatsWaiting: 0, work: 0 });
      if (before.type !== 'queue' || before.queues !== config.queues || before.handSize !== config.handSize) this.hands = new BoundedCache(KNOWN_HANDS);
    }
    this.dropSpareQueues();
    this.dispatchAll(now);
  }

  get idle(): boolean {
    return this.waiting === 0 && this.executing === 0;
  }

  /** Takes a request in; its state says what became of it. A refused one is `over`. */
  enter(request: LevelRequest, now: number): 'executing' | 'waiting' | 'concurrency-limit' | 'queue-full' {
    this.advance(now);
    request.arrived = now;
    request.arrivalR = this.currentR;
    if (this.config.type !== 'queue') {
      if (!this.fits(widestOf(request.work))) return this.refuse(request, 'concurrency-limit');
      this.execute(request, undefined, now);
      return 'executing';
    }
    const queue = this.chooseQueue(request);
    if (this.seatsInUse >= this.limit && queue.waiting.size >= this.config.queueLengthLimit) return this.refuse(request, 'queue-full');
    if (this.waiting === 0 && this.fits(widestOf(request.work))) {
      this.begin(request, queue);
      this.narrowFinal(request);
      this.execute(request, queue, now);
      return 'executing';
    }
    this.enqueue(request, queue);
    this.bound(queue);
    this.dispatchAll(now);
    return request.state === 'waiting' ? 'waiting' : 'executing';
  }

  /** A request's execution has ended. Gives the seconds for which it keeps its seats; then `freeLingering` is due. */
  leave(request: LevelRequest, now: number): number {
    if (request.state !== 'executing') return 0;
    this.advance(now);
    request.state = 'over';
    this.executing--;
    request.metrics.executing--;
    const { queue } = request;
    if (queue) {
      queue.executing.delete(request);
      if (queue.executing.size === 0 && queue.waiting.size === 0) this.activeQueues--;
      // The guess at its dispatch is made good by what it really took.
      queue.nextDispatchR -= request.work.initialSeats * (ESTIMATED_SERVICE_SECONDS - (now - request.started));
      this.bound(queue);
    } else {
      this.queueless.delete(request);
    }
    if (request.work.additionalSeconds > 0) return request.work.additionalSeconds;
    this.freeSeats(request, now);
    this.dispatchAll(now);
    return 0;
  }

  /** The seats a request kept after its end are free. */
  freeLingering(request: LevelRequest, now: number): void {
    this.advance(now);
    this.freeSeats(request, now);
    this.dispatchAll(now);
  }

  /** A waiting request waits no longer: its time is over, or its client is gone. */
  giveUp(request: LevelRequest, now: number): boolean {
    const { queue } = request;
    if (request.state !== 'waiting' || !queue) return false;
    this.advance(now);
    this.dequeue(request, queue);
    if (queue.executing.size === 0 && queue.waiting.size === 0) this.activeQueues--;
    request.state = 'over';
    this.counts.rejected++;
    this.counts.cancelled++;
    this.bound(queue);
    this.noteDemand(now);
    // A wide one at the head may have held back narrower ones.
    this.dispatchAll(now);
    return true;
  }

  private refuse(request: LevelRequest, reason: 'concurrency-limit' | 'queue-full'): typeof reason {
    request.state = 'over';
    this.counts.rejected++;
    return reason;
  }

  /** Brings R up to now: each busy queue has got an even part of the seats since. */
  private advance(now: number): void {
    const elapsed = now - this.advanced;
    this.advanced = now;
    if (elapsed <= 0 || this.activeQueues === 0) return;
    this.currentR += elapsed * Math.min(this.seatsInUse + this.seatsWaiting, this.limit) / this.activeQueues;
  }

  private chooseQueue(request: LevelRequest): Queue {
    const { queues, handSize } = this.config as QueueConfig & { type: 'queue' };
    const flow = `${request.flowSchema}\0${request.distinguisher}`;
    let hand = this.hands.get(flow);
    if (!hand) this.hands.set(flow, (hand = queues === 1 ? [0] : dealHand(flowHash(request.flowSchema, request.distinguisher), queues, handSize)));
    // Begins at another card each time, so that flows with cards in common do not all lean on the first.
    const offset = this.arrivals++ % hand.length;
    let best = this.queues[hand[offset] as number] as Queue;
    for (let step = 1; step < hand.length && best.work > 0; step++) {
      const queue = this.queues[hand[(offset + step) % hand.length] as number] as Queue;
      if (queue.work < best.work) best = queue;
    }
    return best;
  }

  /** A queue that was empty starts at the present of the even world. */
  private begin(request: LevelRequest, queue: Queue): void {
    request.queue = queue;
    if (queue.waiting.size > 0 || queue.executing.size > 0) return;
    queue.nextDispatchR = this.currentR;
    this.activeQueues++;
  }

  private enqueue(request: LevelRequest, queue: Queue): void {
    this.begin(request, queue);
    const seats = widestOf(request.work);
    request.state = 'waiting';
    queue.waiting.add(request);
    queue.seatsWaiting += seats;
    queue.work += workOf(request.work);
    this.waiting++;
    this.seatsWaiting += seats;
    request.metrics.waiting++;
    request.metrics.seatsWaiting += seats;
  }

  private dequeue(request: LevelRequest, queue: Queue): void {
    const seats = widestOf(request.work);
    queue.waiting.delete(request);
    queue.seatsWaiting -= seats;
    // Sums of fractions keep a rest; an empty queue has none.
    queue.work = queue.waiting.size === 0 ? 0 : queue.work - workOf(request.work);
    this.waiting--;
    this.seatsWaiting -= seats;
    request.metrics.waiting--;
    request.metrics.seatsWaiting -= seats;
  }

  private execute(request: LevelRequest, queue: Queue | undefined, now: number): void {
    const seats = widestOf(request.work);
    request.state = 'executing';
    request.started = now;
    this.executing++;
    this.seatsInUse += seats;
    this.counts.dispatched++;
    request.metrics.executing++;
    request.metrics.seatsInUse += seats;
    if (queue) {
      queue.executing.add(request);
      queue.seatsInUse += seats;
      queue.nextDispatchR += workOf(request.work);
      this.bound(queue);
    } else {
      this.queueless.add(request);
    }
    this.noteDemand(now);
  }

  private freeSeats(request: LevelRequest, now: number): void {
    const seats = widestOf(request.work);
    this.seatsInUse -= seats;
    request.metrics.seatsInUse -= seats;
    if (request.queue) request.queue.seatsInUse -= seats;
    this.dropSpareQueues();
    this.noteDemand(now);
  }

  private dispatchAll(now: number): void {
    if (this.waiting === 0) return;
    while (this.waiting > 0 && (this.seatsInUse < this.limit || this.config.type === 'exempt')) {
      const queue = this.nextQueue();
      const request = queue?.waiting.values().next().value;
      if (!queue || !request) return;
      if (!this.fits(widestOf(request.work))) {
        request.metrics.noAccommodation++;
        this.noteDemand(now);
        return;
      }
      this.robin = this.queues.indexOf(queue);
      this.dequeue(request, queue);
      this.narrowFinal(request);
      this.execute(request, queue, now);
      request.onDispatch?.();
    }
    this.noteDemand(now);
  }

  /** Starts behind the queue served last, so that equals take turns. */
  private nextQueue(): Queue | undefined {
    const { queues } = this;
    let best: Queue | undefined;
    let soonest = Infinity;
    for (let step = 1; step <= queues.length; step++) {
      const queue = queues[(this.robin + step) % queues.length] as Queue;
      if (queue.waiting.size === 0) continue;
      const oldest = queue.waiting.values().next().value as LevelRequest;
      const finish = queue.nextDispatchR + workOf(oldest.work);
      if (finish >= soonest) continue;
      soonest = finish;
      best = queue;
    }
    return best;
  }

  private fits(seats: number): boolean {
    if (this.config.type === 'exempt') return true;
    // A request wider than the whole level runs alone.
    if (seats > this.limit) return this.executing === 0;
    return this.seatsInUse + seats <= this.limit;
  }

  private narrowFinal({ work }: LevelRequest): void {
    if (work.finalSeats <= this.limit || this.limit <= 0) return;
    work.additionalSeconds *= work.finalSeats / this.limit;
    work.finalSeats = this.limit;
  }

  /** No queue is served for a time before its oldest request came: it must not save up what it did not use. */
  private bound(queue: Queue): void {
    const oldest = queue.waiting.values().next().value;
    if (oldest && queue.nextDispatchR < oldest.arrivalR) queue.nextDispatchR = oldest.arrivalR;
  }

  private dropSpareQueues(): void {
    const wanted = this.config.type === 'queue' ? this.config.queues : 0;
    for (let last = this.queues.at(-1); last && this.queues.length > wanted && last.waiting.size === 0 && last.seatsInUse === 0; last = this.queues.at(-1)) this.queues.pop();
    if (this.robin >= this.queues.length) this.robin = 0;
  }

  private noteDemand(now: number): void {
    this.demand.set(this.seatsInUse + this.seatsWaiting, now);
  }
}
