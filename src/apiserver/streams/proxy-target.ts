import type { IncomingMessage } from 'node:http';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { badRequest, StatusError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Request } from '../http/server.ts';
import type { Call } from '../request/call.ts';
import { connectEndpoint, serviceEndpoint, type Endpoint } from './cluster-connector.ts';
import { kubeletAgent, kubeletOf } from './kubelet.ts';
import { podOf } from './locations.ts';
import type { ProxyTarget } from './reverse-proxy.ts';

/** `name`, `name:port` or `scheme:name:port`; a trailing colon means an empty port. */
export function splitProxyName(text: string): { secure: boolean; name: string; port: string } | undefined {
  const parts = text.split(':');
  if (parts.length === 1) return { secure: false, name: text, port: '' };
  if (parts.length === 2) return parts[0] ? { secure: false, name: parts[0], port: parts[1] as string } : undefined;
  if (parts.length !== 3 || (parts[0] !== '' && parts[0] !== 'http' && parts[0] !== 'https') || !parts[1]) return undefined;
  return { secure: parts[0] === 'https', name: parts[1], port: parts[2] as string };
}

/** Where a proxy request of a pod, service or node goes. */
export async function proxyTarget(context: ServerContext, call: Call, request: Request | IncomingMessage): Promise<ProxyTarget> {
  const { resource, name: text } = call.info;
  const named = splitProxyName(text);
  if (!named) throw badRequest(`invalid ${resource.slice(0, -1)} request ${JSON.stringify(text)}`);
  const path = targetPath(call, request);
  if (resource === 'nodes') return nodeTarget(context, call, named, path, request);
  const endpoint = resource === 'pods' ? await podEndpoint(context, call, named) : await serviceEndpoint(context, call.info.namespace, named.name, named.port).catch((error: unknown) => { throw ofService(error, named); });
  return {
    secure: named.secure, host: endpoint.address, port: endpoint.port, path, connect: () => connectEndpoint(context, endpoint),
    place: placeOf(call, request, `${endpoint.address}:${endpoint.port}`),
  };
}

/** Only a port's number needs the Service itself; for a name its endpoints are looked for, and there are none. */
function ofService(error: unknown, { name, port }: { name: string; port: string }): unknown {
  const isMissing = error instanceof StatusError && error.code === 404 && !/^\d+$/.test(port);
  return isMissing ? new StatusError(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(name)}`) : error;
}

async function podEndpoint(context: ServerContext, call: Call, { name, port, secure }: { name: string; port: string; secure: boolean }): Promise<Endpoint> {
  const pod: Pod = await podOf(context, call.info.namespace, name);
  const address = pod.status?.podIP ?? '';
  if (!isProxyable(address)) throw badRequest('address not allowed');
  const first = pod.spec?.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
  const number = Number(port || first || (secure ? 443 : 80));
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  return { address, port: number, ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}) };
}

/** Not loopback, link-local, multicast or nothing: what a proxy must not be led to. */
export function isProxyable(address: string): boolean {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return address.includes(':') && !/^(::1?$|fe[89ab]|ff)/i.test(address);
  return !/^(0\.0\.0\.0$|127\.|169\.254\.|22[4-9]\.|23\d\.|255\.255\.255\.255$)/.test(address);
}

async function nodeTarget(
  context: ServerContext, call: Call, { name, port, secure }: { name: string; port: string; secure: boolean }, path: string, request: Request | IncomingMessage,
): Promise<ProxyTarget> {
  const kubelet = await kubeletOf(context, name);
  if (!isProxyable(kubelet.host)) throw badRequest('address not allowed');
  const isKubelet = port === '' || Number(port) === kubelet.port;
  const number = isKubelet ? kubelet.port : Number(port);
  const place = placeOf(call, request, `${kubelet.host}:${number}`);
  return isKubelet ? { secure: true, host: kubelet.host, port: number, path, agent: kubeletAgent(context), place } : { secure, host: kubelet.host, port: number, path, place };
}

function targetPath(call: Call, request: Request | IncomingMessage): string {
  const query = (request.url ?? '').split('?').slice(1).join('?');
  const trailing = call.info.path.endsWith('/') && !call.info.subpath.endsWith('/') && call.info.subpath !== '' ? '/' : '';
  return `/${call.info.subpath}${trailing}${query ? `?${query}` : ''}`;
}

function placeOf(call: Call, request: Request | IncomingMessage, targetHost: string): NonNullable<ProxyTarget['place']> {
  const { path, subpath } = call.info;
  const prefix = (subpath ? path.slice(0, path.length - subpath.length) : path).replace(/\/+$/, '');
  return { prefix, targetHost, clientHost: String(request.headers[':authority'] ?? request.headers.host ?? '') };
}
