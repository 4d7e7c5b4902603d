import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from '../src/client/api-client.ts';
import type { Client } from '../src/client/client.ts';
import { adminTransport, requireRunning } from '../src/cli/cluster-access.ts';
import type { ClusterConfig } from '../src/cluster/config.ts';
import { systemClock } from '../src/base/clock.ts';

const PROGRAM = fileURLToPath(new URL('../naru', import.meta.url));

/** Runs `./naru ...` as a person does; resolves with the seconds it took. */
export async function naru(...parameters: string[]): Promise<number> {
  const start = systemClock.monotonic();
  const child = spawn(PROGRAM, parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`naru ${parameters.join(' ')} ended with code ${code}: ${said}`);
  return (systemClock.monotonic() - start) / 1000;
}

export interface Access { config: ClusterConfig; client: Client; close(): void }

export function access(cluster: string): Access {
  const config = requireRunning(cluster);
  const transport = adminTransport(config);
  return { config, client: createClient(transport, 'naru-bench'), close: () => transport.close() };
}
