import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../../api/schema.ts';
import type { StatusError } from '../../../api/status.ts';
import { createLogger } from '../../../base/log.ts';
import { systemClock } from '../../../base/clock.ts';
import { systemRandom } from '../../../base/random.ts';
import { ensureClusterPki, issueServingCertificate } from '../../../pki/cluster-pki.ts';
import { createAuthorizer } from '../../authz/authorizer.ts';
import { TestReader } from '../../authz/test-reader.ts';
import { Reinvocation } from '../reinvocation.ts';
import type { AdmissionAttributes } from '../../contracts.ts';
import { WebhookMetrics } from './metrics.ts';
import { createWebhookCaller } from './call.ts';
import type { WebhookOptions } from './dispatch.ts';
import { mutatingWebhooks } from './mutating.ts';
import type { ReviewResponse } from './review.ts';
import { validatingWebhooks } from './validating.ts';

interface Review { request: { uid: string; object: KubernetesObject | null; kind: { kind: string; version: string }; operation: string; userInfo: { username: string }; namespace?: string } }
type Answer = (review: Review, path: string) => Partial<ReviewResponse>;

let directory: string;
let server: Server;
let caBundle: string;
let answer: Answer = () => ({ allowed: true });
let delay = 0;
let connections = 0;
const asked: { path: string; review: Review }[] = [];
let reader: TestReader;
let options: WebhookOptions;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'naru-webhooks-'));
  const { ca } = await ensureClusterPki(directory, { apiServer: ['localhost'] });
  caBundle = Buffer.from(ca.certificatePem).toString('base64');
  const { certificatePem, privateKeyPem } = issueServingCertificate(ca, 'hook', ['hook.tools.svc', '127.0.0.1']);
  server = createServer({ cert: certificatePem, key: privateKeyPem }, (incoming: IncomingMessage, outgoing) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => { body += chunk.toString(); });
    incoming.on('end', () => {
      const review = JSON.parse(body) as Review;
      asked.push({ path: incoming.url ?? '', review });
      const response = { uid: review.request.uid, ...answer(review, incoming.url ?? '') };
      setTimeout(() => outgoing.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })), delay);
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  asked.length = 0;
  delay = 0;
  connections = 0;
  answer = () => ({ allowed: true });
  reader = new TestReader().put('', 'namespaces', { metadata: { name: 'ns', labels: { team: 'a' } } });
  options = {
    reader, authorizer: createAuthorizer(reader), random: systemRandom, log: createLogger('test', 'error'), clock: systemClock, metrics: new WebhookMetrics(),
    caller: createWebhookCaller(async (namespace, name) => {
      if (namespace !== 'tools' || name !== 'hook') throw new Error(`no endpoints available for service "${name}"`);
      connections++;
      return connect((server.address() as AddressInfo).port, '127.0.0.1');
    }),
  };
});

function configure(kind: 'mutating' | 'validating', name: string, ...hooks: object[]): void {
  const webhooks = hooks.map((hook, index) => ({
    name: `${name}-${index}.example.com`, admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail', timeoutSeconds: 5,
    clientConfig: { caBundle, service: { namespace: 'tools', name: 'hook', path: `/${name}-${index}` } },
    rules: [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }], ...hook,
  }));
  reader.put('admissionregistration.k8s.io', `${kind}webhookconfigurations`, { metadata: { name }, webhooks });
}

function request(more: Partial<AdmissionAttributes> = {}): AdmissionAttributes {
  return {
    operation: 'CREATE', info: { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true } as ResourceInfo, subresource: '', namespace: 'ns', name: 'c',
    object: { metadata: { name: 'c', labels: { x: 'y' } }, data: {} }, oldObject: undefined, options: {}, user: { name: 'jane', groups: ['g'] }, dryRun: false, warnings: [], reinvocation: new Reinvocation(), annotations: {}, ...more,
  };
}

const patch = (...operations: object[]): Partial<ReviewResponse> => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') });
const validate = async (attributes: AdmissionAttributes): Promise<void> => {
  const plugin = validatingWebhooks(options);
  if (plugin.handles(attributes)) await plugin.validate!(attributes);
};
const mutate = async (attributes: AdmissionAttributes): Promise<KubernetesObject | undefined> => {
  const plugin = mutatingWebhooks(options);
  if (plugin.handles(attributes)) await plugin.admit!(attributes);
  attributes.reinvocation.isSecondPass = true;
  if (attributes.reinvocation.isWanted) await plugin.admit!(attributes);
  return attributes.object;
};

