import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { InformerSet } from '../../client/informer.ts';

/** What every controller gets from the composition. */
export interface ControllerContext {
  client: Client;
  informers: InformerSet;
  /** A recorder that names the controller as the source. */
  eventsOf(component: string): EventRecorder;
  clock: Clock;
  random: Random;
  logger: Logger;
}

export interface RunningController { stop(): void }
