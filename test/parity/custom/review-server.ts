import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/base/clock.ts';
import { issueCertificate, newKey, type KeyPair } from '../../../src/pki/certificate.ts';
import { ANSWERS } from './review-answers.ts';

export type SideName = 'upstream' | 'naru';
/** A review as it came: where it was sent, and what it says. */
export interface Received { path: string; method: string | undefined; headers: Record<string, unknown>; review: unknown }

const SIDES: SideName[] = ['upstream', 'naru'];
const HOUR_MILLISECONDS = 3600 * 1000;
const received: Record<SideName, Received[]> = { upstream: [], naru: [] };
const ports: Partial<Record<SideName, number>> = {};
let authority = '';

/** Signed by itself: it is its own authority. */
function makeCertificate(): KeyPair {
  const { privateKey, publicKey, privateKeyPem } = newKey();
  const subject = { commonName: 'webhooks' };
  const now = systemClock.now();
  const span = { notBefore: now - HOUR_MILLISECONDS, notAfter: now + 24 * HOUR_MILLISECONDS };
  return { certificatePem: issueCertificate({ subject, publicKey, issuer: { subject, privateKey, publicKey }, use: 'server', names: ['127.0.0.1', 'localhost'], ...span }), privateKeyPem };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

async function answer(side: SideName, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await bodyOf(request);
  const review = JSON.parse(text) as { request: { uid: string } };
  const path = request.url ?? '';
  const { 'user-agent': agent, accept, 'content-type': type } = request.headers;
  received[side].push({ path, method: request.method, headers: { agent, accept, type }, review });
  const name = path.split('/')[1]?.split('?')[0] ?? '';
  ANSWERS[name]?.(review, response, request);
}

function serve(side: SideName, server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      ports[side] = (server.address() as AddressInfo).port;
      resolve();
    });
  });
}

/** One server a side, so that each says what reached it. */
export async function startReviewServers(): Promise<{ stop(): Promise<void>; taken(): Record<SideName, Received[]> }> {
  const { certificatePem, privateKeyPem } = makeCertificate();
  authority = Buffer.from(certificatePem).toString('base64');
  const servers = await Promise.all(SIDES.map(async (side) => {
    const server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
      answer(side, request, response).catch(() => response.destroy());
    });
    await serve(side, server);
    return server;
  }));
  return {
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => { server.close(resolve); });
      }
    },
    taken() {
      // Validating webhooks are called all at once.
      const inOrder = (list: Received[]): Received[] => [...list].sort((one, other) => (one.path < other.path ? -1 : Number(one.path > other.path)));
      const all = { upstream: inOrder(received.upstream), naru: inOrder(received.naru) };
      [received.upstream, received.naru] = [[], []];
      return all;
    },
  };
}

/** How one side's server reaches a path of its own review server. */
export function clientConfig(side: SideName, path: string): { url: string; caBundle: string } {
  return { url: `https://127.0.0.1:${ports[side]}/${path}`, caBundle: authority };
}
