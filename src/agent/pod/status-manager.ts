import type { Pod, PodStatus } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Client } from '../../client/client.ts';
import { PODS } from '../../client/resources.ts';
import { OWN_CONDITIONS } from './conditions.ts';
import { same, statusPatch } from './status-patch.ts';

interface Entry {
  pod: Pod;
  /** What the server has, as far as we know, and its version. */
  sent: PodStatus;
  version: string | undefined;
  wanted: PodStatus;
  /** Sent last: a server that stores it in another form must not make us send it for ever. */
  settled: PodStatus | undefined;
  sending: Promise<void> | undefined;
  /** The server has no such pod any more. */
  gone: boolean;
}

const FIRST_RETRY_MILLISECONDS = 100;
const LAST_RETRY_MILLISECONDS = 10_000;

/** Sends pod statuses: at once, one request a pod at a time, the newest status only. */
export class StatusManager {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly entries = new Map<string, Entry>();

  constructor(client: Client, clock: Clock, logger: Logger) {
    this.client = client;
    this.clock = clock;
    this.logger = logger;
  }

  /** The status last wanted for a pod. */
  get(uid: string): PodStatus | undefined {
    return this.entries.get(uid)?.wanted;
  }

  set(pod: Pod, status: PodStatus): void {
    const uid = pod.metadata?.uid ?? '';
    let entry = this.entries.get(uid);
    if (!entry) {
      entry = { pod, sent: pod.status ?? {}, version: pod.metadata?.resourceVersion, wanted: status, settled: undefined, sending: undefined, gone: false };
      this.entries.set(uid, entry);
    }
    entry.pod = pod;
    entry.wanted = status;
    if (!same(entry.settled, status)) this.begin(entry);
  }

  /** A version of the pod that the server told of: what somebody else made of our part of its status is set right again. */
  observe(pod: Pod): void {
    const entry = this.entries.get(pod.metadata?.uid ?? '');
    if (!entry || entry.sending || !isNewer(pod.metadata?.resourceVersion, entry.version)) return;
    entry.pod = pod;
    entry.version = pod.metadata?.resourceVersion;
    entry.sent = pod.status ?? {};
    entry.settled = undefined;
    this.begin(entry);
  }

  /** Resolves once the wanted status is on the server, or nobody can get it there any more. */
  async flush(uid: string): Promise<void> {
    await this.entries.get(uid)?.sending;
  }

  forget(uid: string): void {
    const entry = this.entries.get(uid);
    if (entry) entry.gone = true;
    this.entries.delete(uid);
  }

  private begin(entry: Entry): void {
    if (entry.sending || entry.gone) return;
    entry.sending = this.send(entry).finally(() => { entry.sending = undefined; });
  }

  private async send(entry: Entry): Promise<void> {
    let delay = FIRST_RETRY_MILLISECONDS;
    while (!entry.gone) {
      const { pod, wanted } = entry;
      const patch = statusPatch(entry.sent, wanted, OWN_CONDITIONS);
      if (!patch) return;
      const { uid, name = '', namespace } = pod.metadata ?? {};
      try {
        const answer = await this.client.patch(PODS, namespace, name, { metadata: { uid }, status: patch }, { type: 'strategic', subresource: 'status' });
        entry.sent = answer.status ?? wanted;
        entry.version = answer.metadata?.resourceVersion;
        entry.settled = wanted;
        if (entry.wanted === wanted) return;
        delay = FIRST_RETRY_MILLISECONDS;
      } catch (error) {
        if (error instanceof StatusError && (error.code === 404 || (error.code === 409 && /uid/i.test(error.message)))) {
          entry.gone = true;
          return;
        }
        this.logger.warn('pod status not sent', { pod: name, namespace, error: (error as Error).message });
        await new Promise<void>((resolve) => this.clock.after(delay, resolve));
        delay = Math.min(delay * 2, LAST_RETRY_MILLISECONDS);
      }
    }
  }
}

/** Versions are numbers that grow; of others nothing can be said. */
function isNewer(version: string | undefined, than: string | undefined): boolean {
  if (!/^\d+$/.test(version ?? '') || !/^\d+$/.test(than ?? '')) return false;
  return BigInt(version ?? 0) > BigInt(than ?? 0);
}