test('a webhook hears the whole request, and its refusal is passed on', async () => {
  configure('validating', 'v', {});
  answer = () => ({ allowed: false, status: { message: 'no', code: 403, reason: 'Forbidden' }, warnings: ['careful'] });
  const attributes = request();
  await assert.rejects(validate(attributes), (error: StatusError) => error.code === 403 && error.message === 'admission webhook "v-0.example.com" denied the request: no');
  const { review, path } = asked[0]!;
  assert.equal(path, '/v-0?timeout=5s');
  assert.deepEqual(review.request.kind, { group: '', version: 'v1', kind: 'ConfigMap' });
  assert.equal(review.request.object?.kind, 'ConfigMap');
  assert.equal(review.request.userInfo.username, 'jane');
  assert.equal(review.request.namespace, 'ns');
  assert.deepEqual(attributes.warnings, ['careful']);
  assert.match(options.metrics.text(), /rejection_count\{error_type="no_error",name="v-0.example.com",operation="CREATE",rejection_code="403",type="validating"\} 1\n/);
  assert.match(options.metrics.text(), /admission_duration_seconds_count\{name="v-0.example.com",operation="CREATE",rejected="true",type="validating"\} 1\n/);
});

test('rules, selectors and exemptions decide who is asked', async () => {
  configure('validating', 'v', { rules: [{ operations: ['DELETE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }] },
    { namespaceSelector: { matchLabels: { team: 'b' } } }, { objectSelector: { matchLabels: { x: 'z' } } }, { objectSelector: { matchLabels: { x: 'y' } }, namespaceSelector: { matchLabels: { team: 'a' } } });
  await validate(request());
  assert.deepEqual(asked.map(({ path }) => path), ['/v-3?timeout=5s']);
  const config = { group: 'admissionregistration.k8s.io', version: 'v1', resource: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration' } as ResourceInfo;
  assert.equal(validatingWebhooks(options).handles(request({ info: config })), false);
});

test('patches are applied in order, and earlier hooks may see later changes', async () => {
  configure('mutating', 'a', { reinvocationPolicy: 'IfNeeded' });
  configure('mutating', 'b', {});
  answer = ({ request: { object } }, path) => {
    const data = (object as { data: Record<string, string> }).data;
    if (path.startsWith('/b')) return patch({ op: 'add', path: '/data/b', value: 'late' });
    return patch({ op: 'add', path: '/data/a', value: data['b'] ? 'saw b' : 'early' });
  };
  const attributes = request();
  const object = await mutate(attributes);
  assert.deepEqual(object?.['data'], { a: 'saw b', b: 'late' });
  assert.deepEqual(asked.map(({ path }) => path.slice(0, 4)), ['/a-0', '/b-0', '/a-0']);
  assert.equal(attributes.annotations['mutation.webhook.admission.k8s.io/round_0_index_1'], '{"configuration":"b","webhook":"b-0.example.com","mutated":true}');
  assert.equal(attributes.annotations['patch.webhook.admission.k8s.io/round_0_index_1'], undefined);
});

test('an audit log that keeps requests keeps the patches too', async () => {
  configure('mutating', 'b', {});
  answer = () => patch({ op: 'add', path: '/data/b', value: 'late' });
  const attributes = request({ keepsPatches: true });
  await mutate(attributes);
  assert.equal(attributes.annotations['patch.webhook.admission.k8s.io/round_0_index_0'], '{"configuration":"b","webhook":"b-0.example.com","patch":[{"op":"add","path":"/data/b","value":"late"}],"patchType":"JSONPatch"}');
});

test('a slow webhook times out: fail closed says so, fail open goes on', async () => {
  delay = 1500;
  configure('validating', 'v', { timeoutSeconds: 1 });
  await assert.rejects(validate(request()), (error: StatusError) => error.code === 500
    && error.message === 'Internal error occurred: failed calling webhook "v-0.example.com": failed to call webhook: Post "https://hook.tools.svc:443/v-0?timeout=1s": context deadline exceeded');
  configure('validating', 'v', { timeoutSeconds: 1, failurePolicy: 'Ignore' });
  await validate(request());
  assert.match(options.metrics.text(), /rejection_count\{error_type="calling_webhook_error",.*\} 1\n/);
  assert.match(options.metrics.text(), /fail_open_count\{name="v-0.example.com",type="validating"\} 1\n/);
});

test('a service without endpoints, a wrong certificate and a wrong uid are failures', async () => {
  configure('validating', 'v', { clientConfig: { service: { namespace: 'tools', name: 'gone' } } });
  await assert.rejects(validate(request()), /Post "https:\/\/gone.tools.svc:443\/\?timeout=5s": no endpoints available for service "gone"/);
  configure('validating', 'v', { clientConfig: { service: { namespace: 'tools', name: 'hook' } } });
  await assert.rejects(validate(request()), /certificate/);
  configure('validating', 'v', {});
  answer = () => ({ uid: 'other', allowed: true });
  await assert.rejects(validate(request()), /received invalid webhook response: expected response.uid=/);
  answer = () => patch();
  await assert.rejects(validate(request()), /validating webhook may not return response.patch/);
});

test('a dry run asks only webhooks without side effects', async () => {
  configure('validating', 'v', { sideEffects: 'Some' });
  await assert.rejects(validate(request({ dryRun: true })), (error: StatusError) => error.code === 400 && /does not support dry run/.test(error.message));
});

test('an equivalent version is asked for in its own form', async () => {
  const v1 = { group: 'apps', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true } as ResourceInfo;
  const v2 = { ...v1, version: 'v2' };
  options = { ...options, scheme: { resources: () => [v1, v2] } as unknown as Scheme, convert: (object, to) => ({ ...object, apiVersion: `apps/${to.version}`, kind: to.kind }) };
  configure('mutating', 'm', { rules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v2'], resources: ['widgets'] }] });
  answer = () => patch({ op: 'add', path: '/data/seen', value: 'v2' });
  const attributes = request({ info: v1, object: { apiVersion: 'apps/v1', kind: 'Widget', metadata: { name: 'c' }, data: {} } });
  const object = await mutate(attributes);
  assert.equal(asked[0]?.review.request.object?.apiVersion, 'apps/v2');
  assert.equal(asked[0]?.review.request.kind.version, 'v2');
  assert.deepEqual([object?.apiVersion, object?.['data']], ['apps/v1', { seen: 'v2' }]);
});

test('match conditions keep a webhook out of what it need not see', async () => {
  configure('validating', 'v', { matchConditions: [{ name: 'skip', expression: "object.metadata.name != 'c'" }] }, { matchConditions: [{ name: 'who', expression: "request.userInfo.username == 'jane' && 'g' in request.userInfo.groups" }] });
  await validate(request());
  assert.deepEqual(asked.map(({ path }) => path.slice(0, 4)), ['/v-1']);
  configure('validating', 'v', { matchConditions: [{ name: 'broken', expression: 'object.nope == 1' }] });
  await assert.rejects(validate(request()), (error: StatusError) => error.code === 403 && /^configmaps "c" is forbidden: expression 'object.nope == 1' resulted in error: no such key: nope$/.test(error.message));
});

test('connections are kept between calls', async () => {
  configure('validating', 'v', {});
  for (let round = 0; round < 3; round++) await validate(request());
  assert.equal(asked.length, 3);
  assert.equal(connections, 1);
});

test('a webhook at a URL is called without a connector', async () => {
  const { port } = server.address() as AddressInfo;
  configure('validating', 'v', { clientConfig: { caBundle, url: `https://127.0.0.1:${port}/direct` } });
  await validate(request());
  assert.deepEqual([asked[0]?.path, connections], ['/direct?timeout=5s', 0]);
  configure('validating', 'v', { clientConfig: { caBundle, url: 'https://127.0.0.1:1/direct' } });
  await assert.rejects(validate(request()), /failed to call webhook: Post "https:\/\/127.0.0.1:1\/direct\?timeout=5s": dial tcp 127\.0\.0\.1:1: connect: connection refused/);
});

test('a webhook learns who asks where a configuration says how', async () => {
  const { port } = server.address() as AddressInfo;
  configure('validating', 'v', { clientConfig: { caBundle, url: `https://127.0.0.1:${port}/direct` } });
  options = { ...options, caller: createWebhookCaller(async () => { throw new Error('no services'); }, (host, at) => ({ tls: {}, headers: () => ({ authorization: `Bearer ${host}:${at}` }) })) };
  const heard = new Promise((resolve) => { server.once('request', ({ headers }) => resolve(headers.authorization)); });
  await validate(request());
  assert.equal(await heard, `Bearer 127.0.0.1:${port}`);
});

test('a webhook gets the version that was asked for while the server holds the stored one', async () => {
  const v1 = { group: 'x.io', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true } as ResourceInfo;
  const v2 = { ...v1, version: 'v2' };
  options = { ...options, scheme: { resources: () => [v1, v2] } as unknown as Scheme, convert: (object, to) => ({ ...object, apiVersion: `x.io/${to.version}` }) };
  configure('mutating', 'm', { rules: [{ operations: ['CREATE'], apiGroups: ['x.io'], apiVersions: ['v1'], resources: ['widgets'] }] });
  answer = () => patch({ op: 'add', path: '/data/seen', value: 'yes' });
  const attributes = request({ info: v1, object: { apiVersion: 'x.io/v2', kind: 'Widget', metadata: { name: 'c' }, data: {} } });
  const object = await mutate(attributes);
  assert.equal(asked[0]?.review.request.object?.apiVersion, 'x.io/v1');
  assert.deepEqual([object?.apiVersion, object?.['data']], ['x.io/v2', { seen: 'yes' }]);
});
