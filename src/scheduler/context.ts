import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { InformerSet } from '../client/informer.ts';
import type { SchedulerMetrics } from './metrics.ts';
import type { NominatedPods } from './framework/nominated-pods.ts';
import type { PodQueue } from './queue/pod-queue.ts';
import type { Cluster } from './state/cluster.ts';

/** What the parts of a running scheduler share. */
export interface SchedulerContext {
  name: string;
  client: Client;
  informers: InformerSet;
  clock: Clock;
  random: Random;
  logger: Logger;
  events: EventRecorder;
  cluster: Cluster;
  queue: PodQueue;
  nominated: NominatedPods;
  /** Keys of pods that have been placed and whose binding is under way. */
  assumed: Set<string>;
  metrics: SchedulerMetrics;
}
