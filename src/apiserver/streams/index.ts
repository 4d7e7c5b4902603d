import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Request, Response } from '../http/server.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import { methodNotAllowed } from '../verbs/dispatch.ts';

const STREAMS = new Set(['pods/log', 'pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy']);

export function isStream(call: Call): boolean {
  return call.resource.group === '' && call.subresource !== undefined && STREAMS.has(`${call.resource.resource}/${call.subresource.name}`);
}

export async function serveStream(context: ServerContext, call: Call, request: Request, response: Response): Promise<void> {
  void context; void call; void request; void response;
  throw methodNotAllowed();
}

export async function serveStreamUpgrade(context: ServerContext, call: Call, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  void context; void call; void request; void socket; void head;
  throw methodNotAllowed();
}
