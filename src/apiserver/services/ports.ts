import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError } from '../../api/status.ts';
import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../context.ts';
import type { ObjectReader } from '../contracts.ts';
import { heldPorts, takeNodePorts } from './node-ports.ts';
import { PortAllocator } from './port-allocator.ts';
import type { PortNote } from './port-note.ts';

type Spec = NonNullable<Service['spec']>;

export interface Ports {
  /** Gives each port of the spec its node port, in place; answers with the ones taken now, none on a dry run. Throws StatusError. */
  take(name: string, spec: Spec, held: number[], dryRun: boolean): Promise<number[]>;
  free(ports: number[]): Promise<void>;
  metricsText(): string;
}

const ATTEMPTS = 100;

/** Node ports where this is the only server: known in memory, from the Services there are. */
export function ownPorts(flags: ApiServerFlags, objects: ObjectReader, random: Random): Ports {
  let known: PortAllocator | undefined;
  const allocator = (): PortAllocator => (known ??= portsInUse(flags, objects, random));
  const free = (ports: number[]): void => ports.forEach((port) => allocator().free(port));
  return {
    async take(name, spec, held, dryRun) {
      if (!dryRun) return takeNodePorts(name, spec, held, allocator());
      takeNodePorts(name, spec, held, allocator().dry());
      return [];
    },
    free: async (ports) => free(ports),
    metricsText: () => allocator().metricsText(),
  };
}

/** Node ports where others give some too: all agree by a note in the store, which is changed by compare-and-swap. */
export function sharedPorts(flags: ApiServerFlags, objects: ObjectReader, random: Random, note: PortNote): Ports {
  const allocator = new PortAllocator(flags.nodePortRange, random);
  const change = async <T>(work: () => { result: T; changed: boolean }): Promise<T> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const { ports, revision } = await note.read();
      allocator.replace(ports ?? serviceUse(objects));
      const { result, changed } = work();
      if (!changed || await note.write(allocator.inUse(), revision)) return result;
    }
    throw new StatusError(409, 'Conflict', 'node ports are taken by others all the time');
  };
  // Within this server one after the other, which spares attempts.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    async take(name, spec, held, dryRun) {
      if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return [];
      return inTurn(() => change(() => {
        // An attempt that comes to nothing leaves no ports behind in the spec.
        const filled = structuredClone(spec);
        const taken = takeNodePorts(name, filled, held, dryRun ? allocator.dry() : allocator);
        Object.assign(spec, filled);
        return { result: dryRun ? [] : taken, changed: taken.length > 0 && !dryRun };
      }));
    },
    async free(ports) {
      if (ports.length === 0) return;
      await inTurn(() => change(() => {
        ports.forEach((port) => allocator.free(port));
        return { result: undefined, changed: true };
      }));
    },
    metricsText: () => allocator.metricsText(),
  };
}

function portsInUse(flags: ApiServerFlags, objects: ObjectReader, random: Random): PortAllocator {
  const allocator = new PortAllocator(flags.nodePortRange, random);
  for (const port of serviceUse(objects)) allocator.note(port);
  return allocator;
}

function serviceUse(objects: ObjectReader): number[] {
  return [...objects.list('', 'services')].flatMap((service) => heldPorts((service as unknown as Service).spec));
}
