import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Credentials } from '../contracts.ts';
import { systemClock } from '../../base/clock.ts';
import { Departures } from './departures.ts';
import { refuseUnparsed } from './unparsed.ts';

export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface ServerTls {
  certificatePem: string;
  privateKeyPem: string;
  /** Authorities of client certificates; several PEM blocks are allowed. */
  clientCaPem?: string;
  frontProxyCaPem?: string;
}

export interface HttpsServerOptions {
  /** Its authorities may be changed; `renewTls` makes that count. */
  tls: ServerTls;
  onRequest(request: Request, response: Response): void;
  /** Connection: Upgrade on HTTP/1.1. The handler owns the socket. */
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  timeouts?: ConnectionTimeouts;
  /** A client that could not agree on TLS. */
  onTlsError?(): void;
  /** Of some thousand connections most have ended. */
  onCrowdLeft?(): void;
}

export interface HttpsServer {
  listen(host: string, port: number): Promise<{ host: string; port: number }>;
  /** Takes `tls` as it is now for new connections. */
  renewTls(): void;
  /** Takes no more connections; cuts what is left `graceMilliseconds` after requests are `drained`. */
  close(graceMilliseconds: number, drained?: Promise<void>): Promise<void>;
}

type ClientCertificate = NonNullable<Credentials['clientCertificate']>;

const MAX_STREAMS = 1000;
const SESSION_MEGABYTES = 1000;
const KEEP_ALIVE_MILLISECONDS = 3 * 60_000;
const HEADER_BYTES = 1024 * 1024;
/** Fields of one request; someone who acts for a user of many groups sends one a group. */
const HEADER_FIELDS = 10_000;

/** What a client gets that says nothing, or says it slowly. */
export interface ConnectionTimeouts {
  /** From the connection to the end of the handshake, and from there or a request's first byte to the end of its headers. */
  headersMilliseconds: number;
  /** Of an HTTP/2 connection without requests. */
  idleMilliseconds: number;
}
const TIMEOUTS: ConnectionTimeouts = { headersMilliseconds: 32_000, idleMilliseconds: KEEP_ALIVE_MILLISECONDS };
/** How often connections are looked at, as a part of what they get. */
const CHECKS_IN_TIMEOUT = 8;

/** HTTP/2 and HTTP/1.1 on one TLS port, client certificates asked for but not required. One call of `listen` an address. */
export function createHttpsServer(options: HttpsServerOptions): HttpsServer {
  const servers: ReturnType<typeof createSecureServer>[] = [];
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<TLSSocket>();
  /** HTTP/1.1 connections that wait for their answer. */
  const busy = new Set<object>();
  let closing = false;
  const departures = new Departures(systemClock, () => options.onCrowdLeft?.());
  const { headersMilliseconds, idleMilliseconds } = options.timeouts ?? TIMEOUTS;
  const make = (): ReturnType<typeof createSecureServer> => {
    const { tls } = options;
    const server = createSecureServer({
      allowHTTP1: true, ...secrets(tls), requestCert: true, rejectUnauthorized: false,
      settings: { maxConcurrentStreams: MAX_STREAMS, initialWindowSize: 1024 * 1024, maxHeaderListSize: HEADER_BYTES }, maxHeaderListPairs: HEADER_FIELDS, maxSessionMemory: SESSION_MEGABYTES, minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, requestTimeout: 0, headersTimeout: headersMilliseconds, maxHeaderSize: HEADER_BYTES, handshakeTimeout: headersMilliseconds,
      connectionsCheckingInterval: Math.ceil(headersMilliseconds / CHECKS_IN_TIMEOUT),
    } as Parameters<typeof createSecureServer>[0]);
    (server as unknown as { maxHeadersCount: number }).maxHeadersCount = HEADER_FIELDS;
    server.on('request', (request, response) => {
      if (request.httpVersionMajor === 1) {
        const { socket } = request;
        busy.add(socket);
        response.on('close', () => {
          busy.delete(socket);
          if (closing) socket.destroy();
        });
      }
      options.onRequest(request, response);
    });
    server.on('upgrade', options.onUpgrade);
    server.on('session', (session) => {
      sessions.add(session);
      session.setLocalWindowSize(16 * 1024 * 1024);
      session.on('close', () => sessions.delete(session));
      session.on('error', () => session.destroy());
      closeWhenIdle(session, idleMilliseconds);
    });
    server.on('sessionError', () => undefined);
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        departures.left(sockets.size);
      });
      socket.on('error', () => socket.destroy());
    });
    server.on('clientError', refuseUnparsed);
    server.on('tlsClientError', () => options.onTlsError?.());
    server.setTimeout(0);
    return server;
  };
  return {
    listen(host, port) {
      const server = make();
      servers.push(server);
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          const address = server.address() as { address: string; port: number };
          resolve({ host: address.address, port: address.port });
        });
      });
    },
    renewTls() {
      for (const server of servers) server.setSecureContext(secrets(options.tls));
    },
    async close(graceMilliseconds, drained = Promise.resolve()) {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      closing = true;
      for (const session of sessions) session.close();
      for (const socket of sockets) if (!busy.has(socket) && socket.alpnProtocol !== 'h2') socket.destroy();
      let cut: NodeJS.Timeout | undefined;
      let over = false;
      void drained.then(() => {
        if (over) return;
        cut = setTimeout(() => {
          for (const session of sessions) session.destroy();
          for (const socket of sockets) socket.destroy();
        }, graceMilliseconds);
      });
      await Promise.all(closed);
      over = true;
      clearTimeout(cut);
    },
  };
}

