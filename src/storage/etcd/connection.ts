import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { ChannelCredentials, ChannelOptions, Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { sleep, systemClock } from '../../base/clock.ts';
import { OverloadedError, StorageClosedError, StorageUnavailableError } from '../storage.ts';
import { WATCH, type Method, type WatchRequest, type WatchResponse } from './messages.ts';
import { decode, encode } from './wire.ts';

type Grpc = typeof import('@grpc/grpc-js');

export interface EtcdTls { caPem?: string; certificatePem?: string; privateKeyPem?: string }

export interface CallOptions {
  /** What to do when nobody can say whether the request took effect. Requests that never left are always sent again. */
  whenUnclear: 'again' | 'fail';
}

/** `repeated`: an earlier attempt may have taken effect. */
export interface Reply<Response> { response: Response; repeated: boolean }

export interface WatchStream { stop(): void; /** Asks how far the stream has come; the answer has no events. */ askProgress(): void }

export interface WatchHandlers { response(response: WatchResponse): void; ended(error: Error): void }

/** What etcd's own client sends at most; etcd itself refuses less, 1.5 MiB by default. */
const MAX_REQUEST_BYTES = 2 * 1024 * 1024;
const ATTEMPT_MILLISECONDS = 8_000;
const REQUEST_MILLISECONDS = 10_000;
const BACKOFF_MILLISECONDS = 100;
const CODES: Record<number, string> = { 1: 'Canceled', 2: 'Unknown', 3: 'InvalidArgument', 4: 'DeadlineExceeded', 7: 'PermissionDenied', 8: 'ResourceExhausted', 9: 'FailedPrecondition', 11: 'OutOfRange', 13: 'Internal', 14: 'Unavailable', 16: 'Unauthenticated' };
const CANCELED = 1;
const RESOURCE_EXHAUSTED = 8;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

/** A refusal by etcd itself, or its absence, in the words that upstream's API server passes on. */
export class EtcdError extends StorageUnavailableError {
  override name = 'EtcdError';
  readonly code: number;
  readonly details: string;
  constructor(code: number, details: string) {
    super(details.startsWith('etcdserver: ') ? details : code === DEADLINE_EXCEEDED ? 'context deadline exceeded' : `rpc error: code = ${CODES[code] ?? code} desc = ${details}`);
    this.code = code;
    this.details = details;
  }
}

/** One member is asked at a time; when it fails, the next one. */
export class EtcdConnection {
  private readonly grpc: Grpc;
  private readonly clients: Client[];
  private current = 0;
  private closed = false;

  constructor(grpc: Grpc, endpoints: string[], tls: EtcdTls) {
    this.grpc = grpc;
    this.clients = endpoints.map((endpoint) => {
      const url = new URL(endpoint);
      const { credentials, channel } = url.protocol === 'https:' ? secureChannel(grpc, url.hostname, tls) : { credentials: grpc.credentials.createInsecure(), channel: {} };
      return new grpc.Client(url.host, credentials, {
        ...channel,
        'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1, 'grpc.enable_retries': 0, 'grpc.enable_http_proxy': 0,
        'grpc.service_config_disable_resolution': 1, 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000,
        // etcd hangs up on clients that ask more often than every five seconds.
        'grpc.keepalive_time_ms': 10_000, 'grpc.keepalive_timeout_ms': 5_000,
      });
    });
  }

  /** Throws EtcdError, OverloadedError, StorageClosedError; after ten seconds at the latest. */
  async call<Request extends object, Response extends object>(
    method: Method<Request, Response>, request: Partial<Request>, options: CallOptions, milliseconds = REQUEST_MILLISECONDS,
  ): Promise<Reply<Response>> {
    const end = systemClock.monotonic() + milliseconds;
    let repeated = false;
    for (let attempt = 1; ; attempt++) {
      if (this.closed) throw new StorageClosedError('the store was closed');
      const member = this.current;
      try {
        return { response: await this.once(member, method, request, Math.min(ATTEMPT_MILLISECONDS, end - systemClock.monotonic())), repeated };
      } catch (error) {
        if (this.closed) throw new StorageClosedError('the store was closed');
        if (!(error instanceof EtcdError) || !isPassing(error)) throw error;
        this.leave(member);
        const unclear = !/^No connection established|^Name resolution|etcdserver: no leader/.test(error.details);
        if ((unclear && options.whenUnclear === 'fail') || systemClock.monotonic() + BACKOFF_MILLISECONDS >= end) throw error;
        repeated ||= unclear;
        if (attempt % this.clients.length === 0) await sleep(BACKOFF_MILLISECONDS);
      }
    }
  }

  /** A stream of watch answers from one member; `ended` is called once, also after `stop` by the other side only. */
  watch(create: WatchRequest['create'], handlers: WatchHandlers): WatchStream {
    const member = this.current;
    const metadata = new this.grpc.Metadata();
    // A member that has lost its leader ends the stream then, instead of going quiet.
    metadata.set('hasleader', 'true');
    const stream: ClientDuplexStream<Partial<WatchRequest>, WatchResponse> = this.client(member).makeBidiStreamRequest(
      WATCH.path, (value: Partial<WatchRequest>) => encode(WATCH.request, value), (bytes: Buffer) => decode(WATCH.response, bytes), metadata);
    let over = false;
    const end = (error: Error, isMembersFault: boolean): void => {
      if (over) return;
      over = true;
      stream.cancel();
      if (isMembersFault) this.leave(member);
      handlers.ended(error);
    };
    stream.on('data', (response: WatchResponse) => { if (!over) handlers.response(response); });
    stream.on('error', (error: ServiceError) => end(new EtcdError(error.code, error.details), true));
    stream.on('end', () => end(new EtcdError(UNAVAILABLE, 'the watch stream ended'), true));
    stream.write({ create });
    return {
      stop() {
        over = true;
        stream.cancel();
      },
      askProgress() { if (!over) stream.write({ progress: {} }); },
    };
  }

  close(): void {
    this.closed = true;
    for (const client of this.clients) client.close();
  }

  private client(member: number): Client {
    return this.clients[member] as Client;
  }

  /** The next member's turn, unless somebody has moved on already. */
  private leave(member: number): void {
    if (this.current === member) this.current = (member + 1) % this.clients.length;
  }

  private async once<Request extends object, Response extends object>(member: number, method: Method<Request, Response>, request: Partial<Request>, milliseconds: number): Promise<Response> {
    const message = encode(method.request, request);
    if (message.length > MAX_REQUEST_BYTES) throw new EtcdError(RESOURCE_EXHAUSTED, `trying to send message larger than max (${message.length} vs. ${MAX_REQUEST_BYTES})`);
    return new Promise((resolve, reject) => {
      this.client(member).makeUnaryRequest(
        method.path, (bytes: Buffer) => bytes, (bytes: Buffer) => decode(method.response, bytes), message,
        new this.grpc.Metadata(), { deadline: systemClock.now() + Math.max(1, milliseconds) },
        (error: ServiceError | null, response?: Response) => (error ? reject(toError(error)) : resolve(response as Response)));
    });
  }
}

/** Node takes no address as the server's name, which the library would give it: the address is checked against the certificate here. */
function secureChannel(grpc: Grpc, hostname: string, tls: EtcdTls): { credentials: ChannelCredentials; channel: ChannelOptions } {
  const address = hostname.replace(/^\[|\]$/g, '');
  const verify = isIP(address) ? { checkServerIdentity: (_name: string, certificate: PeerCertificate) => checkServerIdentity(address, certificate) } : {};
  return {
    credentials: grpc.credentials.createSsl(pem(tls.caPem), pem(tls.privateKeyPem), pem(tls.certificatePem), verify),
    channel: isIP(address) ? { 'grpc.ssl_target_name_override': 'etcd' } : {},
  };
}

function pem(text: string | undefined): Buffer | null {
  return text === undefined ? null : Buffer.from(text);
}

function toError(error: ServiceError): Error {
  if (error.details === 'etcdserver: too many requests') return new OverloadedError(error.details);
  return new EtcdError(error.code, error.details);
}

/** Another attempt or another member may well succeed. */
function isPassing(error: EtcdError): boolean {
  return [UNAVAILABLE, DEADLINE_EXCEEDED, CANCELED].includes(error.code);
}
