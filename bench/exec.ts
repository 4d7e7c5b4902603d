import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { systemClock } from '../src/base/clock.ts';
import type { ClusterConfig } from '../src/cluster/config.ts';
import { serverUrl } from '../src/cluster/lifecycle.ts';
import { clusterPaths } from '../src/cluster/paths.ts';

/** Milliseconds of one `exec` of `true` over WebSocket, from connecting (TLS and all) to the stream's end. */
export async function execLatency(config: ClusterConfig, pod: string): Promise<number> {
  const pki = clusterPaths(config.name).pki;
  const query = new URLSearchParams([['command', 'true'], ['stdout', 'true'], ['stderr', 'true']]);
  const start = systemClock.monotonic();
  const socket = new WebSocket(`${serverUrl(config).replace('https', 'wss')}/api/v1/namespaces/default/pods/${pod}/exec?${query}`, 'v5.channel.k8s.io', {
    ca: readFileSync(join(pki, 'ca.crt')), cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')),
  });
  let status = '';
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => { if (data[0] === 3) status = data.subarray(1).toString(); });
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
  if (!status.includes('Success')) throw new Error(`exec did not end well: ${status}`);
  return systemClock.monotonic() - start;
}
