import { connect, type TLSSocket } from 'node:tls';
import { Agent } from 'node:https';
import type { Node } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError, notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';

/** Where a node's kubelet API listens, and what proves who we are to it. */
export interface KubeletAddress { nodeName: string; host: string; port: number }

const ADDRESS_TYPES = ['InternalIP', 'Hostname', 'InternalDNS', 'ExternalIP', 'ExternalDNS'];
const agents = new WeakMap<object, Agent>();

/** Throws StatusError when there is no such node or it told no address. `asked`: the resource of the request, which upstream names when the node is missing. */
export async function kubeletOf(context: ServerContext, nodeName: string, asked = 'nodes'): Promise<KubeletAddress> {
  const cached = await context.store.get({ group: '', resource: 'nodes' }, '', nodeName);
  if (!cached) throw notFound('', asked, nodeName);
  const { status } = cached.object as unknown as Node;
  for (const type of ADDRESS_TYPES) {
    const address = status?.addresses?.find((candidate) => candidate.type === type);
    if (address) return { nodeName, host: address.address, port: status?.daemonEndpoints?.kubeletEndpoint?.Port || context.flags.kubeletPort };
  }
  const known = (status?.addresses ?? []).map(({ type, address }) => `{${type} ${address}}`);
  throw new StatusError(500, '', `no preferred addresses found; known addresses: [${known.join(' ')}]`);
}

/** TLS settings towards kubelets. Without an authority their certificates are taken unseen, as upstream does by default. */
export function kubeletTls(context: ServerContext): { cert?: string; key?: string; ca?: string; rejectUnauthorized: boolean } {
  const client = context.kubeletClient;
  if (!client) return { rejectUnauthorized: false };
  const { certificatePem: cert, privateKeyPem: key, caPem: ca } = client;
  return { cert, key, ...(ca ? { ca } : {}), rejectUnauthorized: ca !== undefined };
}

/** Keeps connections to kubelets for plain requests. */
export function kubeletAgent(context: ServerContext): Agent {
  const owner = context.kubeletClient ?? context.flags;
  let agent = agents.get(owner);
  if (!agent) agents.set(owner, (agent = new Agent({ ...kubeletTls(context), keepAlive: true, maxFreeSockets: 4, timeout: 0 })));
  return agent;
}

/** A fresh TLS connection to a kubelet. */
export function connectKubelet(context: ServerContext, { host, port }: KubeletAddress): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, ...kubeletTls(context), ALPNProtocols: ['http/1.1'] }, () => {
      socket.off('error', reject);
      socket.setNoDelay(true);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.setTimeout(10_000, () => socket.destroy(new Error(`timed out connecting to ${host}:${port}`)));
    socket.once('secureConnect', () => socket.setTimeout(0));
  });
}
