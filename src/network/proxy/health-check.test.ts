import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { sleep } from '../../base/clock.ts';
import { HealthCheckPorts } from './health-check.ts';
import { ProxyState } from './proxy-state.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

test('a port that passes from one Service to another answers for the other, and is closed with it', async () => {
  const failures: string[] = [];
  const logger = { debug() {}, info() {}, warn(message: string) { failures.push(message); }, error() {}, child: () => logger };
  const state = new ProxyState('n1');
  const checks = new HealthCheckPorts(logger);
  const [first, second] = [await freePort(), await freePort()];
  const service = (name: string, healthCheckNodePort: number) => ({
    metadata: { namespace: 'd', name },
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.5', externalTrafficPolicy: 'Local', healthCheckNodePort, ports: [{ port: 80 }] },
  });
  const ask = async (port: number): Promise<unknown> => {
    for (let tries = 0; tries < 50; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (answer) return ((await answer.json()) as { service: { name: string } }).service.name;
      await sleep(10);
    }
    return undefined;
  };
  try {
    state.setService(service('b', second));
    state.setService(service('a', first));
    checks.update(state.takeChanged());
    assert.deepEqual([await ask(first), await ask(second)], ['a', 'b']);
    state.setService(service('b', first));
    state.setService(service('a', second));
    checks.update(state.takeChanged());
    assert.deepEqual([await ask(first), await ask(second), failures], ['b', 'a', []]);
    state.deleteService(service('b', first));
    checks.update(state.takeChanged());
    assert.equal(await ask(first), undefined);
  } finally {
    checks.stop();
  }
});
