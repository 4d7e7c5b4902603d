import { createPublicKey, type KeyObject } from 'node:crypto';
import type * as X509 from '@peculiar/x509';
import { EXTENDED_USAGE, issueCertificate, issuerFrom, type KeyPair, type Subject, type Usages } from './certificate.ts';

/** What a PKCS#10 certificate request asks for. */
export interface RequestedCertificate {
  subject: { commonName: string; organizations: string[] };
  dnsNames: string[]; ipAddresses: string[]; emailAddresses: string[]; uris: string[];
  publicKey: KeyObject;
}

let library: Promise<typeof X509> | undefined;
/** Loaded on first use: it costs more than the rest of the API server's start. */
function loadLibrary(): Promise<typeof X509> {
  library ??= import('reflect-metadata').then(() => import('@peculiar/x509'));
  return library;
}

/** Reads a PEM request and checks that it is signed by the key it carries. Throws Error with the reason. */
export async function parseCertificateRequest(pemText: string): Promise<RequestedCertificate> {
  const match = /^\s*-----BEGIN CERTIFICATE REQUEST-----([\s\S]+?)-----END CERTIFICATE REQUEST-----/.exec(pemText);
  if (!match) throw new Error('PEM block type must be CERTIFICATE REQUEST');
  const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await loadLibrary();
  const request = new Pkcs10CertificateRequest(Buffer.from((match[1] ?? '').replace(/\s/g, ''), 'base64'));
  if (!(await request.verify())) throw new Error('the request is not signed by its own key');
  const extension = request.extensions.find((found) => found instanceof SubjectAlternativeNameExtension);
  const names = extension?.names.items ?? [];
  const ofType = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    subject: { commonName: request.subjectName.getField('CN')[0] ?? '', organizations: request.subjectName.getField('O') },
    dnsNames: ofType('dns'), ipAddresses: ofType('ip'), emailAddresses: ofType('email'), uris: ofType('url'),
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' }),
  };
}

const KEY_USAGE_BITS: Record<string, number> = {
  'digital signature': 0, signing: 0, 'content commitment': 1, 'key encipherment': 2, 'data encipherment': 3, 'key agreement': 4,
  'cert sign': 5, 'crl sign': 6, 'encipher only': 7,
};

/** Bits and extended usages of the usage names of a CertificateSigningRequest. Throws for a name nobody knows. */
export function usagesFromNames(names: string[]): Usages {
  const keyUsageBits = new Set<number>();
  const extendedUsages = new Set<string>();
  for (const name of names) {
    const bit = KEY_USAGE_BITS[name];
    const extended = name === 'any' ? '2.5.29.37.0' : (EXTENDED_USAGE as Record<string, string>)[name];
    if (bit !== undefined) keyUsageBits.add(bit);
    else if (extended !== undefined) extendedUsages.add(extended);
    else throw new Error(`unrecognized usage ${JSON.stringify(name)}`);
  }
  return { keyUsageBits: [...keyUsageBits], extendedUsages: [...extendedUsages] };
}

export interface SigningOptions { usages: string[]; now: number; lifetimeMilliseconds: number }

/** The PEM certificate for a request, with the subject and names it asks for. Whether it may have them is decided before. */
export function signCertificateRequest(authority: KeyPair, authoritySubject: Subject, request: RequestedCertificate, options: SigningOptions): string {
  return issueCertificate({
    subject: request.subject, publicKey: request.publicKey, issuer: issuerFrom(authority, authoritySubject), use: usagesFromNames(options.usages),
    names: [...request.dnsNames, ...request.ipAddresses], emailAddresses: request.emailAddresses, uris: request.uris,
    notBefore: options.now - 5 * 60 * 1000, notAfter: options.now + options.lifetimeMilliseconds,
  });
}
