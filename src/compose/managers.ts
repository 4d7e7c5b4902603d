import { createLogger, type Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import { InformerSet } from '../client/informer.ts';
import type { RunningScheduler } from '../scheduler/scheduler.ts';

export interface Parts {
  /** Controllers and add-ons; the result ends them. */
  controllers(informers: InformerSet): () => Promise<void>;
  scheduler(informers: InformerSet): RunningScheduler;
}

export interface Managers {
  /** Whether they work only while a Lease says so. */
  elected: boolean;
  scheduler: Pick<RunningScheduler, 'metricsText'>;
  informers: Pick<InformerSet, 'synced'>;
  stop(): Promise<void>;
}

/** On a store that nobody else has: at once, with one set of informers for all. */
export function startManagers(client: Client, parts: Parts, logger: Logger): Managers {
  const informers = new InformerSet(client, logger);
  const endControllers = parts.controllers(informers);
  const scheduler = parts.scheduler(informers);
  return {
    elected: false, scheduler, informers,
    async stop() {
      scheduler.stop();
      await endControllers();
      informers.stop();
    },
  };
}

/** On a store that others may work on: each part once its Lease in kube-system is ours, as upstream's. What does not lead keeps no informers. */
export async function electManagers(client: Client, parts: Parts, logger: Logger, identity: string): Promise<Managers> {
  const [{ standForElection }, { systemClock }] = await Promise.all([import('../client/leader-election.ts'), import('../base/clock.ts')]);
  let scheduler: RunningScheduler | undefined;
  let ended: Promise<void> = Promise.resolve();
  const stand = (name: string, lead: (informers: InformerSet) => () => void) => standForElection({
    client, clock: systemClock, logger: createLogger('election'), name, identity,
    lead() {
      const informers = new InformerSet(client, logger);
      const end = lead(informers);
      return () => {
        end();
        informers.stop();
      };
    },
  });
  const candidates = [
    stand('kube-controller-manager', (informers) => {
      const end = parts.controllers(informers);
      return () => { ended = Promise.all([ended, end()]).then(() => undefined); };
    }),
    stand('kube-scheduler', (informers) => {
      const mine = scheduler = parts.scheduler(informers);
      return () => {
        mine.stop();
        scheduler = undefined;
      };
    }),
  ];
  return {
    elected: true, scheduler: { metricsText: () => scheduler?.metricsText() ?? '' }, informers: { synced: () => Promise.resolve() },
    async stop() {
      await Promise.all(candidates.map((candidate) => candidate.stop()));
      await ended;
    },
  };
}
