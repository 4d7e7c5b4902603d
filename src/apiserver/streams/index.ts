import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError, badRequest, internalError } from '../../api/status.ts';
import type { Request, Response } from '../http/server.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import { admissionAttributes, admit, validateAdmission } from '../verbs/admission.ts';
import { kubeletAgent } from './kubelet.ts';
import { logLocation, streamLocation, type KubeletLocation } from './locations.ts';
import { proxyTarget } from './proxy-target.ts';
import { proxyRequest, type ProxyTarget } from './reverse-proxy.ts';
import { tunnelUpgrade } from './tunnel.ts';
import { sendLogMessages } from './log-websocket.ts';
import { fetchLog } from './log.ts';
import { methodNotAllowed } from '../verbs/dispatch.ts';

const PROXIED_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const STREAMS = new Set(['pods/log', 'pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy']);

export function isStream(call: Call): boolean {
  return call.resource.group === '' && call.subresource !== undefined && STREAMS.has(`${call.resource.resource}/${call.subresource.name}`);
}

/** A stream request without an upgrade: logs and proxied requests. */
export async function serveStream(context: ServerContext, call: Call, request: Request, response: Response): Promise<void> {
  const { subresource, method, subpath, path } = call.info;
  if (subresource === 'log') {
    const location = await logLocation(context, call);
    return fetchLog(context, call, location, request, response);
  }
  if (subresource !== 'proxy') {
    await admitConnect(context, call);
    await streamLocation(context, call);
    throw badRequest('Upgrade request required');
  }
  if (!PROXIED_METHODS.has(method)) throw methodNotAllowed();
  await admitConnect(context, call);
  const target = await proxyTarget(context, call, request);
  if (!subpath && !path.endsWith('/') && (method === 'GET' || method === 'HEAD')) return redirectToSlash(call, response as ServerResponse);
  return proxyRequest(request, response, target);
}

/** Exec, attach, port-forward, upgrades through a proxy, and logs over WebSocket. */
export async function serveStreamUpgrade(context: ServerContext, call: Call, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  if (call.info.subresource === 'log') {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw badRequest('Upgrade is not served here');
    return sendLogMessages(context, call, await logLocation(context, call), request, socket, head);
  }
  await admitConnect(context, call);
  const target = call.info.subresource === 'proxy' ? await proxyTarget(context, call, request) : kubeletTarget(context, await streamLocation(context, call));
  try {
    await tunnelUpgrade(request, socket, head, target);
  } catch (error) {
    if (!(error instanceof StatusError) || call.info.subresource === 'proxy') throw error;
    throw internalError(error.message);
  }
}

export function kubeletTarget(context: ServerContext, { kubelet, path }: KubeletLocation): ProxyTarget {
  return { secure: true, host: kubelet.host, port: kubelet.port, path, agent: kubeletAgent(context) };
}

/** Admission sees a connection too: whoever watches over exec looks here. */
async function admitConnect(context: ServerContext, call: Call): Promise<void> {
  const options = { kind: call.subresource?.kind ?? '', dryRun: false };
  const attributes = admissionAttributes(call, 'CONNECT', { kind: options.kind, apiVersion: 'v1', ...connectOptions(call) }, undefined, options);
  await admit(context, attributes);
  await validateAdmission(context, attributes);
}

function connectOptions(call: Call): Record<string, unknown> {
  const { query, subresource, subpath, path } = call.info;
  if (subresource === 'proxy') return { path: subpath || path.endsWith('/') ? `/${subpath}` : '' };
  if (subresource === 'portforward') return { ports: query.getAll('ports').map(Number) };
  const flags = ['stdin', 'stdout', 'stderr', 'tty'].filter((name) => query.get(name) === 'true' || query.get(name) === '1');
  const container = query.get('container');
  return { ...Object.fromEntries(flags.map((name) => [name, true])), ...(container ? { container } : {}), ...(subresource === 'exec' ? { command: query.getAll('command') } : {}) };
}

function redirectToSlash(call: Call, response: ServerResponse): void {
  const query = call.info.query.toString();
  response.setHeader('location', `${call.info.path}/${query ? `?${query}` : ''}`);
  response.writeHead(301);
  response.end();
}
