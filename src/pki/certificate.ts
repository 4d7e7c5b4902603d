import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { systemRandom, type Random } from '../base/random.ts';
import * as der from './der.ts';

/** PEM texts of a certificate and its PKCS#8 key. */
export interface KeyPair { certificatePem: string; privateKeyPem: string }

export interface Subject { commonName: string; organizations?: string[] }

export type KeyUse = 'ca' | 'server' | 'client' | 'server-and-client';

/** Key usage bits and extended usages written out, for certificates that a CertificateSigningRequest describes. */
export interface Usages { keyUsageBits: number[]; extendedUsages: string[] }

export interface CertificateRequest {
  subject: Subject;
  publicKey: KeyObject;
  issuer: { subject: Subject; privateKey: KeyObject; publicKey: KeyObject };
  use: KeyUse | Usages;
  /** DNS names and IP addresses the certificate is good for. */
  names?: string[];
  emailAddresses?: string[];
  uris?: string[];
  /** Milliseconds since the epoch. */
  notBefore: number;
  notAfter: number;
}

export const EXTENDED_USAGE = {
  'server auth': '1.3.6.1.5.5.7.3.1', 'client auth': '1.3.6.1.5.5.7.3.2', 'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4', 's/mime': '1.3.6.1.5.5.7.3.4', 'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6', 'ipsec user': '1.3.6.1.5.5.7.3.7', timestamping: '1.3.6.1.5.5.7.3.8',
  'ocsp signing': '1.3.6.1.5.5.7.3.9', 'microsoft sgc': '1.3.6.1.4.1.311.10.3.3', 'netscape sgc': '2.16.840.1.113730.4.1',
} as const;

const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));
const DIGITAL_SIGNATURE = 0;
const KEY_ENCIPHERMENT = 2;
const CERTIFICATE_SIGN = 5;
const CRL_SIGN = 6;

function usagesOf(use: KeyUse | Usages): Usages {
  if (typeof use === 'object') return use;
  const { 'server auth': server, 'client auth': client } = EXTENDED_USAGE;
  switch (use) {
    case 'ca': return { keyUsageBits: [DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, CERTIFICATE_SIGN, CRL_SIGN], extendedUsages: [] };
    case 'server': return { keyUsageBits: [DIGITAL_SIGNATURE, KEY_ENCIPHERMENT], extendedUsages: [server] };
    case 'client': return { keyUsageBits: [DIGITAL_SIGNATURE, KEY_ENCIPHERMENT], extendedUsages: [client] };
    case 'server-and-client': return { keyUsageBits: [DIGITAL_SIGNATURE, KEY_ENCIPHERMENT], extendedUsages: [server, client] };
  }
}

/** One relative name an organization: OpenSSL and Go both read it back as a list. */
function encodeSubject({ commonName, organizations = [] }: Subject): der.Der {
  const relative = (oid: string, value: string): der.Der => der.set(der.sequence(der.objectIdentifier(oid), der.utf8String(value)));
  return der.sequence(...organizations.map((value) => relative('2.5.4.10', value)), ...(commonName ? [relative('2.5.4.3', commonName)] : []));
}

function ipBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const embedded = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = embedded
    ? `${embedded[1]}${(Number(embedded[2]) * 256 + Number(embedded[3])).toString(16)}:${(Number(embedded[4]) * 256 + Number(embedded[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const words = (part: string): number[] => (part ? part.split(':').map((word) => parseInt(word, 16)) : []);
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

/** The SHA-1 of the key bits, the usual subject key identifier. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  const { x = '', y = '', n = '' } = publicKey.export({ format: 'jwk' });
  const bits = n ? publicKey.export({ type: 'pkcs1', format: 'der' })
    : y ? Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]) : Buffer.from(x, 'base64url');
  return createHash('sha1').update(bits).digest();
}

function extension(oid: string, critical: boolean, value: der.Der): der.Der {
  return der.sequence(der.objectIdentifier(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function extensionsOf(request: CertificateRequest): der.Der {
  const { keyUsageBits, extendedUsages } = usagesOf(request.use);
  const alternatives = [
    ...(request.emailAddresses ?? []).map((value) => der.context(1, Buffer.from(value), false)),
    ...(request.names ?? []).map((name) => (isIP(name) ? der.context(7, ipBytes(name), false) : der.context(2, Buffer.from(name), false))),
    ...(request.uris ?? []).map((value) => der.context(6, Buffer.from(value), false)),
  ];
  const parts = [
    ...(keyUsageBits.length > 0 ? [extension('2.5.29.15', true, der.namedBits(keyUsageBits))] : []),
    ...(extendedUsages.length > 0 ? [extension('2.5.29.37', false, der.sequence(...extendedUsages.map(der.objectIdentifier)))] : []),
    extension('2.5.29.19', true, request.use === 'ca' ? der.sequence(der.boolean(true)) : der.sequence()),
    extension('2.5.29.14', false, der.octetString(keyIdentifier(request.publicKey))),
    extension('2.5.29.35', false, der.sequence(der.context(0, keyIdentifier(request.issuer.publicKey), false))),
    ...(alternatives.length > 0 ? [extension('2.5.29.17', false, der.sequence(...alternatives))] : []),
  ];
  return der.context(3, der.sequence(...parts));
}

export function pem(label: string, content: Uint8Array): string {
  const lines = Buffer.from(content).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** PEM of a version 3 certificate signed with ECDSA and SHA-256; the issuer's key must be an EC key. */
export function issueCertificate(request: CertificateRequest, random: Random = systemRandom): string {
  const serial = Buffer.from(random.bytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const content = der.sequence(
    der.context(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    ECDSA_WITH_SHA256,
    encodeSubject(request.issuer.subject),
    der.sequence(der.time(request.notBefore), der.time(request.notAfter)),
    encodeSubject(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    extensionsOf(request),
  );
  const signature = sign('sha256', content, request.issuer.privateKey);
  return pem('CERTIFICATE', der.sequence(content, ECDSA_WITH_SHA256, der.bitString(signature)));
}

export function newKey(): { privateKey: KeyObject; publicKey: KeyObject; privateKeyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

/** What `issueCertificate` needs of a CA that was read from disk. `subject` is what the CA certificate carries. */
export function issuerFrom(authority: KeyPair, subject: Subject): CertificateRequest['issuer'] {
  return { subject, privateKey: createPrivateKey(authority.privateKeyPem), publicKey: createPublicKey(authority.certificatePem) };
}

/** Subject of the cluster's CA. */
export const CLUSTER_CA_SUBJECT: Subject = { commonName: 'kubernetes' };
