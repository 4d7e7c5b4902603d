import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { AgentOptions } from '../options.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { PodWorker } from '../pod/pod-worker.ts';
import type { System } from '../system.ts';
import { logOptions, streamLog } from './container-log.ts';
import { logInstance, RequestError } from './log-instance.ts';
import { serveNodeLogs } from './node-logs.ts';
import { servePortForward } from './port-forward.ts';
import { acceptCommand, commandOptions, serveCommand } from './remote-command.ts';
import { StatsSource } from './stats.ts';
import { refuseUpgrade } from './upgrade.ts';

export interface AgentServer { port: number; close(): Promise<void> }
export type ServerOptions = AgentOptions & { pods: PodManager; system: System };

const RUN_TIMEOUT_MILLISECONDS = 120_000;

/** The kubelet's HTTPS API: logs, exec, attach, port-forward, stats. Only the API server (a client certificate) may use it. */
export async function startServer(options: ServerOptions): Promise<AgentServer> {
  const stats = new StatsSource(options);
  const { cert, key, clientCa } = options.tls;
  const server = createServer({ cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(options, stats, request, response).catch((error: Error) => sendError(response, error));
  });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    takeUpgrade(options, request, socket, head).catch((error: Error) => refuseUpgrade(socket, error instanceof RequestError ? error.code : 500, error.message));
  };
  server.on('upgrade', upgrade);
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!isTrusted(request)) return refuseUpgrade(socket, 401, 'Unauthorized');
    tunnel(request.url ?? '', socket, head);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.timeout = 0;
  server.requestTimeout = 0;
  // Long, so that an idle connection is seldom closed under a request that is on its way.
  server.keepAliveTimeout = 90_000;
  await listen(server, options.port ?? 10250, options.listenAddress);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function listen(server: Server, port: number, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The certificate must be of the cluster's authority and of the API server or an administrator. */
function isTrusted(request: IncomingMessage): boolean {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return false;
  const { O, CN } = socket.getPeerCertificate().subject ?? {};
  const organisations = Array.isArray(O) ? O : [O];
  return organisations.includes('system:masters') || CN === 'kube-apiserver-kubelet-client';
}

function sendError(response: ServerResponse, error: Error): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(error instanceof RequestError ? error.code : 500, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(error.message);
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'Content-Type': type });
  response.end(body);
}

