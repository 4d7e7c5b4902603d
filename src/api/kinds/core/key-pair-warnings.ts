/** Whether the certificate and the key of a TLS secret belong together, in the words of Go's TLS. */
import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Secret } from '../../../../schema/v1.37/types/core-v1.ts';

interface Block { type: string; bytes: Buffer }

function blocksOf(base64: string | undefined): Block[] {
  const text = Buffer.from(base64 ?? '', 'base64').toString('latin1');
  const blocks: Block[] = [];
  for (const [, type = '', body = '', end = ''] of text.matchAll(/-----BEGIN ([^-\n]*)-----\s*?\n([^-]*)-----END ([^-\n]*)-----/g)) {
    const data = body.replace(/^([^:\n]+:[^\n]*\n)+\s*/, '').replace(/\s/g, '');
    if (type === end && /^[A-Za-z0-9+/]*={0,2}$/.test(data) && data.length % 4 === 0) blocks.push({ type, bytes: Buffer.from(data, 'base64') });
  }
  return blocks;
}

const isKey = (type: string): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');
const listed = (blocks: readonly Block[]): string => `[${blocks.map(({ type }) => type).join(' ')}]`;

function missingCertificate(blocks: readonly Block[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in certificate input';
  if (blocks.length === 1 && blocks[0]?.type.endsWith('PRIVATE KEY')) {
    return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
  }
  return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${listed(blocks)}`;
}

function missingKey(blocks: readonly Block[]): string {
  if (blocks.length === 0) return 'tls: failed to find any PEM data in key input';
  if (blocks.length === 1 && blocks[0]?.type === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
  return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${listed(blocks)}`;
}

/** Whatever the block is called, its bytes may have any of the three forms. */
function readKey(bytes: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: bytes, format: 'der', type });
    } catch {
      // The next form.
    }
  }
  return undefined;
}

function mismatch(certificate: Buffer, keyBytes: Buffer): string | undefined {
  let own: KeyObject;
  try {
    own = new X509Certificate(certificate).publicKey;
  } catch {
    return 'x509: malformed certificate';
  }
  const key = readKey(keyBytes);
  if (!key) return 'tls: failed to parse private key';
  if (key.asymmetricKeyType !== own.asymmetricKeyType) return 'tls: private key type does not match public key type';
  return createPublicKey(key).equals(own) ? undefined : 'tls: private key does not match public key';
}

export function secretWarnings({ type, data }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const certificates = blocksOf(data?.['tls.crt']);
  const certificate = certificates.find((block) => block.type === 'CERTIFICATE');
  if (!certificate) return [missingCertificate(certificates)];
  const keys = blocksOf(data?.['tls.key']);
  const key = keys.find((block) => isKey(block.type));
  if (!key) return [missingKey(keys)];
  const wrong = mismatch(certificate.bytes, key.bytes);
  return wrong ? [wrong] : [];
}
