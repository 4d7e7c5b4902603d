import type { FlowSchema, PriorityLevelConfiguration } from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { ObjectReader, RequestInfo, UserInfo } from '../contracts.ts';
import { allocateSeats, limitsOf, type LevelLimits } from './allocation.ts';
import { digest, FLOW_CONTROL, queueConfigOf, sharesOf, widestSeats } from './configuration.ts';
import { NO_DEMAND, smoothDemand, type SmoothedDemand } from './demand.ts';
import { dumpLevels, dumpQueues, dumpRequests } from './dump.ts';
import { TooManyRequests, type RequestLimiter, type Ticket } from './limiter.ts';
import { distinguisherOf, schemaMatches } from './matching.ts';
import { FlowMetrics, metricsText, type Refusal } from './metrics.ts';
import { QueueSet, widestOf, type LevelRequest } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';
import { estimateWork, WatchCounter, type StoredSize } from './seat-estimate.ts';
import { Turns } from './turns.ts';

export interface FairLimiterOptions {
  reader: ObjectReader;
  clock: Clock;
  /** Seats of the whole server: `--max-requests-inflight` and `--max-mutating-requests-inflight` together. */
  serverSeats: number;
  storedSize: StoredSize;
}

interface Level {
  name: string; object: PriorityLevelConfiguration; set: QueueSet; limits: LevelLimits; current: number; target: number | undefined; demand: SmoothedDemand;
  widest: number | undefined; quiescing: boolean; retryAfter: RetryAfter;
}

interface Flow { schema: FlowSchema; level: Level; metrics: FlowMetrics; uids: { flowSchemaUid: string; priorityLevelUid: string } }

const ADJUSTMENT_MILLISECONDS = 10_000;

/** Priority and fairness, as the stored FlowSchemas and priority levels say. */
export class FairLimiter implements RequestLimiter {
  private readonly options: FairLimiterOptions;
  private readonly turns = new Turns();
  private readonly watches = new WatchCounter();
  private readonly levels = new Map<string, Level>();
  private readonly metrics = new Map<string, FlowMetrics>();
  private flows: Flow[] = [];
  private revisions = [-1, -1];
  private fairFraction = 0;
  private timer: Timer | undefined;

  constructor(options: FairLimiterOptions) {
    this.options = options;
    this.configure();
    this.scheduleAdjustment();
  }

  start(info: RequestInfo, user: UserInfo, waitMilliseconds: number, signal: AbortSignal | undefined): Ticket | Promise<Ticket> {
    this.refresh();
    const flow = this.flows.find(({ schema }) => schemaMatches(schema, info, user)) ?? this.flows.at(-1)!;
    const request = this.requestOf(flow, info, user);
    const { set } = flow.level;
    const outcome = set.enter(request, this.now());
    if (outcome === 'concurrency-limit' || outcome === 'queue-full') throw this.refusal(flow, request, outcome);
    if (set.config.type === 'queue') flow.metrics.queueLengths.observe(request.queue?.waiting.size ?? 0);
    if (outcome === 'executing') {
      this.noteStart(flow, request);
      const ticket = this.ticketOf(flow, request);
      // A wide request holds the thread for long: it lets others in first.
      if (request.work.initialSeats === 1 || set.config.type === 'exempt') return ticket;
      return new Promise((resolve) => this.turns.take(true, () => resolve(ticket)));
    }
    return this.wait(flow, request, waitMilliseconds, signal);
  }

  metricsText(): string {
    const gauges = [...this.levels.values()].map(({ name, limits, current, target, set, demand }) =>
      ({ name, nominal: limits.nominal, lower: limits.minimum, upper: limits.maximum, current, target, currentR: set.currentR, demand }));
    return metricsText(this.metrics.values(), gauges, this.fairFraction);
  }

