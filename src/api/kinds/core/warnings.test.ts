import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { secretWarnings } from './key-pair-warnings.ts';
import { claimWarnings, volumeWarnings } from './volume-warnings.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const tls = (certificate: string, key: string): string[] => secretWarnings({ type: 'kubernetes.io/tls', data: { 'tls.crt': base64(certificate), 'tls.key': base64(key) } });
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';

test('a TLS secret without a key pair is warned of, others are not looked at', () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  assert.deepEqual(secretWarnings({ type: 'Opaque', data: {} }), []);
  assert.deepEqual(tls('x', 'x'), ['tls: failed to find any PEM data in certificate input']);
  assert.match(String(tls(key, key)), /PEM inputs may have been switched$/);
  assert.deepEqual(tls(CERTIFICATE, ''), ['tls: failed to find any PEM data in key input']);
  assert.deepEqual(tls(CERTIFICATE, CERTIFICATE), ['tls: found a certificate rather than a key in the PEM for the private key']);
  assert.deepEqual(tls(CERTIFICATE, key), ['x509: malformed certificate']);
});

test('old annotations, policies and sources of volumes are warned of', () => {
  const annotations = { 'volume.beta.kubernetes.io/storage-class': 'a' };
  assert.deepEqual(volumeWarnings({ metadata: { annotations }, spec: { persistentVolumeReclaimPolicy: 'Recycle', storageos: {} } }).map((text) => text.split(':')[0]),
    ['metadata.annotations[volume.beta.kubernetes.io/storage-class]', 'spec.persistentVolumeReclaimPolicy', 'spec.storageOS']);
  assert.deepEqual(claimWarnings({ spec: { resources: { requests: { storage: '1500m' } } } }), ['spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer']);
});