/** Ends a session once it has had no stream for that long; a stream may be silent as long as it likes. */
function closeWhenIdle(session: ServerHttp2Session, milliseconds: number): void {
  let streams = 0;
  session.on('stream', (stream) => {
    streams++;
    stream.once('close', () => { streams--; });
  });
  session.setTimeout(milliseconds, () => { if (streams === 0) session.close(); });
}

function secrets(tls: ServerTls): { key: string; cert: string; ca: string[] } {
  return { key: tls.privateKeyPem, cert: tls.certificatePem, ca: [tls.clientCaPem, tls.frontProxyCaPem].filter((text) => text !== undefined) };
}

/** Says who a connection's client certificate is of and which of our authorities, as they are now, signed it. */
export function createCertificateReader(tls: ServerTls): (request: Request) => ClientCertificate | undefined {
  let certificates = new WeakMap<object, ClientCertificate | null>();
  let clientCaPem = tls.clientCaPem, clientCas = certificatesIn(clientCaPem);
  const frontProxyCas = certificatesIn(tls.frontProxyCaPem);
  return (request) => {
    if (tls.clientCaPem !== clientCaPem) {
      clientCaPem = tls.clientCaPem;
      clientCas = certificatesIn(clientCaPem);
      certificates = new WeakMap();
    }
    const socket = (request as Http2ServerRequest).stream?.session?.socket as TLSSocket | undefined ?? (request.socket as TLSSocket);
    // The socket of an HTTP/2 session is a proxy object; the session itself is stable.
    const owner: object = (request as Http2ServerRequest).stream?.session ?? socket;
    const known = certificates.get(owner);
    if (known !== undefined) return known ?? undefined;
    const read = readCertificate(socket, clientCas, frontProxyCas);
    certificates.set(owner, read ?? null);
    return read;
  };
}

function readCertificate(socket: TLSSocket, clientCas: X509Certificate[], frontProxyCas: X509Certificate[]): ClientCertificate | undefined {
  const certificate = socket.getPeerX509Certificate?.();
  if (!certificate) return undefined;
  const subject = subjectOf(socket.getPeerCertificate(false).subject as unknown as Record<string, string | string[]>);
  const verified = socket.authorized;
  return {
    ...subject, der: certificate.raw, notAfter: Date.parse(certificate.validTo),
    issuerIsClientCa: verified && signedBy(certificate, clientCas), issuerIsFrontProxyCa: verified && signedBy(certificate, frontProxyCas),
  };
}

function subjectOf(subject: Record<string, string | string[]> | undefined): { commonName: string; organizations: string[]; uid?: string } {
  const list = (value: string | string[] | undefined): string[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
  const uid = list(subject?.['1.3.6.1.4.1.57683.2'])[0];
  return { commonName: list(subject?.['CN'])[0] ?? '', organizations: list(subject?.['O']), ...(uid ? { uid } : {}) };
}

function signedBy(certificate: X509Certificate, authorities: X509Certificate[]): boolean {
  return authorities.some((authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
}

function certificatesIn(pem: string | undefined): X509Certificate[] {
  return (pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((block) => new X509Certificate(block));
}
