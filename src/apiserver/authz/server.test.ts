/** Authentication, authorization and admission as a client meets them over HTTPS. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeObject } from '../../api/codec/json.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { createScheme } from '../../api/scheme.ts';
import { systemClock } from '../../base/clock.ts';
import { ensureClusterPki, ensureNodePki, issueUserCertificate, type ClusterPki } from '../../pki/cluster-pki.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { createTokenSigner, createTokenVerifier } from '../../pki/jwt.ts';
import { createAdmission } from '../admission/create.ts';
import { createAuthenticator } from '../authn/authenticator.ts';
import { openIdDocuments } from '../authn/openid.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { createAuthorizer } from './authorizer.ts';
import { bootstrapPolicy } from './bootstrap-policy.ts';
import { reviewHandlers } from './review-handlers.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const PATHS: Record<string, string> = { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings', Role: 'roles', RoleBinding: 'rolebindings' };

let directory: string;
let pki: ClusterPki;
let server: TestServer;

interface Answer { code: number; body: KubernetesObject & { message?: string; status?: Record<string, unknown> }; warnings: string[] }
interface Who { keyPair?: KeyPair; token?: string; headers?: Record<string, string> }

function send(who: Who, method: string, path: string, body?: object): Promise<Answer> {
  const { keyPair, token, headers = {} } = who;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port: server.port, path, method, ca: server.caPem, agent: false, ...(keyPair ? { cert: keyPair.certificatePem, key: keyPair.privateKeyPem } : {}),
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    }, (incoming) => {
      let text = '';
      incoming.on('data', (chunk: Buffer) => { text += chunk.toString(); });
      incoming.on('end', () => resolve({ code: incoming.statusCode ?? 0, body: JSON.parse(text) as Answer['body'], warnings: [incoming.headers['warning'] ?? []].flat() as string[] }));
    });
    outgoing.on('error', reject);
    outgoing.end(body ? JSON.stringify(body) : undefined);
  });
}

const admin = (): Who => ({ keyPair: pki.admin });
const jane = (): Who => ({ keyPair: issueUserCertificate(pki.ca, 'jane', ['dev']) });
const pod = (name: string, spec: object = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'naru-security-'));
  pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  const scheme = createScheme();
  const verifier = createTokenVerifier([pki.serviceAccount.publicKeyPem]);
  server = await startTestServer({
    pki, scheme, documents: openIdDocuments(ISSUER, `${ISSUER}/openid/v1/jwks`, verifier),
    security: ({ objects }) => {
      const authenticator = createAuthenticator({ reader: objects, verifier, issuer: ISSUER });
      const authorizer = createAuthorizer(objects);
      const tokens = { reader: objects, signer: createTokenSigner(pki.serviceAccount.privateKeyPem), issuer: ISSUER, apiAudiences: authenticator.apiAudiences, clock: systemClock, maximumSeconds: 7200 };
      const admission = createAdmission({
        reader: objects, authorizer, writeQuotaStatus: async (quota) => quota,
        dynamic: { scheme, connectService: () => Promise.reject(new Error('no services here')), normalize: (object, info) => decodeObject<KubernetesObject>(object, info.schema).object },
      });
      return { authenticator, authorizer, admission, reviews: reviewHandlers(authenticator, authorizer, tokens) };
    },
  });
  for (const object of bootstrapPolicy()) {
    const { namespace } = object.metadata!;
    const { code } = await send(admin(), 'POST', `/apis/rbac.authorization.k8s.io/v1/${namespace ? `namespaces/${namespace}/` : ''}${PATHS[object.kind!]}`, object);
    assert.equal(code, 201);
  }
  await send(admin(), 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
});
after(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

test('strangers see the version and health, discovery needs a name, bad credentials are 401', async () => {
  assert.equal((await send({}, 'GET', '/version')).code, 200);
  const refused = await send({}, 'GET', '/apis');
  assert.deepEqual([refused.code, refused.body.message], [403, 'forbidden: User "system:anonymous" cannot get path "/apis"']);
  assert.equal((await send(jane(), 'GET', '/apis')).code, 200);
  const bad = await send({ token: 'nonsense' }, 'GET', '/version');
  assert.deepEqual([bad.code, bad.body.message], [401, 'Unauthorized']);
});

test('a token that shall live longer than is allowed lives shorter, with a warning', async () => {
  const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 86_400 } };
  const { code, body, warnings } = await send(admin(), 'POST', '/api/v1/namespaces/default/serviceaccounts/default/token', asked);
  assert.deepEqual([code, (body['spec'] as { expirationSeconds: number }).expirationSeconds], [201, 7200]);
  assert.deepEqual(warnings, ['299 - "requested expiration of 86400 seconds shortened to 7200 seconds"']);
});

test('a role binding lets a user in, a service account\'s token carries its rights', async () => {
  const list = '/api/v1/namespaces/default/pods';
  assert.equal((await send(jane(), 'GET', list)).code, 403);
  const minted = await send(admin(), 'POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  assert.equal(minted.code, 201);
  const token = minted.body.status?.['token'] as string;
  assert.equal((await send({ token }, 'GET', list)).code, 403);
  const binding = {
    metadata: { name: 'b' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-view' },
    subjects: [{ kind: 'User', name: 'jane' }, { kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  };
  assert.equal((await send(admin(), 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', binding)).code, 201);
  assert.equal((await send(jane(), 'GET', list)).code, 200);
  assert.equal((await send({ token }, 'GET', list)).code, 200);
  const who = await send({ token }, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  assert.equal((who.body.status?.['userInfo'] as { username: string }).username, 'system:serviceaccount:default:default');
});

test('impersonation is for those who may', async () => {
  const headers = { 'Impersonate-User': 'bob', 'Impersonate-Group': 'ops' };
  const refused = await send({ ...jane(), headers }, 'GET', '/api/v1/nodes');
  assert.match(refused.body.message ?? '', /^nodes is forbidden: User "jane" cannot impersonate-on:user-info:list resource "nodes"/);
  const asBob = await send({ ...admin(), headers }, 'GET', '/api/v1/nodes');
  assert.equal(asBob.body.message, 'nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope');
});

test('pods pass through admission, nodes stay within their own', async () => {
  const created = await send(admin(), 'POST', '/api/v1/namespaces/default/pods', pod('p', { nodeName: 'n1' }));
  assert.equal(created.code, 201);
  const spec = created.body['spec'] as { serviceAccountName: string; volumes: { name: string }[]; tolerations: unknown[] };
  assert.equal(spec.serviceAccountName, 'default');
  assert.match(spec.volumes[0]?.name ?? '', /^kube-api-access-/);
  assert.equal(spec.tolerations.length, 2);
  const { client } = await ensureNodePki(pki.ca, join(directory, 'n1'), 'n1', []);
  const node: Who = { keyPair: client };
  assert.equal((await send(node, 'GET', '/api/v1/namespaces/default/pods/p')).code, 200);
  assert.equal((await send(node, 'GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).code, 200);
  assert.equal((await send(node, 'GET', '/api/v1/pods')).code, 403);
  assert.equal((await send(node, 'GET', '/api/v1/namespaces/default/secrets/s')).code, 403);
  assert.equal((await send(node, 'POST', '/api/v1/nodes', { metadata: { name: 'n2' } })).body.message, 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"');
  const made = await send(node, 'POST', '/api/v1/nodes', { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1' } } });
  assert.equal(made.code, 201);
  assert.equal((await send(node, 'GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dn1')).code, 200);
  assert.equal((await send(node, 'GET', '/api/v1/nodes?fieldSelector=metadata.name%3Dn2')).code, 403);
  assert.equal((await send(node, 'GET', '/api/v1/namespaces/default/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt')).code, 200);
  assert.deepEqual((made.body['spec'] as { taints: unknown }).taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
});

test('a namespace\'s level refuses pods and warns about templates', async () => {
  await send(admin(), 'POST', '/api/v1/namespaces', { metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } });
  await send(admin(), 'POST', '/api/v1/namespaces/strict/serviceaccounts', { metadata: { name: 'default' } });
  const refused = await send(admin(), 'POST', '/api/v1/namespaces/strict/pods', pod('p', { hostPID: true }));
  assert.equal(refused.body.message, 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)');
  const template = { metadata: { labels: { a: 'b' } }, spec: { hostPID: true, containers: [{ name: 'c', image: 'i' }] } };
  const warned = await send(admin(), 'POST', '/apis/apps/v1/namespaces/strict/deployments', { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
  assert.equal(warned.code, 201);
  assert.match(warned.warnings.join(), /would violate PodSecurity \\"baseline:latest\\": host namespaces/);
});

test('policies change and refuse objects', async () => {
  const group = '/apis/admissionregistration.k8s.io/v1';
  const matchConstraints = { resourceRules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] };
  const expression = 'Object{metadata: Object.metadata{annotations: {"mutated-by": "policy"}}, spec: Object.spec{replicas: 3}}';
  await send(admin(), 'POST', `${group}/mutatingadmissionpolicies`, { metadata: { name: 'm' }, spec: { matchConstraints, reinvocationPolicy: 'Never', mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }] } });
  await send(admin(), 'POST', `${group}/mutatingadmissionpolicybindings`, { metadata: { name: 'm' }, spec: { policyName: 'm' } });
  await send(admin(), 'POST', `${group}/validatingadmissionpolicies`, { metadata: { name: 'v' }, spec: { matchConstraints, validations: [{ expression: "object.metadata.name != 'bad' && object.spec.replicas == 3" }] } });
  await send(admin(), 'POST', `${group}/validatingadmissionpolicybindings`, { metadata: { name: 'v' }, spec: { policyName: 'v', validationActions: ['Deny'] } });
  const deployment = (name: string): object => ({ metadata: { name }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } } });
  const made = await send(admin(), 'POST', '/apis/apps/v1/namespaces/default/deployments', deployment('good'));
  assert.equal(made.code, 201);
  assert.deepEqual([(made.body['spec'] as { replicas: number }).replicas, made.body.metadata?.annotations?.['mutated-by']], [3, 'policy']);
  const refused = await send(admin(), 'POST', '/apis/apps/v1/namespaces/default/deployments', deployment('bad'));
  assert.match(refused.body.message ?? '', /^deployments.apps "bad" is forbidden: ValidatingAdmissionPolicy 'v' with binding 'v' denied request: failed expression/);
  assert.equal(refused.code, 422);
});

test('the issuer\'s documents are for service accounts', async () => {
  assert.equal((await send({}, 'GET', '/openid/v1/jwks')).code, 403);
  const keys = await send(admin(), 'GET', '/openid/v1/jwks');
  assert.equal((keys.body['keys'] as { alg: string }[])[0]?.alg, 'ES256');
});
