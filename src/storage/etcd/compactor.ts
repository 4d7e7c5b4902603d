import type { Clock, Timer } from '../../base/clock.ts';
import { EtcdError, type EtcdConnection } from './connection.ts';
import { COMPACT, EQUAL, RANGE, TARGET_VERSION, TXN, keyBytes } from './messages.ts';

/** Where the API servers on one etcd agree who compacts: the same key as upstream's, so that those of both kinds agree too. */
export const COMPACTION_KEY = 'compact_rev_key';

const key = keyBytes(COMPACTION_KEY);
const PERMISSION_DENIED = 7;

/**
 * Forgets every period what was superseded a period ago. The key's version counts the rounds: whoever raises it first does the
 * round's work, with the revision that it saw a period before.
 */
export class Compactor {
  private readonly connection: EtcdConnection;
  private readonly clock: Clock;
  private readonly period: number;
  private round = 0;
  private revision = 0;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(connection: EtcdConnection, clock: Clock, period: number) {
    this.connection = connection;
    this.clock = clock;
    this.period = period;
    if (period > 0) this.plan();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private plan(): void {
    this.timer = this.clock.after(this.period, () => {
      // A round that fails is made up for by the next.
      void this.compact().catch(() => undefined).finally(() => { if (!this.stopped) this.plan(); });
    });
  }

  private async compact(): Promise<void> {
    const target = this.revision;
    const { response } = await this.connection.call(TXN, {
      compare: [{ result: EQUAL, target: TARGET_VERSION, key, version: this.round }],
      success: [{ put: { key, value: keyBytes(String(target)) } }],
      failure: [{ range: { key } }],
    }, { whenUnclear: 'fail' });
    this.revision = response.header?.revision ?? 0;
    if (!response.succeeded) {
      this.round = response.responses[0]?.range?.kvs[0]?.version ?? 0;
      return;
    }
    this.round++;
    if (target > 0) await this.connection.call(COMPACT, { revision: target }, { whenUnclear: 'fail' });
  }
}

/** How far the API servers have compacted, as far as we may know, and the newest revision, which etcd tells with the answer for any key. */
export async function compactionState(connection: EtcdConnection, anyKey: Uint8Array): Promise<{ compacted: number; revision: number }> {
  const { response } = await connection.call(RANGE, { key: anyKey }, { whenUnclear: 'again' });
  const noted = await connection.call(RANGE, { key }, { whenUnclear: 'again' }).catch((error: unknown) => {
    if (error instanceof EtcdError && error.code === PERMISSION_DENIED) return undefined;
    throw error;
  });
  return { compacted: compactedBy(noted?.response.kvs[0]?.value), revision: response.header?.revision ?? 0 };
}

export function compactedBy(value: Uint8Array | undefined): number {
  return Number(new TextDecoder().decode(value)) || 0;
}
