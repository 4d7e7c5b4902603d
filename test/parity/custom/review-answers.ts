import type { IncomingMessage, ServerResponse } from 'node:http';

type Json = Record<string, unknown>;
interface Review { request: { uid: string } }
export type ReviewAnswer = (review: Review, response: ServerResponse, request: IncomingMessage) => void;

function send(response: ServerResponse, code: number, text: string, type = 'application/json'): void {
  response.writeHead(code, { 'content-type': type });
  response.end(text);
}

/** The usual answer with these fields of its response. */
const says = (fields: Json, around: Json = {}): ReviewAnswer => ({ request: { uid } }, response) =>
  send(response, 200, JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true, ...fields }, ...around }));
const denies = (status: unknown, more: Json = {}): ReviewAnswer => says({ allowed: false, ...(status === undefined ? {} : { status }), ...more });
const patches = (operations: unknown, patchType: unknown = 'JSONPatch'): ReviewAnswer =>
  says({ patch: Buffer.from(typeof operations === 'string' ? operations : JSON.stringify(operations)).toString('base64'), patchType });
const plain = (code: number, text: string, type?: string): ReviewAnswer => (_, response) => send(response, code, text, type);
const status = (rest: Json): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...rest });

const add = (path: string, value: unknown): Json => ({ op: 'add', path, value });

const DECISIONS: Record<string, ReviewAnswer> = {
  allow: says({}),
  'allow-status': says({ status: { code: 418, message: 'not read' } }),
  'allow-warn': says({ warnings: ['first warning', 'with "quotes" and \\ and ü', '', 'line\nbreak', 'x'.repeat(300)], auditAnnotations: { 'a.example': 'b' } }),
  'warn-many': says({ warnings: Array.from({ length: 30 }, (_, index) => `${index} ${'w'.repeat(250)}`) }),
  'warn-bad': says({ warnings: 'text' }),
  'annotations-bad': says({ auditAnnotations: { a: 1 } }),
  deny: denies(undefined),
  'deny-empty': denies({}),
  'deny-null': denies(null),
  'deny-message': denies({ message: 'because' }),
  'deny-reason': denies({ reason: 'Forbidden' }),
  'deny-reason-message': denies({ reason: 'NotFound', message: 'because of\ntwo lines' }),
  'deny-code': denies({ code: 403, message: 'coded' }),
  'deny-code-200': denies({ code: 200, message: 'low code' }),
  'deny-code-399': denies({ code: 399 }),
  'deny-code-600': denies({ code: 600, message: 'high code' }),
  'deny-code-999': denies({ code: 999, message: 'highest code' }),
  'deny-code-1000': denies({ code: 1000, message: 'code of four digits' }),
  'deny-code-text': denies({ code: '403' }),
  'deny-code-fraction': denies({ code: 403.5 }),
  'deny-success': denies({ status: 'Success', message: 'contradiction' }),
  'deny-other': denies({ status: 'Perhaps', message: 'contradiction' }),
  'deny-details': denies({ code: 409, reason: 'Conflict', message: 'm', details: { name: 'n', group: 'g', kind: 'k', uid: 'u', retryAfterSeconds: 7, causes: [{ reason: 'r', message: 'm', field: 'f' }, {}] } }),
  'deny-details-unknown': denies({ code: 403, message: 'm', extra: 1, details: { other: 2, name: 'n' }, metadata: { resourceVersion: '7', continue: 'c' } }),
  'deny-retry': denies({ code: 429, reason: 'TooManyRequests', message: 'later', details: { retryAfterSeconds: 3 } }),
  'deny-typed': denies({ kind: 'Status', apiVersion: 'v1', code: 403, message: 'with its type' }),
  'deny-warn': denies({ message: 'and warned' }, { warnings: ['before the denial'] }),
  'deny-patch': denies({ message: 'm' }, { patch: Buffer.from('[]').toString('base64'), patchType: 'JSONPatch' }),
  'allowed-missing': says({ allowed: undefined }),
  'allowed-text': says({ allowed: 'true' }),
  'allowed-null': says({ allowed: null }),
};

