import { Agent, request } from 'node:https';
import type { WebhookClientConfig } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { WebhookFailure, type ReviewAnswer } from './review.ts';

/** Where a Service's port is reached from this process; undefined when it has no ready endpoint. */
export type ServiceResolver = (namespace: string, name: string, port: number) => { host: string; port: number } | undefined | Promise<{ host: string; port: number } | undefined>;

export interface Target { url: URL; host: string; port: number; serverName: string; ca: string | undefined }

const MAXIMUM_ANSWER_BYTES = 3 * 1024 * 1024;
const agent = new Agent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 60_000 });

export async function resolveTarget(config: WebhookClientConfig, timeoutSeconds: number, resolve: ServiceResolver): Promise<Target> {
  const ca = config.caBundle ? Buffer.from(config.caBundle, 'base64').toString() : undefined;
  const withTimeout = (url: URL): URL => {
    url.searchParams.set('timeout', `${timeoutSeconds}s`);
    return url;
  };
  if (config.service) {
    const { namespace, name, port = 443, path = '' } = config.service;
    const serverName = `${name}.${namespace}.svc`;
    const url = withTimeout(new URL(`https://${serverName}:${port}${path.startsWith('/') || !path ? path : `/${path}`}`));
    const place = await resolve(namespace, name, port);
    if (!place) throw new WebhookFailure(`failed to call webhook: Post "${describe(url, port)}": no endpoints available for service "${name}"`);
    return { url, host: place.host, port: place.port, serverName, ca };
  }
  const url = withTimeout(new URL(config.url ?? ''));
  return { url, host: url.hostname, port: Number(url.port || 443), serverName: url.hostname, ca };
}

/** With the port, which URL drops where it is the usual one. */
const describe = (url: URL, port: number): string => `https://${url.hostname}:${port}${url.pathname}${url.search}`;

/** POSTs the review. Rejects with WebhookFailure, worded as upstream words it, when no answer that can be read comes in time. */
export function callWebhook(target: Target, review: KubernetesObject, timeoutSeconds: number): Promise<ReviewAnswer> {
  const { url, host, port, serverName, ca } = target;
  const body = Buffer.from(JSON.stringify(review));
  const fail = (reason: string): WebhookFailure => new WebhookFailure(`failed to call webhook: Post "${describe(url, Number(url.port || 443))}": ${reason}`);
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
    const onError = (error: Error): void => reject(fail(deadline.aborted ? 'context deadline exceeded' : error.message));
    const outgoing = request({
      host, port, path: url.pathname + url.search, method: 'POST', agent, servername: serverName, ...(ca === undefined ? {} : { ca }), signal: deadline,
      headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json, */*', 'content-length': body.length, 'user-agent': 'kube-apiserver-admission' },
    }, (incoming) => {
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAXIMUM_ANSWER_BYTES) outgoing.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      incoming.on('error', onError);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((incoming.statusCode ?? 500) >= 300) {
          reject(new WebhookFailure(`failed to call webhook: the server responded with the status code ${incoming.statusCode}: ${text.slice(0, 256).trim()}`));
          return;
        }
        try {
          resolve(JSON.parse(text) as ReviewAnswer);
        } catch (error) {
          reject(new WebhookFailure(`failed to call webhook: could not read the answer: ${(error as Error).message}`));
        }
      });
    });
    outgoing.on('error', onError);
    outgoing.end(body);
  });
}
