import { generateKeyPair, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import * as der from './der.ts';

const generate = promisify(generateKeyPair) as unknown as (type: string, options: object) => Promise<{ publicKey: KeyObject; privateKey: KeyObject }>;
const NULL = Buffer.from([5, 0]);

interface KeyType { type: 'rsa' | 'ec' | 'ed25519'; options: object; hash: string | null; algorithm: der.Der }
const rsa = (modulusLength: number): KeyType =>
  ({ type: 'rsa', options: { modulusLength }, hash: 'sha256', algorithm: der.sequence(der.objectIdentifier('1.2.840.113549.1.1.11'), NULL) });
const curve = (namedCurve: string, hash: string, oid: string): KeyType => ({ type: 'ec', options: { namedCurve }, hash, algorithm: der.sequence(der.objectIdentifier(oid)) });

const KEY_TYPES: Record<string, KeyType> = {
  RSA3072: rsa(3072), RSA4096: rsa(4096),
  ECDSAP256: curve('P-256', 'sha256', '1.2.840.10045.4.3.2'), ECDSAP384: curve('P-384', 'sha384', '1.2.840.10045.4.3.3'), ECDSAP521: curve('P-521', 'sha512', '1.2.840.10045.4.3.4'),
  ED25519: { type: 'ed25519', options: {}, hash: null, algorithm: der.sequence(der.objectIdentifier('1.3.101.112')) },
};

/** A new key and a PKCS#10 request (DER) that says nothing but that its sender has the key. `keyType` as pods name them, `ECDSAP256`. */
export async function newKeyWithStubRequest(keyType: string): Promise<{ privateKeyPem: string; request: Buffer }> {
  const chosen = KEY_TYPES[keyType];
  if (!chosen) throw new Error(`unknown key type ${JSON.stringify(keyType)}`);
  const { publicKey, privateKey } = await generate(chosen.type, chosen.options);
  const noSubject = der.sequence(), noAttributes = der.context(0, Buffer.alloc(0));
  const content = der.sequence(der.integer(Buffer.from([0])), noSubject, publicKey.export({ type: 'spki', format: 'der' }), noAttributes);
  const request = der.sequence(content, chosen.algorithm, der.bitString(sign(chosen.hash, content, privateKey)));
  return { privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, request };
}
