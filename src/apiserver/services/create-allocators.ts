import type { Random } from '../../base/random.ts';
import type { ApiServerFlags } from '../context.ts';
import type { ObjectReader } from '../contracts.ts';
import type { ServiceAllocators } from './allocators.ts';

export function createServiceAllocators(flags: ApiServerFlags, objects: ObjectReader, random: Random): ServiceAllocators {
  void flags; void objects; void random;
  const nothing = (): void => undefined;
  return { creating: async () => nothing, updating: async () => nothing, deleted: async () => undefined };
}