const MALFORMED: Record<string, ReviewAnswer> = {
  'uid-wrong': says({ uid: 'other' }),
  'uid-missing': says({ uid: undefined }),
  'uid-number': says({ uid: 5 }),
  'kind-wrong': says({}, { kind: 'Review' }),
  'kind-missing': says({}, { kind: undefined }),
  'type-missing': says({}, { kind: undefined, apiVersion: undefined }),
  'version-wrong': says({}, { apiVersion: 'admission.k8s.io/v2' }),
  'version-old': says({}, { apiVersion: 'admission.k8s.io/v1beta1' }),
  'version-other': says({}, { apiVersion: 'v1' }),
  'version-missing': says({}, { apiVersion: undefined }),
  'version-bad': says({}, { apiVersion: 'a/b/c' }),
  'uid-and-kind-wrong': says({ uid: 'other' }, { kind: 'Pod', apiVersion: 'v1' }),
  'is-list': says({}, { kind: 'List', apiVersion: 'v1' }),
  'unknown-fields': says({ extra: 1 }, { more: 2 }),
  'response-missing': says({}, { response: undefined }),
  'response-null': says({}, { response: null }),
  'response-text': says({}, { response: 'yes' }),
  'response-list': says({}, { response: [] }),
  'status-ok': plain(200, status({ status: 'Success', message: 'fine' })),
  'status-failure': plain(200, status({ message: 'not well', reason: 'Forbidden', code: 403 })),
  'status-failure-empty': plain(200, status({})),
  'empty': plain(200, ''),
  'empty-object': plain(200, '{}'),
  'json-null': plain(200, 'null'),
  'json-list': plain(200, '[]'),
  'json-text': plain(200, '"text"'),
  'json-number': plain(200, '7'),
  'json-broken': plain(200, '{"apiVersion": "admission.k8s.io/v1", "kind": '),
  'json-trailing': plain(200, '{} x'),
  'not-json': plain(200, 'Hello'),
  'html': plain(200, '<html></html>', 'text/html'),
  'yaml': ({ request: { uid } }, response) => send(response, 200, `apiVersion: admission.k8s.io/v1\nkind: AdmissionReview\nresponse:\n  uid: ${uid}\n  allowed: true\n`, 'application/yaml'),
  'type-plain': ({ request: { uid } }, response) => send(response, 200, JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: false, status: { message: 'as plain text' } } }), 'text/plain'),
  'type-none': ({ request: { uid } }, response) => response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: false, status: { message: 'without a type' } } })),
  'request-echoed': (review, response) => send(response, 200, JSON.stringify(review)),
};

const STATUSES: Record<string, ReviewAnswer> = {
  ...Object.fromEntries([201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 451, 500, 502, 503, 504].map((code) => [`code-${code}`, plain(code, code === 204 || code === 304 ? '' : `answer ${code}`, 'text/plain')])),
  'code-500-empty': plain(500, ''),
  'code-500-json': plain(500, '{"message":"broken"}'),
  'code-500-long': plain(500, 'e'.repeat(5000), 'text/plain'),
  'code-500-status': plain(500, status({ message: 'own words', reason: 'InternalError', code: 500 })),
  'code-403-status': plain(403, status({ message: 'own words', reason: 'Forbidden', code: 403, details: { name: 'n' } })),
  'code-404-status-bare': plain(404, status({})),
  'code-201-review': ({ request: { uid } }, response) => send(response, 201, JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: false, status: { message: 'with 201' } } })),
  'redirect-301': (_, response) => { response.writeHead(301, { location: '/allow' }); response.end(); },
  'redirect-302': (_, response) => { response.writeHead(302, { location: '/allow' }); response.end('moved'); },
  'redirect-307': (_, response) => { response.writeHead(307, { location: '/allow' }); response.end(); },
  'redirect-none': (_, response) => { response.writeHead(302); response.end(); },
  closed: (_, response) => response.destroy(),
  'closed-within': (_, response) => { response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' }); response.write('{"apiVersion"'); setImmediate(() => response.destroy()); },
  slow: () => undefined,
  'slow-body': (_, response) => { response.writeHead(200, { 'content-type': 'application/json' }); response.write('{"apiVersion"'); },
};

const PATCHES: Record<string, ReviewAnswer> = {
  'patch-add': patches([add('/data/patched', 'yes')]),
  'patch-label': patches([add('/metadata/labels/patched', 'yes')]),
  'patch-empty': patches([]),
  'patch-null': patches('null'),
  'patch-text': patches('Hello'),
  'patch-object': patches({ op: 'add', path: '/data/a', value: 'b' }),
  'patch-string': patches('"text"'),
  'patch-of-null': patches([null]),
  'patch-of-numbers': patches([1]),
  'patch-empty-operation': patches([{}]),
  'patch-not-base64': says({ patch: '***', patchType: 'JSONPatch' }),
  'patch-raw': says({ patch: [add('/data/a', 'b')], patchType: 'JSONPatch' }),
  'patch-type-missing': says({ patch: Buffer.from('[]').toString('base64') }),
  'patch-type-only': says({ patchType: 'JSONPatch' }),
  'patch-type-empty': patches([add('/data/a', 'b')], ''),
  'patch-type-other': patches([add('/data/a', 'b')], 'MergePatch'),
  'patch-type-number': patches([add('/data/a', 'b')], 1),
  'patch-type-null': patches([add('/data/a', 'b')], null),
  'patch-empty-text': says({ patch: '', patchType: 'JSONPatch' }),
  'patch-unknown-operation': patches([{ op: 'put', path: '/data/a', value: 'b' }]),
  'patch-no-path': patches([{ op: 'add', value: 'b' }]),
  'patch-bad-path': patches([add('data/a', 'b')]),
  'patch-no-value': patches([{ op: 'add', path: '/data/a' }]),
  'patch-missing-parent': patches([add('/metadata/annotations/a', 'b')]),
  'patch-remove-missing': patches([{ op: 'remove', path: '/data/none' }]),
  'patch-replace-missing': patches([{ op: 'replace', path: '/data/none', value: 'x' }]),
  'patch-test-holds': patches([{ op: 'test', path: '/data/a', value: 'b' }, add('/data/tested', 'yes')]),
  'patch-test-fails': patches([{ op: 'test', path: '/data/a', value: 'x' }, add('/data/tested', 'yes')]),
  'patch-copy': patches([{ op: 'copy', from: '/data/a', path: '/data/copied' }, { op: 'move', from: '/data/a', path: '/data/moved' }]),
  'patch-copy-missing': patches([{ op: 'copy', from: '/data/none', path: '/data/copied' }]),
  'patch-same': patches([{ op: 'replace', path: '/data/a', value: 'b' }]),
  'patch-number': patches([add('/data/n', 5)]),
  'patch-unknown-field': patches([add('/unknown', 'x'), add('/metadata/unknown', 'y')]),
  'patch-name': patches([{ op: 'replace', path: '/metadata/name', value: 'renamed' }]),
  'patch-name-bad': patches([{ op: 'replace', path: '/metadata/name', value: 'Not A Name' }]),
  'patch-namespace': patches([add('/metadata/namespace', 'kube-system')]),
  'patch-uid': patches([add('/metadata/uid', 'own')]),
  'patch-created': patches([add('/metadata/creationTimestamp', '2001-01-01T00:00:00Z')]),
  'patch-version': patches([add('/metadata/resourceVersion', '5')]),
  'patch-managed': patches([add('/metadata/managedFields', [])]),
  'patch-finalizer': patches([add('/metadata/finalizers', ['example.com/f'])]),
  'patch-kind': patches([{ op: 'replace', path: '/kind', value: 'Secret' }]),
  'patch-kind-unknown': patches([{ op: 'replace', path: '/kind', value: 'Nothing' }]),
  'patch-api-version': patches([{ op: 'replace', path: '/apiVersion', value: 'v2' }]),
  'patch-no-kind': patches([{ op: 'remove', path: '/kind' }, { op: 'remove', path: '/apiVersion' }]),
  'patch-label-bad': patches([add('/metadata/labels/bad', 'not valid!')]),
  'patch-key-bad': patches([add('/data/not~1valid', 'x')]),
  'patch-root': patches([{ op: 'replace', path: '', value: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'whole' }, data: { whole: 'yes' } } }]),
  'patch-root-list': patches([{ op: 'replace', path: '', value: [] }]),
  'patch-list-data': patches([{ op: 'replace', path: '/data', value: ['a'] }]),
  'patch-null-data': patches([{ op: 'replace', path: '/data', value: null }]),
  'patch-case': patches([add('/Data', { other: 'case' })]),
};