  dump(page: string, withDetails: boolean): string | undefined {
    this.refresh();
    const levels = [...this.levels.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    const { clock } = this.options;
    if (page === 'dump_priority_levels') return dumpLevels(levels);
    if (page === 'dump_queues') return dumpQueues(levels);
    return page === 'dump_requests' ? dumpRequests(levels, withDetails, (seconds) => clock.now() - (clock.monotonic() - seconds * 1000)) : undefined;
  }

  close(): void {
    this.timer?.cancel();
  }

  /** Seats of a level now, for tests and those who look in. */
  seatsOf(level: string): { current: number; inUse: number; waiting: number } | undefined {
    const found = this.levels.get(level);
    return found && { current: found.current, inUse: found.set.seatsInUse, waiting: found.set.waiting };
  }

  /** Lends seats to the levels that need them; runs every ten seconds. */
  adjust(): void {
    const now = this.now();
    for (const level of this.levels.values()) level.demand = smoothDemand(level.demand, level.set.demand.reset(now));
    for (const [name, level] of this.levels) if (level.quiescing && level.set.idle) this.levels.delete(name);
    this.allocate();
  }

  private now(): number {
    return this.options.clock.monotonic() / 1000;
  }

  private scheduleAdjustment(): void {
    this.timer = this.options.clock.after(ADJUSTMENT_MILLISECONDS, () => {
      this.adjust();
      this.scheduleAdjustment();
    });
  }

  private refresh(): void {
    const { reader } = this.options;
    const schemas = reader.revision(FLOW_CONTROL, 'flowschemas');
    const levels = reader.revision(FLOW_CONTROL, 'prioritylevelconfigurations');
    if (schemas === this.revisions[0] && levels === this.revisions[1]) return;
    this.revisions = [schemas, levels];
    this.configure();
  }

  private configure(): void {
    const { reader } = this.options;
    const read = <T>(resource: string): T[] => [...reader.list(FLOW_CONTROL, resource)] as unknown[] as T[];
    const { schemas, levels } = digest(read<FlowSchema>('flowschemas'), read<PriorityLevelConfiguration>('prioritylevelconfigurations'));
    const now = this.now();
    for (const [name, level] of this.levels) {
      level.quiescing = !levels.has(name);
      if (level.quiescing && level.set.idle) this.levels.delete(name);
    }
    for (const [name, object] of levels) {
      const level = this.levels.get(name);
      if (level) level.object = object;
      else this.levels.set(name, this.newLevel(name, object, now));
    }
    this.limit();
    this.allocate();
    this.flows = schemas.map((schema) => this.flowOf(schema));
    const served = new Set(this.flows.map(({ metrics }) => metrics));
    for (const [key, metrics] of this.metrics) if (!served.has(metrics) && metrics.executing === 0 && metrics.waiting === 0) this.metrics.delete(key);
  }

  private newLevel(name: string, object: PriorityLevelConfiguration, now: number): Level {
    return {
      name, object, set: new QueueSet(queueConfigOf(object), 0, now), limits: { nominal: 0, minimum: 0, maximum: 0 }, current: 0, target: undefined,
      demand: NO_DEMAND, widest: undefined, quiescing: false, retryAfter: new RetryAfter(),
    };
  }

  private limit(): void {
    const limits = limitsOf([...this.levels.values()].map(({ name, object }) => sharesOf(name, object)), this.options.serverSeats);
    for (const level of this.levels.values()) {
      level.limits = limits.get(level.name)!;
      level.widest = widestSeats(queueConfigOf(level.object), level.limits.nominal);
    }
  }

  private allocate(): void {
    const levels = [...this.levels.values()];
    const { current, targets, fairFraction } = allocateSeats(levels.map(({ name, object, limits, demand }) => ({ name, exempt: object.spec?.type === 'Exempt', limits, demand })));
    this.fairFraction = fairFraction;
    const now = this.now();
    for (const level of levels) {
      level.current = current.get(level.name) ?? 0;
      level.target = targets.get(level.name);
      level.set.configure(queueConfigOf(level.object), level.current, now);
    }
  }

  private flowOf(schema: FlowSchema): Flow {
    const level = this.levels.get(schema.spec.priorityLevelConfiguration.name)!;
    const key = `${level.name}\0${schema.metadata?.name}`;
    let metrics = this.metrics.get(key);
    if (!metrics) this.metrics.set(key, (metrics = new FlowMetrics(level.name, schema.metadata?.name ?? '')));
    return { schema, level, metrics, uids: { flowSchemaUid: schema.metadata?.uid ?? '', priorityLevelUid: level.object.metadata?.uid ?? '' } };
  }

  private requestOf(flow: Flow, info: RequestInfo, user: UserInfo): LevelRequest {
    const { schema, level, metrics } = flow;
    const work = estimateWork(info, level.widest, this.options.storedSize, (asked) => {
      const count = this.watches.interested(asked);
      metrics.watchers.observe(count);
      return count;
    });
    metrics.seats.observe(widestOf(work));
    return {
      info, user, work, metrics, flowSchema: schema.metadata?.name ?? '', distinguisher: level.set.config.type === 'queue' ? distinguisherOf(schema, info, user) : '',
      state: 'new', arrived: 0, started: 0, arrivalR: 0, queue: undefined, onDispatch: undefined,
    };
  }

  private wait(flow: Flow, request: LevelRequest, waitMilliseconds: number, signal: AbortSignal | undefined): Promise<Ticket> {
    const { set } = flow.level;
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const giveUp = (): void => {
        stop();
        if (set.giveUp(request, this.now())) reject(this.refusal(flow, request, 'time-out'));
      };
      const onAbort = giveUp;
      const timer = this.options.clock.after(waitMilliseconds, giveUp);
      signal?.addEventListener('abort', onAbort, { once: true });
      request.onDispatch = () => {
        stop();
        this.noteStart(flow, request);
        this.turns.take(request.work.initialSeats > 1, () => resolve(this.ticketOf(flow, request)));
      };
      if (signal?.aborted) giveUp();
    });
  }

  private noteStart({ metrics, level }: Flow, request: LevelRequest): void {
    metrics.dispatched++;
    if (level.set.config.type !== 'exempt') metrics.waited.true.observe(request.started - request.arrived);
  }

  private ticketOf(flow: Flow, request: LevelRequest): Ticket {
    const { set } = flow.level;
    const { clock } = this.options;
    const isWatch = request.info.verb === 'watch';
    const forget = isWatch ? this.watches.add(request.info) : undefined;
    return {
      ...flow.uids,
      finish: () => {
        if (request.state !== 'executing') return;
        const now = this.now();
        flow.metrics.executed[isWatch ? 'watch' : 'regular'].observe(now - request.started);
        const lingering = set.leave(request, now);
        if (lingering > 0) clock.after(lingering * 1000, () => set.freeLingering(request, this.now()));
      },
      forget: () => forget?.(),
    };
  }

  private refusal({ metrics, level, uids }: Flow, request: LevelRequest, reason: Refusal): TooManyRequests {
    metrics.rejected.set(reason, (metrics.rejected.get(reason) ?? 0) + 1);
    metrics.waited.false.observe(this.now() - request.arrived);
    const seconds = Math.floor(this.options.clock.now() / 1000);
    level.retryAfter.refused(seconds);
    return new TooManyRequests(level.retryAfter.value, uids);
  }
}
