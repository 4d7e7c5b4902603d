import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { formatTime, type Clock } from '../../base/clock.ts';

/** Where load balancers ask whether a node takes traffic. */
export const PROXY_HEALTH_PORT = 10256;

/** Serves `/healthz` and `/livez` in the form of upstream's proxy: 200 or 503, with times. */
export async function serveProxyHealth(port: number, health: () => { healthy: boolean; lastUpdated: number }, clock: Clock): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url !== '/healthz' && request.url !== '/livez') return void response.writeHead(404).end();
    const { healthy, lastUpdated } = health();
    response.writeHead(healthy ? 200 : 503, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
    response.end(JSON.stringify({ lastUpdated: formatTime(lastUpdated), currentTime: formatTime(clock.now()), nodeEligible: true }));
  });
  server.listen(port);
  await once(server, 'listening');
  server.unref();
  return server;
}
