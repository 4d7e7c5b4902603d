import type { ServiceCIDR } from '../../../schema/v1.37/types/networking-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { IPADDRESSES, SERVICE_CIDRS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { writeStatus } from '../shared/status-write.ts';
import { heldAddresses, SERVICE_CIDR_FINALIZER, withReady } from './reconcile.ts';

/** Addresses may still be on their way out of a range that is being deleted. */
const DELETION_GRACE_MILLISECONDS = 10_000;

/** Marks ranges of Service addresses as ready, and lets one go only when no address needs it. */
export function startServiceCidrController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const ranges = informers.for(SERVICE_CIDRS);
  const addresses = informers.for(IPADDRESSES);
  const queue = new WorkQueue(sync, { name: 'service-cidr', logger: context.logger, workers: 1, clock });
  const touchLeaving = (): void => { for (const range of ranges.list()) if (range.metadata?.deletionTimestamp) queue.add(range.metadata.name ?? ''); };
  const touch = (range: ServiceCIDR): void => { queue.add(range.metadata?.name ?? ''); touchLeaving(); };
  const stops = [ranges.onEvent({ add: touch, update: touch }), addresses.onEvent({ delete: touchLeaving })];

  async function sync(name: string): Promise<void> {
    await Promise.all([ranges.synced(), addresses.synced()]);
    const range = ranges.get(undefined, name);
    if (!range) return;
    const finalizers = range.metadata?.finalizers ?? [];
    if (!range.metadata?.deletionTimestamp) {
      if (!finalizers.includes(SERVICE_CIDR_FINALIZER)) {
        await client.update(SERVICE_CIDRS, { ...range, metadata: { ...range.metadata, finalizers: [...finalizers, SERVICE_CIDR_FINALIZER] } });
        return;
      }
      await writeStatus(client, SERVICE_CIDRS, range, { ...range.status, conditions: withReady(range, false, clock.now()) });
      return;
    }
    if (!finalizers.includes(SERVICE_CIDR_FINALIZER)) return;
    if (heldAddresses(range, ranges.list(), addresses.list()).length > 0) {
      await writeStatus(client, SERVICE_CIDRS, range, { ...range.status, conditions: withReady(range, true, clock.now()) });
      return;
    }
    const rest = parseTime(range.metadata.deletionTimestamp) + DELETION_GRACE_MILLISECONDS - clock.now();
    if (rest > 0) return queue.addAfter(name, rest);
    await client.update(SERVICE_CIDRS, { ...range, metadata: { ...range.metadata, finalizers: finalizers.filter((finalizer) => finalizer !== SERVICE_CIDR_FINALIZER) } });
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