async function answer(options: ServerOptions, stats: StatsSource, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://node');
  if (url.pathname === '/healthz') return send(response, 'text/plain; charset=utf-8', 'ok');
  if (!isTrusted(request)) throw new RequestError(401, 'Unauthorized');
  const [, route = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  switch (route) {
    case 'containerLogs': return serveLog(options, rest, url.searchParams, response);
    case 'pods': case 'runningpods': return send(response, 'application/json', JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: options.pods.list().map((worker) => worker.pod) }));
    case 'stats': return send(response, 'application/json', JSON.stringify(await stats.summary()));
    case 'metrics':
      if (rest[0] === 'resource') return send(response, 'text/plain; version=0.0.4; charset=utf-8', await stats.resourceMetrics());
      return send(response, 'text/plain; version=0.0.4; charset=utf-8', agentMetrics(options));
    case 'configz': return send(response, 'application/json', JSON.stringify({ kubeletconfig: { kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', clusterDomain: options.clusterDomain, clusterDNS: options.clusterDns, containerLogMaxSize: '10Mi', containerLogMaxFiles: 5 } }));
    case 'logs': return serveNodeLogs(options.paths, rest, url.searchParams, response);
    case 'run': return run(options, rest, url.searchParams, response);
    case 'exec': case 'attach': case 'portForward': throw new RequestError(400, 'Upgrade request required');
    default: throw new RequestError(404, '404 page not found');
  }
}

function podOf(options: ServerOptions, namespace: string, name: string, uid?: string): PodWorker {
  const worker = uid ? options.pods.get(uid) : options.pods.find(namespace, name);
  if (!worker) throw new RequestError(404, `pod does not exist: ${name}_${namespace}`);
  return worker;
}

async function serveLog(options: ServerOptions, path: string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  const [namespace = '', name = '', container = ''] = path;
  const worker = podOf(options, namespace, name);
  const instance = logInstance(worker, container, ['1', 'true'].includes(query.get('previous') ?? ''));
  let parsed: ReturnType<typeof logOptions>;
  try {
    parsed = logOptions(query, options.clock.now());
  } catch (error) {
    throw new RequestError(400, (error as Error).message);
  }
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  response.flushHeaders();
  await streamLog(instance.logPath, parsed, response, {
    ended: () => options.runtime.container(instance.id)?.state !== 'running', clock: options.clock,
    onChange: (listener) => options.runtime.onChange((state) => { if (state.id === instance.id) listener(); }),
  }).catch((error: Error) => { if (parsed.follow || !/ENOENT/.test(error.message)) throw error; });
  response.end();
}

function runningContainer(worker: PodWorker, name: string): string {
  const { latest } = worker.container(name);
  if (latest?.state !== 'running') throw new RequestError(500, `container not found ("${name}")`);
  return latest.id;
}

async function run(options: ServerOptions, path: string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  const { namespace, name, uid, container } = target(path, 1);
  const id = runningContainer(podOf(options, namespace, name, uid), container);
  const result = await options.runtime.execSync(id, (query.get('cmd') ?? '').split(' '), RUN_TIMEOUT_MILLISECONDS);
  send(response, 'text/plain; charset=utf-8', result.stdout + result.stderr);
}

/** `<namespace>/<pod>[/<uid>]` and, when there is one, `/<container>`. */
function target(path: string[], containers: 0 | 1): { namespace: string; name: string; uid?: string; container: string } {
  const [namespace = '', name = '', ...rest] = path;
  const container = containers === 1 ? rest.pop() ?? '' : '';
  return { namespace, name, ...(rest[0] ? { uid: rest[0] } : {}), container };
}

async function takeUpgrade(options: ServerOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  if (!isTrusted(request)) throw new RequestError(401, 'Unauthorized');
  const url = new URL(request.url ?? '/', 'https://node');
  const query = url.searchParams;
  const [, route = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const { namespace, name, uid, container } = target(rest, route === 'portForward' ? 0 : 1);
  const worker = podOf(options, namespace, name, uid);
  const { runtime } = options;
  if (route === 'portForward') {
    const { sandbox } = worker.state;
    if (!sandbox) throw new RequestError(500, `pod ${name} has no sandbox`);
    return servePortForward(request, socket, head, query, (port) => runtime.portForward(sandbox.id, port));
  }
  if (route !== 'exec' && route !== 'attach') throw new RequestError(404, '404 page not found');
  const id = runningContainer(worker, container);
  const asked = commandOptions(query);
  const spec = [...(worker.pod.spec?.containers ?? []), ...(worker.pod.spec?.initContainers ?? []), ...(worker.pod.spec?.ephemeralContainers ?? [])].find((candidate) => candidate.name === container);
  if (!asked.stdin && !asked.stdout && !asked.stderr) throw new RequestError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  const wanted = route === 'attach' ? { ...asked, tty: spec?.tty ?? false, stderr: asked.stderr && !spec?.tty } : asked;
  const channels = await acceptCommand(request, socket, head, wanted);
  if (!channels) return;
  await serveCommand(channels, () => route === 'exec'
    ? runtime.exec(id, { command: query.getAll('command'), tty: wanted.tty, stdin: wanted.stdin })
    : runtime.attach(id, { stdin: wanted.stdin, tty: wanted.tty }), { killWhenLeft: route === 'exec' });
}

/** A TCP connection from the node, for an API server that stands outside the pod network. */
function tunnel(authority: string, socket: Duplex, head: Buffer): void {
  const url = URL.parse(`tcp://${authority}`);
  if (!url?.port) return refuseUpgrade(socket, 400, `bad address ${authority}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const outgoing = connect({ host, port: Number(url.port) });
  outgoing.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) outgoing.write(head);
    outgoing.pipe(socket);
    socket.pipe(outgoing);
  });
  outgoing.on('error', (error) => {
    if (outgoing.connecting || outgoing.bytesWritten === 0) refuseUpgrade(socket, 502, error.message);
    else socket.destroy();
  });
  outgoing.on('close', () => socket.end());
  socket.on('close', () => outgoing.destroy());
}

function agentMetrics({ pods, nodeName }: ServerOptions): string {
  const workers = pods.list();
  const running = workers.flatMap((worker) => worker.state.containers).filter((state) => state.state === 'running').length;
  const { rss, heapUsed } = process.memoryUsage();
  return [
    '# TYPE kubelet_node_name gauge', `kubelet_node_name{node="${nodeName}"} 1`,
    '# TYPE kubelet_running_pods gauge', `kubelet_running_pods ${workers.filter((worker) => !worker.state.finished).length}`,
    '# TYPE kubelet_running_containers gauge', `kubelet_running_containers{container_state="running"} ${running}`,
    '# TYPE process_resident_memory_bytes gauge', `process_resident_memory_bytes ${rss}`,
    '# TYPE nodejs_heap_size_used_bytes gauge', `nodejs_heap_size_used_bytes ${heapUsed}`, '',
  ].join('\n');
}
