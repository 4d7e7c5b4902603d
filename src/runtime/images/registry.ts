import type { IncomingMessage } from 'node:http';
import { ImagePullError, type PullCredentials } from '../runtime.ts';
import { MANIFEST_TYPES } from './manifest.ts';
import type { ImageReference } from './reference.ts';

/** How a registry is reached when not by https under its own name. */
export interface RegistryOptions {
  /** `http://127.0.0.1:5000`, a mirror or the same registry without TLS. */
  url?: string;
  /** Takes any certificate. */
  insecure?: boolean;
}

const REDIRECTS_LIMIT = 5;
const SILENCE_MILLISECONDS = 60_000;
const BODY_LIMIT = 8 * 1024 * 1024;

/** A registry answered, but not with what was asked for. */
export class RegistryError extends Error {
  override name = 'RegistryError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One repository of a registry (the v2 API), read with one set of credentials. */
export class RegistryClient {
  private readonly base: URL;
  private readonly reference: ImageReference;
  private readonly options: RegistryOptions;
  private readonly credentials: PullCredentials | undefined;
  private authorization: string | undefined;

  constructor(reference: ImageReference, options: RegistryOptions, credentials: PullCredentials | undefined) {
    this.reference = reference;
    this.options = options;
    this.credentials = credentials;
    this.base = new URL(options.url ?? defaultUrl(reference.domain));
  }

  /** `tagOrDigest`'s manifest as bytes. */
  async manifest(tagOrDigest: string): Promise<Buffer> {
    const response = await this.get(`manifests/${tagOrDigest}`, { accept: MANIFEST_TYPES.join(', ') });
    return readAll(response);
  }

  async blob(digest: string): Promise<IncomingMessage> {
    return this.get(`blobs/${digest}`, {});
  }

  /** One that is read at once: an image's config. */
  async smallBlob(digest: string): Promise<Buffer> {
    return readAll(await this.blob(digest));
  }

  private async get(path: string, headers: Record<string, string>): Promise<IncomingMessage> {
    const url = new URL(`/v2/${this.reference.path}/${path}`, this.base);
    let response = await this.fetch(url, headers, this.authorization);
    if (response.statusCode === 401) {
      const challenge = response.headers['www-authenticate'] ?? '';
      response.resume();
      this.authorization = await this.authorize(challenge);
      if (this.authorization) response = await this.fetch(url, headers, this.authorization);
    }
    if (response.statusCode === 200) return response;
    const body = await readAll(response).catch(() => Buffer.alloc(0));
    throw new RegistryError(response.statusCode ?? 0, `unexpected status from GET request to ${url.href}: ${response.statusCode} ${registryMessage(body)}`.trim());
  }

  private async authorize(challenge: string): Promise<string | undefined> {
    const { scheme, values } = parseChallenge(challenge);
    const basic = this.credentials?.username === undefined ? undefined
      : `Basic ${Buffer.from(`${this.credentials.username}:${this.credentials.password ?? ''}`).toString('base64')}`;
    if (scheme === 'basic') return basic;
    const realm = values['realm'];
    if (scheme !== 'bearer' || realm === undefined) return undefined;
    const url = new URL(realm);
    if (values['service']) url.searchParams.set('service', values['service']);
    url.searchParams.set('scope', values['scope'] ?? `repository:${this.reference.path}:pull`);
    const response = this.credentials?.identityToken === undefined ? await this.fetch(url, {}, basic) : await this.refresh(url, this.credentials.identityToken);
    const body = await readAll(response);
    if (response.statusCode !== 200) throw new RegistryError(response.statusCode ?? 0, `failed to fetch a token: ${response.statusCode} ${registryMessage(body)}`);
    const answer = JSON.parse(body.toString('utf8')) as { token?: string; access_token?: string };
    return `Bearer ${answer.token ?? answer.access_token ?? ''}`;
  }

  /** OAuth 2: an identity token buys an access token. */
  private refresh(url: URL, identityToken: string): Promise<IncomingMessage> {
    const form = new URLSearchParams(url.searchParams);
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', identityToken);
    form.set('client_id', 'naru');
    return this.send(new URL(url.pathname, url), { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
  }

  private async fetch(start: URL, headers: Record<string, string>, authorization: string | undefined): Promise<IncomingMessage> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      // What a registry is told is not for the store it sends us to.
      const own = authorization !== undefined && url.host === start.host ? { ...headers, authorization } : headers;
      const response = await this.send(url, own);
      const location = response.headers.location;
      if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response;
      response.resume();
      if (redirects === REDIRECTS_LIMIT) throw new RegistryError(response.statusCode ?? 0, `too many redirects from ${start.href}`);
      url = new URL(location, url);
    }
  }

  private async send(url: URL, headers: Record<string, string>, body?: string): Promise<IncomingMessage> {
    const secure = url.protocol === 'https:';
    const { request } = secure ? await import('node:https') : await import('node:http');
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        // This machine, whatever its resolver says; no name server is asked.
        ...(url.hostname === 'localhost' ? { hostname: '127.0.0.1' } : {}),
        method: body === undefined ? 'GET' : 'POST', headers: { 'user-agent': 'naru', ...headers }, timeout: SILENCE_MILLISECONDS,
        ...(secure && this.options.insecure ? { rejectUnauthorized: false } : {}),
      }, resolve);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${SILENCE_MILLISECONDS / 1000} s`)));
      outgoing.on('error', (error) => reject(new ImagePullError('RegistryUnavailable', `failed to do request: Get "${url.href}": ${error.message || String((error as { code?: string }).code)}`)));
      outgoing.end(body);
    });
  }
}

/** Docker's own registry answers its API under a name of its own. Registries on this machine speak plain HTTP. */
function defaultUrl(domain: string): string {
  const host = domain.replace(/:\d+$/, '');
  const local = host === 'localhost' || /^127\./.test(host) || host === '[::1]';
  return local ? `http://${domain}` : `https://${domain === 'docker.io' ? `registry-1.${domain}` : domain}`;
}

/** `Bearer realm="...",service="..."` */
export function parseChallenge(text: string): { scheme: string; values: Record<string, string> } {
  const scheme = (/^\s*(\w+)/.exec(text)?.[1] ?? '').toLowerCase();
  const values: Record<string, string> = {};
  for (const match of text.matchAll(/(\w+)="([^"]*)"/g)) values[match[1] as string] = match[2] as string;
  return { scheme, values };
}

function registryMessage(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as { errors?: { code?: string; message?: string }[] };
    return (errors ?? []).map((error) => `${error.code ?? ''}: ${error.message ?? ''}`).join('; ');
  } catch {
    return '';
  }
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((size += chunk.length) > BODY_LIMIT) throw new Error('the registry\'s answer is too long');
  }
  return Buffer.concat(chunks);
}
