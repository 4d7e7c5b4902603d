import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError, notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { connectKubelet, kubeletOf } from './kubelet.ts';

/** A TCP end in the pod network; `nodeName` is the node through which it is reached, if one is known. */
export interface Endpoint { address: string; port: number; nodeName?: string }

const CONNECT_MILLISECONDS = 10_000;
/** Nodes whose kubelet API does not know CONNECT: their pods are reached directly. */
const DIRECT_CODES = new Set([404, 405, 501]);

/** Opens a connection to an endpoint, through its node where that offers it. */
export async function connectEndpoint(context: ServerContext, endpoint: Endpoint): Promise<Duplex> {
  if (endpoint.nodeName) {
    const through = await connectThroughNode(context, endpoint.nodeName, endpoint);
    if (through) return through;
  }
  return connectDirectly(endpoint);
}

function connectDirectly({ address, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true });
    socket.setTimeout(CONNECT_MILLISECONDS, () => socket.destroy(new Error(`dial tcp ${address}:${port}: i/o timeout`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** undefined: this node does not tunnel. Rejects when the pod refused. */
async function connectThroughNode(context: ServerContext, nodeName: string, { address, port }: Endpoint): Promise<Duplex | undefined> {
  const socket = await connectKubelet(context, await kubeletOf(context, nodeName));
  const target = `${address.includes(':') ? `[${address}]` : address}:${port}`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    // Reading on demand, so that the socket is neither flowing nor paused when it is handed over.
    const onReadable = (): void => {
      for (let chunk = socket.read() as Buffer | null; chunk; chunk = socket.read() as Buffer | null) received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0 && received.length < 16_384) return;
      settle();
      const code = Number(/^HTTP\/1\.[01] (\d{3})/.exec(received.toString('latin1', 0, 32))?.[1] ?? 0);
      if (code === 200) {
        if (received.length > end + 4) socket.unshift(received.subarray(end + 4));
        return resolve(socket);
      }
      socket.destroy();
      if (DIRECT_CODES.has(code)) return resolve(undefined);
      reject(new Error(`dial tcp ${target}: ${received.subarray(end + 4).toString().trim() || `node answered ${code}`}`));
    };
    const onEnd = (): void => { settle(); reject(new Error(`dial tcp ${target}: the node closed the connection`)); };
    const onError = (error: Error): void => { settle(); reject(error); };
    const settle = (): void => { socket.off('readable', onReadable); socket.off('end', onEnd); socket.off('error', onError); };
    socket.on('readable', onReadable);
    socket.on('end', onEnd);
    socket.on('error', onError);
  });
}

/** A ready endpoint of a Service, by port number or name ('' for its only port). Throws StatusError 503 when there is none. */
export async function serviceEndpoint(context: ServerContext, namespace: string, name: string, port: string): Promise<Endpoint> {
  const cached = await context.store.get({ group: '', resource: 'services' }, namespace, name);
  if (!cached) throw notFound('', 'services', name);
  const service = cached.object as unknown as Service;
  const portName = /^\d+$/.test(port) ? portNameOf(service, Number(port)) : port;
  const candidates: Endpoint[] = [];
  for (const object of context.objects.list('discovery.k8s.io', 'endpointslices', namespace)) {
    if (object.metadata?.labels?.['kubernetes.io/service-name'] === name) candidates.push(...readyEndpoints(object as unknown as EndpointSlice, portName));
  }
  const chosen = candidates[Math.floor(context.random.fraction() * candidates.length)];
  if (!chosen) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

function portNameOf(service: Service, port: number): string {
  const found = service.spec?.ports?.find((candidate) => candidate.port === port);
  if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(service.metadata?.name)}`);
  return found.name ?? '';
}

function readyEndpoints(slice: EndpointSlice, portName: string): Endpoint[] {
  const ports = slice.ports ?? [];
  const port = portName === '' && ports.length === 1 ? ports[0] : ports.find((candidate) => (candidate.name ?? '') === portName);
  if (!port?.port || slice.addressType !== 'IPv4') return [];
  const number = port.port;
  return (slice.endpoints ?? []).filter((endpoint) => endpoint.conditions?.ready !== false && endpoint.addresses.length > 0)
    .map((endpoint) => ({ address: endpoint.addresses[0] as string, port: number, ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}) }));
}

export function unavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message);
}
