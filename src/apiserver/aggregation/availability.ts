import { request } from 'node:http';
import type { APIService } from '../../../schema/v1.37/types/apiregistration-v1.ts';
import type { UserInfo } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import { setConditions } from '../bootstrap/as-server.ts';
import { specialSocket } from '../streams/reverse-proxy.ts';
import { extensionTarget, type FrontProxyClient } from './extension.ts';

const AGGREGATOR: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };
const TIMEOUT_MILLISECONDS = 5000;
const LIMIT_BYTES = 4 * 1024 * 1024;

export interface Answer { code: number; text: string }

/** A GET of an extension server in our own name. */
export async function askExtension(context: ServerContext, client: FrontProxyClient, service: APIService, path: string, accept = 'application/json'): Promise<Answer> {
  const target = await extensionTarget(context, client, service, path, AGGREGATOR);
  const socket = await specialSocket(target);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      method: 'GET', path, host: target.host, port: target.port, headers: { host: target.host, accept, ...target.headers },
      timeout: TIMEOUT_MILLISECONDS, ...(socket ? { createConnection: () => socket } : {}),
    }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > LIMIT_BYTES) outgoing.destroy(new Error('the answer is too large'));
      });
      answer.on('end', () => { socket?.destroy(); resolve({ code: answer.statusCode ?? 0, text }); });
      answer.on('error', reject);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

export interface Availability { available: boolean; reason: string; message: string; discovery?: string }

/** Whether an extension server answers for its group and version; its discovery document comes with that. */
export async function checkAvailability(context: ServerContext, client: FrontProxyClient, service: APIService): Promise<Availability> {
  const { group, version, service: reference } = service.spec ?? {};
  const { namespace = '', name = '' } = reference ?? {};
  if (!context.objects.get('', 'services', namespace, name)) {
    return { available: false, reason: 'ServiceNotFound', message: `service/${name} in ${JSON.stringify(namespace)} is not present` };
  }
  const path = `/apis/${group}/${version}`;
  try {
    const { code, text } = await askExtension(context, client, service, path);
    if (code >= 200 && code < 300) return { available: true, reason: 'Passed', message: 'all checks passed', discovery: text };
    return { available: false, reason: 'FailedDiscoveryCheck', message: `failing or missing response from https://${name}.${namespace}.svc${path}: bad status from https://${name}.${namespace}.svc${path}: ${code}` };
  } catch (error) {
    const reason = (error as { code?: unknown }).code === 503 ? 'MissingEndpoints' : 'FailedDiscoveryCheck';
    return { available: false, reason, message: `failing or missing response from https://${name}.${namespace}.svc${path}: ${(error as Error).message}` };
  }
}

export async function writeAvailability(context: ServerContext, service: APIService, { available, reason, message }: Availability): Promise<void> {
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/${service.metadata?.name}`;
  await setConditions(context, path, [{ type: 'Available', status: available ? 'True' : 'False', reason, message }], true);
}
