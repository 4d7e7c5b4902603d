import type { EtcdConnection } from './connection.ts';
import { STATUS } from './messages.ts';

/**
 * Whether an etcd says rightly how far a stream of events has come. Before 3.4.25 and 3.5.8 it may say so ahead of events that are
 * still to come, which would then be lost.
 */
export function tellsProgressRightly(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major !== 3) return major > 3;
  return minor > 5 || (minor === 5 && patch >= 8) || (minor === 4 && patch >= 25);
}

/** Throws when the etcd is too old to keep a cluster in a part of it. */
export async function assertTellsProgress(connection: EtcdConnection): Promise<void> {
  const { version } = (await connection.call(STATUS, {}, { whenUnclear: 'again' })).response;
  if (!tellsProgressRightly(version)) throw new Error(`etcd ${version} is too old for a prefix of its own, which needs 3.4.25 or 3.5.8 at least`);
}
