import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../../../schema/v1.37/types/certificates-v1.ts';
import { Findings } from '../common/findings.ts';
import { checkStatusUpdate, keepDecisions, type Writer } from './certificate-status.ts';

type Status = NonNullable<CertificateSigningRequest['status']>;
const request = (status: Status): CertificateSigningRequest => ({ spec: { request: '', signerName: 's' }, status });
const approved = { type: 'Approved', status: 'True', reason: 'R' }, denied = { type: 'Denied', status: 'True', reason: 'R' };
const found = (writer: Writer, now: Status, before: Status): string[] => {
  const findings = new Findings();
  checkStatusUpdate(findings, request(now), request(before), writer);
  return findings.list.map(({ field, detail }) => `${field}: ${detail}`);
};

test('a request is approved or denied, by an approver, for good', () => {
  assert.deepEqual(found('approver', { conditions: [approved] }, {}), []);
  assert.deepEqual(found('signer', { conditions: [approved] }, {}), ['status.conditions: Forbidden: updates may not add a condition of type "Approved"']);
  assert.deepEqual(found('approver', {}, { conditions: [approved] }), ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"']);
  assert.deepEqual(found('approver', { conditions: [approved, denied] }, {}), [
    'status.conditions: Invalid value: "{conditions[{\\"type\\": \\"Approved\\"}], conditions[{\\"type\\": \\"Denied\\"}]}": must specify at most one of: `conditions[{"type": "Approved"}]`, `conditions[{"type": "Denied"}]`',
  ]);
});

test('a decision is never but true, and a condition says what it is', () => {
  assert.deepEqual(found('approver', { conditions: [{ type: 'Approved', status: 'False' }, { type: '', status: '' }] }, {}), [
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"', 'status.conditions[1].type: Required value', 'status.conditions[1].status: Required value',
  ]);
});

test('a signer writes a certificate once', () => {
  assert.deepEqual(found('signer', { certificate: Buffer.from('x').toString('base64') }, {}), ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block']);
  assert.deepEqual(found('signer', {}, { certificate: 'eA==' }), ['status.certificate: Forbidden: updates may not modify existing certificate content']);
});

test("a signer's older copy of a decision changes nothing", () => {
  const now = request({ conditions: [{ ...approved, reason: 'Old' }, { type: 'Failed', status: 'True' }] });
  keepDecisions(now, request({ conditions: [approved] }));
  assert.deepEqual(now.status?.conditions, [approved, { type: 'Failed', status: 'True' }]);
});
