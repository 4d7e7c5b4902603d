import { X509Certificate } from 'node:crypto';
import type { KubernetesObject } from '../../api/object.ts';
import type { UserInfo } from '../contracts.ts';

const USER = 'X-Remote-User';
const UID = 'X-Remote-Uid';
const GROUP = 'X-Remote-Group';
const EXTRA_PREFIX = 'X-Remote-Extra-';

/** Headers that tell an extension API server who is asking; only over a connection with the front proxy's certificate. */
export function frontProxyHeaders(user: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { [USER]: user.name };
  if (user.uid) headers[UID] = user.uid;
  if (user.groups.length > 0) headers[GROUP] = user.groups;
  for (const [key, values] of Object.entries(user.extra ?? {})) headers[EXTRA_PREFIX + encodeKey(key)] = values;
  return headers;
}

/** Percent-encodes what a header's name may not hold. */
function encodeKey(key: string): string {
  return key.replace(/[^A-Za-z0-9!#$&'*+.^_`|~-]/g, (character) => encodeURIComponent(character));
}

/** Without names every certificate of the front proxy's authority will do. */
export interface ExtensionTrust { clientCaPem: string; frontProxyCaPem: string; frontProxyNames: string[] }

/** The ConfigMap in kube-system from which extension API servers learn whom to trust. */
export function extensionAuthentication({ clientCaPem, frontProxyCaPem, frontProxyNames }: ExtensionTrust): KubernetesObject {
  return {
    apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extension-apiserver-authentication', namespace: 'kube-system' },
    data: {
      'client-ca-file': clientCaPem, 'requestheader-client-ca-file': frontProxyCaPem, 'requestheader-allowed-names': JSON.stringify(frontProxyNames),
      'requestheader-username-headers': JSON.stringify([USER]), 'requestheader-uid-headers': JSON.stringify([UID]), 'requestheader-group-headers': JSON.stringify([GROUP]),
      'requestheader-extra-headers-prefix': JSON.stringify([EXTRA_PREFIX]),
    },
  };
}

const EXPIRY_LEEWAY_MILLISECONDS = 5 * 60_000;

/**
 * What the ConfigMap shall hold when it holds `present`: other servers of the cluster have added theirs, so lists and authorities are
 * joined; what is no list, no certificate or has run out is dropped. Pure.
 */
export function combinedTrust(present: Record<string, string>, wanted: Record<string, string>, now: number): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).map(([key, value]) => {
    const before = present[key] ?? '';
    return [key, key.endsWith('ca-file') ? joinedCertificates(before + value, now) : JSON.stringify([...new Set([...listIn(before), ...listIn(value)])])];
  }));
}

function listIn(text: string): string[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}

function joinedCertificates(pem: string, now: number): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return [...new Set(blocks.filter((block) => isGood(block, now)).map((block) => `${block}\n`))].join('');
}

function isGood(block: string, now: number): boolean {
  try {
    return Date.parse(new X509Certificate(block).validTo) > now - EXPIRY_LEEWAY_MILLISECONDS;
  } catch {
    return false;
  }
}
