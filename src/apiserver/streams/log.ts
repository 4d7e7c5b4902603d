import type { IncomingMessage, ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Stream } from 'node:stream';
import { StatusError, badRequest, internalError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Request, Response } from '../http/server.ts';
import type { Call } from '../request/call.ts';
import { kubeletAgent } from './kubelet.ts';
import type { KubeletLocation } from './locations.ts';
import { passOn } from './reverse-proxy.ts';

const MAX_ERROR_BYTES = 2048;

/** Passes a container's log on as it grows; a pod without a node has an empty one. */
export async function fetchLog(context: ServerContext, call: Call, location: KubeletLocation | undefined, _request: Request, anyResponse: Response): Promise<void> {
  const response = anyResponse as ServerResponse;
  response.setHeader('cache-control', 'no-cache, private');
  if (!location) {
    response.writeHead(204);
    response.end();
    return;
  }
  response.setHeader('content-type', 'text/plain');
  const answer = await openLog(context, call, location, response);
  response.writeHead(200);
  await passOn(answer, response);
}

/** The log as the node sends it, until `client` leaves. Throws the node's refusal. */
export async function openLog(context: ServerContext, call: Call, location: KubeletLocation, client: Stream): Promise<IncomingMessage> {
  const answer = await ask(context, location, client);
  if ((answer.statusCode ?? 500) >= 300) throw await refusal(call, answer);
  return answer;
}

function ask(context: ServerContext, location: KubeletLocation, client: Stream): Promise<IncomingMessage> {
  const { kubelet, path } = location;
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({ host: kubelet.host, port: kubelet.port, path, method: 'GET', agent: kubeletAgent(context) }, resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The node may close an idle connection at the moment that we take it up again.
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') return resolve(ask(context, location, client));
      reject(internalError(`Get "https://${kubelet.host}:${kubelet.port}${path}": ${error.message}`));
    });
    client.on('close', () => outgoing.destroy());
    outgoing.end();
  });
}

/** The kubelet's refusal as our own. */
async function refusal(call: Call, answer: IncomingMessage): Promise<StatusError> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.length > MAX_ERROR_BYTES) break;
  }
  answer.destroy();
  text = text.slice(0, MAX_ERROR_BYTES).trim();
  if (answer.statusCode === 400) return badRequest(text);
  if (answer.statusCode === 500) return internalError(text);
  const reason = answer.statusCode === 404 ? 'NotFound' : answer.statusCode === 503 ? 'ServiceUnavailable' : 'InternalError';
  const message = answer.statusCode === 404 ? `the server could not find the requested resource ( ${call.info.resource}/${call.info.subresource} ${call.info.name})` : text;
  return new StatusError(answer.statusCode ?? 500, reason, message, {
    name: call.info.name, kind: call.info.resource, causes: [{ reason: 'UnexpectedServerResponse', message: text }],
  });
}