/** Those that only cases of their own want. */
const grown: ReviewAnswer = (review, response, request) => {
  const before = (review as unknown as { request: { object: { data: { grown?: string } } } }).request.object.data.grown ?? '';
  patches([add('/data/grown', `${before}g`)])(review, response, request);
};
const SPECIAL: Record<string, ReviewAnswer> = {
  'patch-more': patches([add('/data/more', 'yes')]), 'patch-grow': grown,
  'pod-container': patches([add('/spec/containers/-', { name: 'b', image: 'b:1' })]), 'pod-bare': patches([{ op: 'replace', path: '/spec/containers/0', value: { name: 'c', image: 'c' } }, { op: 'remove', path: '/spec/restartPolicy' }]), 'pod-label': patches([add('/metadata/labels/second', 'yes')]),
  'pod-invalid': patches([{ op: 'replace', path: '/spec/containers/0/name', value: 'Not A Name' }, add('/spec/restartPolicy', 'Sometimes')]), 'pod-mistyped': patches([add('/spec/terminationGracePeriodSeconds', 'soon')]), 'pod-unknown': patches([add('/spec/none', 1), add('/spec/containers/0/imge', 'x')]),
  'pod-quantity': patches([add('/spec/containers/0/resources', { limits: { cpu: '0.5', memory: '1.5Gi' } })]),
  'gadget-colour': patches([add('/spec/colour', 'green')]), 'gadget-unknown': patches([add('/spec/none', 'x'), add('/status', { size: 9 })]), 'gadget-long': patches([add('/spec/colour', 'much too long')]), 'scaler-max': patches([add('/spec/maxReplicas', 9)]),
};

/** What the review servers answer, by the first part of the path. */
export const ANSWERS: Record<string, ReviewAnswer> = { ...DECISIONS, ...MALFORMED, ...STATUSES, ...PATCHES, ...SPECIAL };
export const DECISION_NAMES = Object.keys({ ...DECISIONS, ...MALFORMED, ...STATUSES });
export const PATCH_NAMES = Object.keys(PATCHES);
