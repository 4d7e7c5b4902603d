import type { JWTVerifyGetKey } from 'jose';
import { get } from 'node:https';
import { systemClock, type Clock } from '../../base/clock.ts';

export interface IssuerAddress {
  url: string;
  /** Where the discovery document is, when not under the issuer's own address. */
  discoveryUrl?: string | undefined;
  caPem?: string | undefined;
}

const TIMEOUT_MILLISECONDS = 10_000;
const MAXIMUM_BYTES = 1024 * 1024;
/** A key id that nobody knows makes us look for new keys, this seldom. */
const REFRESH_MILLISECONDS = 10_000;

/** The signing keys of an OpenID Connect provider, read when the first token comes and again when an unknown key signs. */
export function createIssuerKeys(issuer: IssuerAddress, clock: Clock = systemClock): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  let read = 0;
  const load = (): Promise<JWTVerifyGetKey> => {
    read = clock.monotonic();
    keys = readKeys(issuer);
    keys.catch(() => { keys = undefined; });
    return keys;
  };
  return async (header, token) => {
    const known = await (keys ?? load());
    try {
      return await known(header, token);
    } catch (error) {
      if (clock.monotonic() - read < REFRESH_MILLISECONDS) throw error;
      return (await load())(header, token);
    }
  };
}

async function readKeys({ url, discoveryUrl, caPem }: IssuerAddress): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet } = await import('jose/jwks/local');
  const address = discoveryUrl ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await readJson(address, caPem) as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== url) throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(document.issuer ?? '')}`);
  if (!document.jwks_uri) throw new Error('provider did not return JWKS URL');
  return createLocalJWKSet(await readJson(document.jwks_uri, caPem) as Parameters<typeof createLocalJWKSet>[0]);
}

async function readJson(url: string, ca: string | undefined): Promise<unknown> {
  return JSON.parse(await readDocument(url, ca)) as unknown;
}

/** What a provider has at an address; rejects with Error for any answer but 200 and for a document that is too large. */
export function readDocument(url: string, ca: string | undefined, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS), ...(ca ? { ca } : {}) }, (answer) => {
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAXIMUM_BYTES) outgoing.destroy(new Error(`${url}: the document is too large`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(`${answer.statusCode} ${answer.statusMessage}: ${text.slice(0, 256)}`));
      });
    });
    outgoing.on('error', reject);
  });
}
