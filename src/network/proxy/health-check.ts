import { createServer, type Server } from 'node:http';
import type { Logger } from '../../base/log.ts';
import type { ResolvedService } from './proxy-state.ts';
import type { ServicePort } from './service-ports.ts';

interface Entry { namespace: string; name: string; localEndpoints: number; port: number; server: Server }

/** Answers load balancers on each healthCheckNodePort: 200 while the Service has an endpoint on this node, 503 otherwise. */
export class HealthCheckPorts {
  private readonly logger: Logger;
  private readonly entries = new Map<string, Entry>();

  constructor(logger: Logger) {
    this.logger = logger;
  }

  update(changed: ResolvedService[]): void {
    const wantedBy = (service: ResolvedService): ServicePort | undefined => service.ports.find(({ port }) => port.healthCheckNodePort > 0)?.port;
    // All that close before any that opens: a port may pass from one Service to another.
    for (const service of changed) {
      const entry = this.entries.get(service.key);
      if (entry && entry.port !== wantedBy(service)?.healthCheckNodePort) this.close(service.key, entry);
    }
    for (const service of changed) {
      const wanted = wantedBy(service);
      const localEndpoints = new Set(service.ports.flatMap(({ choice }) => choice.local.filter((endpoint) => endpoint.ready).map((endpoint) => endpoint.address))).size;
      if (!wanted) continue;
      const current = this.entries.get(service.key);
      if (current) current.localEndpoints = localEndpoints;
      else this.open(service.key, wanted.namespace, wanted.serviceName, wanted.healthCheckNodePort, localEndpoints);
    }
  }

  stop(): void {
    for (const [key, entry] of this.entries) this.close(key, entry);
  }

  private open(key: string, namespace: string, name: string, port: number, localEndpoints: number): void {
    const server = createServer((_request, response) => {
      response.writeHead(entry.localEndpoints > 0 ? 200 : 503, {
        'content-type': 'application/json', 'x-content-type-options': 'nosniff',
        'x-load-balancing-endpoint-weight': String(entry.localEndpoints),
      });
      response.end(JSON.stringify({ service: { namespace, name }, localEndpoints: entry.localEndpoints, serviceProxyHealthy: true }));
    });
    const entry: Entry = { namespace, name, localEndpoints, port, server };
    server.on('error', (error) => this.logger.warn('a health check port could not be opened', { service: key, port, error: error.message }));
    server.listen(port);
    server.unref();
    this.entries.set(key, entry);
  }

  private close(key: string, entry: Entry): void {
    entry.server.close();
    entry.server.closeAllConnections();
    this.entries.delete(key);
  }
}
