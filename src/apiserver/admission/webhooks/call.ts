import { Agent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import type { WebhookClientConfig } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { BrokenAnswer, type JsonAnswer, postJson } from '../../transport/post-json.ts';
import { readReview } from './answer.ts';
import type { CredentialsFor } from './credentials.ts';
import { WebhookFailure, type ReviewAnswer } from './review.ts';

/** A raw connection to a ready endpoint of a Service's port; rejects with Error when there is none. */
export type ServiceConnector = (namespace: string, name: string, port: number) => Promise<Duplex>;

export interface Target {
  /** With the port, also where it is the usual one. */
  shown: string;
  path: string; host: string; port: number; ca: string | undefined;
  service: { namespace: string; name: string } | undefined;
}

/** As many as upstream's client follows. */
const MAXIMUM_REDIRECTS = 10;
const POOL = { keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 60_000 };

/** Keeps TLS connections that lead through a connector: the process itself need not reach a Service's addresses. */
class ServiceAgent extends Agent {
  private readonly connector: ServiceConnector;
  constructor(connector: ServiceConnector) {
    super(POOL);
    this.connector = connector;
  }

  override createConnection(options: ConnectionOptions & { service?: Target['service'] }, created?: (error: Error | null, socket: Duplex) => void): undefined {
    const { service, servername, ca, cert, key, port } = options;
    this.connector(service?.namespace ?? '', service?.name ?? '', port ?? 443).then(
      (socket) => {
        const secured = connect({ socket, servername, ca, cert, key, ALPNProtocols: ['http/1.1'] });
        created?.(null, secured);
      },
      // Upstream names the kind of what is missing, not its resource.
      (error: Error) => created?.(new Error(error.message.replace(/^services (".*" not found)$/, 'service $1')), undefined as unknown as Duplex),
    );
    return undefined;
  }
}

export interface WebhookCaller {
  /** POSTs the review. Rejects with WebhookFailure, worded as upstream words it, when no answer that can be read comes in time. `read`: for reviews of another kind than admission's. */
  call(target: Target, review: KubernetesObject, timeoutSeconds: number): Promise<ReviewAnswer>;
  call<Read>(target: Target, review: KubernetesObject, timeoutSeconds: number, read: (answer: JsonAnswer) => Read): Promise<Read>;
}

export function targetOf(config: WebhookClientConfig, timeoutSeconds: number): Target {
  const ca = config.caBundle ? Buffer.from(config.caBundle, 'base64').toString() : undefined;
  const { service } = config;
  const path = service?.path ?? '';
  const url = new URL(service ? `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}${path === '' || path.startsWith('/') ? path : `/${path}`}` : config.url ?? '');
  url.searchParams.set('timeout', `${timeoutSeconds}s`);
  const port = Number(url.port || 443);
  return {
    shown: `https://${url.hostname}${service || url.port ? `:${port}` : ''}${url.pathname}${url.search}`, path: url.pathname + url.search, host: url.hostname.replace(/^\[|\]$/g, ''), port, ca,
    service: service ? { namespace: service.namespace, name: service.name } : undefined,
  };
}

/** Where an answer sends the same request; undefined when it does not. */
function redirected(target: Target, { code, location }: JsonAnswer): Target | undefined {
  if ((code !== 307 && code !== 308) || !location || !URL.canParse(location, target.shown)) return undefined;
  const { protocol, hostname, port: given, pathname, search, href } = new URL(location, target.shown);
  if (protocol !== 'https:') return undefined;
  const [host, port] = [hostname.replace(/^\[|\]$/g, ''), Number(given || 443)];
  const isSame = host === target.host && port === target.port;
  return { shown: href, path: pathname + search, host, port, ca: target.ca, service: isSame ? target.service : undefined };
}

export function createWebhookCaller(connector: ServiceConnector, credentialsFor: CredentialsFor = () => undefined): WebhookCaller {
  const services = new ServiceAgent(connector);
  const urls = new Agent(POOL);

  function post({ shown, path, host, port, ca, service }: Target, review: KubernetesObject, timeoutSeconds: number): Promise<JsonAnswer> {
    const credentials = credentialsFor(host, port);
    const headers = { host: `${host}:${port}`, 'user-agent': 'kube-apiserver-admission', ...credentials?.headers() };
    // `service` travels through the options to the agent's createConnection.
    const options = { host, port, path, headers, servername: isIP(host) ? '' : host, agent: service ? services : urls, ...(ca === undefined ? {} : { ca }), ...credentials?.tls, service };
    return postJson(undefined, options, review, timeoutSeconds * 1000).catch((error: Error) => {
      const why = error instanceof BrokenAnswer ? `unexpected error when reading response body. Please retry. Original error: ${error.message}` : `Post "${shown}": ${error.message}`;
      throw new WebhookFailure(`failed to call webhook: ${why}`);
    });
  }

  return {
    async call<Read>(target: Target, review: KubernetesObject, timeoutSeconds: number, read?: (answer: JsonAnswer) => Read) {
      let answer = await post(target, review, timeoutSeconds);
      for (let next = redirected(target, answer), count = 1; next; next = redirected(next, answer), count++) {
        if (count > MAXIMUM_REDIRECTS) throw new WebhookFailure(`failed to call webhook: Post "${next.shown}": stopped after ${MAXIMUM_REDIRECTS} redirects`);
        answer = await post(next, review, timeoutSeconds);
      }
      return (read ? read(answer) : readReview(answer, String(review.apiVersion).split('/')[1] ?? '')) as Read;
    },
  };
}
