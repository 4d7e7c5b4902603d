import { createHash, X509Certificate } from 'node:crypto';
import type { Credentials, UserInfo } from '../contracts.ts';
import { CREDENTIAL_ID, headerValues } from './users.ts';

export type ClientCertificate = NonNullable<Credentials['clientCertificate']>;

const users = new WeakMap<ClientCertificate, UserInfo>();

/** The user a client certificate names: CN is the name, each O a group. undefined when it names nobody. */
export function certificateUser(certificate: ClientCertificate): UserInfo | undefined {
  if (!certificate.commonName) return undefined;
  let user = users.get(certificate);
  if (!user) {
    const { commonName, organizations, uid, der } = certificate;
    const digest = createHash('sha256').update(der).digest('hex');
    user = { name: commonName, groups: [...organizations], ...(uid ? { uid } : {}), extra: { [CREDENTIAL_ID]: [`X509SHA256=${digest}`] } };
    users.set(certificate, user);
  }
  return user;
}

/** Who a front proxy says is asking. Only for connections that showed the front proxy's certificate. */
export function frontProxyUser(headers: Credentials['headers']): UserInfo | undefined {
  const name = headerValues(headers, 'x-remote-user')[0];
  if (!name) return undefined;
  const extra: Record<string, string[]> = {};
  for (const header in headers) {
    if (header.startsWith('x-remote-extra-')) extra[decodeKey(header.slice('x-remote-extra-'.length))] = splitList(headerValues(headers, header));
  }
  const uid = headerValues(headers, 'x-remote-uid')[0];
  return { name, groups: splitList(headerValues(headers, 'x-remote-group')), ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

/** node joins repeated headers with a comma; no group or extra value of ours has one. */
export function splitList(values: string[]): string[] {
  return values.flatMap((value) => value.split(', '));
}

export function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Reads a TLS peer's certificate that was verified against both CAs. Made once a connection: it parses and verifies. */
export function readClientCertificate(der: Uint8Array, authorities: { clientCa: X509Certificate; frontProxyCa?: X509Certificate }): ClientCertificate {
  const certificate = new X509Certificate(der);
  const { subject } = certificate.toLegacyObject();
  const issuedBy = (authority: X509Certificate | undefined): boolean =>
    authority !== undefined && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  const first = (value: string | string[] | undefined): string => (Array.isArray(value) ? value[0] : value) ?? '';
  return {
    commonName: first(subject.CN), organizations: subject.O === undefined ? [] : [subject.O].flat(), der,
    notAfter: certificate.validToDate.getTime(), issuerIsClientCa: issuedBy(authorities.clientCa), issuerIsFrontProxyCa: issuedBy(authorities.frontProxyCa),
  };
}
