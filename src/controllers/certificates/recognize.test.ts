import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../../schema/v1.37/types/certificates-v1.ts';
import type { RequestedCertificate } from '../../pki/csr.ts';
import { ago, NOW } from '../testing/objects.ts';
import { CLIENT_SIGNER, forgetTime, isToBeSigned, kubeletClientKind, KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, LEGACY_SIGNER, signerFault } from './recognize.ts';

const wanted = (commonName: string, organizations: string[], names: Partial<RequestedCertificate> = {}): RequestedCertificate =>
  ({ subject: { commonName, organizations }, dnsNames: [], ipAddresses: [], emailAddresses: [], uris: [], publicKey: undefined as never, ...names });
const kubelet = wanted('system:node:n1', ['system:nodes']);
const clientUsages = ['digital signature', 'client auth'];
function request(spec: object = {}, status: CertificateSigningRequest['status'] = {}, age = 10): CertificateSigningRequest {
  return { metadata: { name: 'r', creationTimestamp: ago(age) }, spec: { signerName: KUBELET_CLIENT_SIGNER, request: '', usages: clientUsages, ...spec }, status };
}
const condition = (type: string, seconds: number) => ({ type, status: 'True', lastUpdateTime: ago(seconds) });

test('a kubelet may have a client certificate for a node and nothing beside', () => {
  assert.equal(signerFault(KUBELET_CLIENT_SIGNER, [...clientUsages, 'key encipherment'], kubelet), undefined);
  assert.match(signerFault(KUBELET_CLIENT_SIGNER, clientUsages, wanted('jane', ['system:nodes'])) ?? '', /common name/);
  assert.match(signerFault(KUBELET_CLIENT_SIGNER, clientUsages, wanted('system:node:n1', ['system:masters'])) ?? '', /organization/);
  assert.match(signerFault(KUBELET_CLIENT_SIGNER, clientUsages, { ...kubelet, dnsNames: ['x'] }) ?? '', /DNS/);
  assert.match(signerFault(KUBELET_CLIENT_SIGNER, [...clientUsages, 'server auth'], kubelet) ?? '', /usages/);
});

test('a serving certificate needs an address, a client certificate the client usage only', () => {
  const serving = ['digital signature', 'server auth'];
  assert.match(signerFault(KUBELET_SERVING_SIGNER, serving, kubelet) ?? '', /required/);
  assert.equal(signerFault(KUBELET_SERVING_SIGNER, serving, { ...kubelet, ipAddresses: ['10.0.0.1'] }), undefined);
  assert.equal(signerFault(CLIENT_SIGNER, ['client auth'], wanted('jane', [])), undefined);
  assert.match(signerFault(CLIENT_SIGNER, ['server auth'], wanted('jane', [])) ?? '', /usages/);
  assert.equal(signerFault(LEGACY_SIGNER, ['server auth'], wanted('jane', [])), undefined);
});

test('only what is approved and open is signed', () => {
  assert.equal(isToBeSigned(request()), false);
  assert.equal(isToBeSigned(request({}, { conditions: [condition('Approved', 1)] })), true);
  assert.equal(isToBeSigned(request({}, { conditions: [condition('Approved', 1), condition('Denied', 1)] })), false);
  assert.equal(isToBeSigned(request({}, { conditions: [condition('Approved', 1)], certificate: 'x' as never })), false);
  assert.equal(isToBeSigned(request({ signerName: 'example.com/mine' }, { conditions: [condition('Approved', 1)] })), false);
});

test('a node that asks for itself is told from one that asks for another', () => {
  assert.equal(kubeletClientKind(request({ username: 'system:node:n1' }), kubelet), 'self');
  assert.equal(kubeletClientKind(request({ username: 'bootstrapper' }), kubelet), 'node');
  assert.equal(kubeletClientKind(request({ username: 'x' }), wanted('x', [])), undefined);
});

test('requests are forgotten an hour after their decision, a day without one, or when their certificate ends', () => {
  const hours = (value: number): number => value * 3600 * 1000;
  assert.equal(forgetTime(request({}, {}, 0), undefined), NOW + hours(24));
  assert.equal(forgetTime(request({}, { conditions: [condition('Denied', 0)] }), undefined), NOW + hours(1));
  assert.equal(forgetTime(request({}, { conditions: [condition('Approved', 0)] }), undefined), Infinity);
  assert.equal(forgetTime(request({}, { conditions: [condition('Approved', 0)], certificate: 'x' as never }), NOW + 5), NOW + 5);
});
