import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonAnswer } from '../../transport/post-json.ts';
import { readReview } from './answer.ts';
import { operationsOf, patched } from './patch.ts';
import { refusal } from './review.ts';

const answer = (value: unknown, more: Partial<JsonAnswer> = {}): JsonAnswer => ({ code: 200, text: typeof value === 'string' ? value : JSON.stringify(value), contentType: 'application/json', ...more });
const review = (response: unknown, more: object = {}): JsonAnswer => answer({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response, ...more });
const fails = (given: JsonAnswer, message: string): Promise<void> => assert.rejects(readReview(given, 'v1'), { name: 'WebhookFailure', message: `failed to call webhook: ${message}` });

test('an answer is read by its type, as YAML when it is no JSON object', async () => {
  assert.deepEqual((await readReview(review({ uid: 'u', allowed: true }), 'v1')).response, { uid: 'u', allowed: true });
  assert.equal((await readReview(answer('kind: AdmissionReview\napiVersion: admission.k8s.io/v1\nresponse:\n  uid: u\n'), 'v1')).response?.uid, 'u');
  await fails(review({ allowed: 'yes' }), 'json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool');
  await fails(review({}, { apiVersion: 'v1', kind: 'Pod' }), 'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"');
  await fails(answer(''), '0-length response with status code: 200 and content type: application/json');
});

test('what an answer with another code says is told', async () => {
  await fails(answer('secret words', { code: 404 }), 'the server could not find the requested resource');
  await fails(answer('words', { code: 500, contentType: 'text/plain' }), 'an error on the server ("words") has prevented the request from succeeding');
  await fails(answer({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'own words' }, { code: 500 }), 'own words');
});

test('a patch that is none is the webhook\'s failure, one that does not fit is the request\'s', () => {
  const response = (operations: unknown): { patch: string; patchType: string } => ({ patch: Buffer.from(JSON.stringify(operations)).toString('base64'), patchType: 'JSONPatch' });
  assert.throws(() => operationsOf(response({})), { name: 'WebhookFailure', message: /cannot unmarshal object into Go value of type jsonpatch\.Patch$/ });
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
  assert.throws(() => patched(response([{ op: 'remove', path: '/data/none' }]), 'w', object), { code: 500, message: 'Internal error occurred: remove operation does not apply: doc is missing path: "/data/none": missing value' });
  assert.throws(() => patched(response([{ op: 'remove', path: '/metadata/none' }]), 'w', object), { message: "Internal error occurred: error in remove for path: '/metadata/none': Unable to remove nonexistent key: none: missing value" });
});

test('a refusal keeps all that the webhook says, and is a failure', () => {
  const status = refusal('w', { status: 'Success', code: 200, message: 'm', metadata: { continue: 'c' } }).toStatus();
  assert.deepEqual(status, { kind: 'Status', apiVersion: 'v1', metadata: { continue: 'c' }, status: 'Failure', message: 'admission webhook "w" denied the request: m', code: 400 });
});
