import { connect } from 'node:net';
import { sleep, systemClock } from '../src/base/clock.ts';
import type { Client } from '../src/client/client.ts';
import { SERVICES } from '../src/client/resources.ts';

const NAMESPACE = 'default';
const LIMIT_MILLISECONDS = 30_000;

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 20 }, () => { socket.destroy(); resolve(true); });
    socket.once('timeout', () => { socket.destroy(); resolve(false); });
    socket.once('error', () => resolve(false));
  });
}

/**
 * Milliseconds from the request that creates a NodePort Service over a ready pod until a node's address takes a connection from
 * outside: endpoint controller, watch, rules, all of it.
 */
export async function serviceLatency(client: Client, nodeAddress: string, index: number, selector: Record<string, string>): Promise<number> {
  const nodePort = 31_000 + index;
  const name = `reach-${index}`;
  const start = systemClock.monotonic();
  await client.create(SERVICES, { metadata: { name, namespace: NAMESPACE }, spec: { type: 'NodePort', selector, ports: [{ port: 80, targetPort: 8080, nodePort }] } });
  while (!await connects(nodeAddress, nodePort)) {
    if (systemClock.monotonic() - start > LIMIT_MILLISECONDS) throw new Error(`Service ${name} did not answer`);
    await sleep(1);
  }
  const taken = systemClock.monotonic() - start;
  await client.delete(SERVICES, NAMESPACE, name);
  return taken;
}
