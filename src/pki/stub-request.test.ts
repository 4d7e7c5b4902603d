import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { pem } from './certificate.ts';
import { parseCertificateRequest } from './csr.ts';
import { newKeyWithStubRequest } from './stub-request.ts';

for (const keyType of ['RSA3072', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519']) {
  test(`an empty request proves that its sender has the ${keyType} key`, async () => {
    const { privateKeyPem, request } = await newKeyWithStubRequest(keyType);
    const parsed = await parseCertificateRequest(pem('CERTIFICATE REQUEST', request));
    assert.equal(parsed.subject.commonName, '');
    assert.ok(createPublicKey(createPrivateKey(privateKeyPem)).equals(parsed.publicKey));
  });
}

test('key types that nobody knows are refused', async () => {
  await assert.rejects(newKeyWithStubRequest('DSA'), /unknown key type "DSA"/);
});
