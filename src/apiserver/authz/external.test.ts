import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createPublicKey } from 'node:crypto';
import { systemClock } from '../../base/clock.ts';
import { ensureClusterPki, type ClusterPki } from '../../pki/cluster-pki.ts';
import { createTokenSigner, createTokenVerifier, type TokenSigner } from '../../pki/jwt.ts';
import { createAuthenticator } from '../authn/authenticator.ts';
import { createClaimReader } from '../authn/claims.ts';
import { configureAuthentication, settingsErrors } from '../authn/read-configuration.ts';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { authorizerSettings, createConfiguredAuthorizer } from './read-configuration.ts';
import { reviewHandlers } from './review-handlers.ts';
import { requirementsOf } from './webhook.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
let directory: string;
let pki: ClusterPki;
let signer: TokenSigner;
/** Stands for all other servers: an OpenID provider, a token webhook, an authorization webhook. */
let other: Server;
let address: string;
let server: TestServer;
let asked: any[] = [];
let broken = false;

function answerOf(path: string, body: any): object {
  if (path === '/.well-known/openid-configuration') return { issuer: address, jwks_uri: `${address}/keys` };
  if (path === '/keys') return { keys: [{ ...createPublicKey(pki.serviceAccount.publicKeyPem).export({ format: 'jwk' }), kid: createTokenVerifier([pki.serviceAccount.publicKeyPem]).publicKeys()[0]!.kid, alg: 'ES256', use: 'sig' }] };
  asked.push(body);
  if (path === '/tokens') {
    const known = body.spec.token === 'from-webhook';
    return { ...body, status: known ? { authenticated: true, user: { username: 'hooked', uid: '7', groups: ['hooks'], extra: { from: ['there'] } } } : { authenticated: false, error: 'never heard of it' } };
  }
  const { resourceAttributes: about } = body.spec;
  return { ...body, status: { allowed: about?.resource === 'configmaps', denied: about?.resource === 'secrets', reason: `says the webhook of ${about?.resource}` } };
}

const kubeconfig = (path: string): string => {
  const file = join(directory, `${path.slice(1)}.kubeconfig`);
  writeFileSync(file, JSON.stringify({
    'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }], users: [{ name: 'u', user: { token: 'secret' } }],
    clusters: [{ name: 'c', cluster: { server: `${address}${path}`, 'certificate-authority-data': Buffer.from(pki.ca.certificatePem).toString('base64') } }],
  }));
  return file;
};

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-external-'));
  pki = await ensureClusterPki(join(directory, 'pki'), { apiServer: ['127.0.0.1', 'localhost'] });
  signer = createTokenSigner(pki.serviceAccount.privateKeyPem);
  other = createServer({ key: pki.apiServer.privateKeyPem, cert: pki.apiServer.certificatePem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      response.statusCode = broken ? 404 : 200;
      response.end(JSON.stringify(answerOf(request.url ?? '', text ? JSON.parse(text) : undefined)));
    });
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  address = `https://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const tokens = join(directory, 'tokens.csv');
  writeFileSync(tokens, 'fixed,filed,9,"g1,g2"\n\nplain,"comma, name",10\n');
  const authenticationConfig = join(directory, 'authentication.yaml');
  writeFileSync(authenticationConfig, JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
    jwt: [{
      issuer: { url: address, audiences: ['naru', 'other'], audienceMatchPolicy: 'MatchAny', certificateAuthority: pki.ca.certificatePem },
      claimMappings: {
        username: { expression: "'oidc:' + claims.name" }, groups: { expression: 'claims.?roles.orValue([])' }, uid: { claim: 'sub' },
        extra: [{ key: 'example.com/team', valueExpression: "has(claims.team) ? claims.team : ''" }],
      },
      claimValidationRules: [{ expression: 'claims.exp - claims.iat <= 3600', message: 'an hour is the longest' }, { claim: 'tenant', requiredValue: 'a' }],
      userValidationRules: [{ expression: "!user.username.startsWith('oidc:system')", message: 'not that one' }],
    }],
  }));
  const given = await configureAuthentication({ config: authenticationConfig, tokenFile: tokens, webhookConfig: kubeconfig('/tokens') }, ISSUER, [ISSUER], systemClock);
  const authorizationConfig = join(directory, 'authorization.yaml');
  const webhook = {
    subjectAccessReviewVersion: 'v1', matchConditionSubjectAccessReviewVersion: 'v1', timeout: '3s', authorizedTTL: '5m', unauthorizedTTL: '5m',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: kubeconfig('/access') },
  };
  writeFileSync(authorizationConfig, JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration',
    authorizers: [
      { type: 'Webhook', name: 'strict', webhook: { ...webhook, failurePolicy: 'Deny', matchConditions: [{ expression: "has(request.resourceAttributes) && request.resourceAttributes.resource in ['configmaps', 'secrets']" }, { expression: "!('quiet' in request.groups)" }] } },
      { type: 'RBAC', name: 'rbac' },
    ],
  }));
  const makeAuthorizer = await createConfiguredAuthorizer(authorizerSettings({ config: authorizationConfig }), systemClock);
  const verifier = createTokenVerifier([pki.serviceAccount.publicKeyPem]);
  server = await startTestServer({
    pki,
    security: ({ objects }) => {
      const authenticator = createAuthenticator({ reader: objects, verifier, issuer: ISSUER, ...given });
      const authorizer = makeAuthorizer(objects);
      const tokenOptions = { reader: objects, signer, issuer: ISSUER, apiAudiences: [ISSUER], clock: systemClock };
      return { authenticator, authorizer, admission: [], reviews: reviewHandlers(authenticator, authorizer, tokenOptions), metricsText: () => authenticator.metricsText() + (authorizer.metricsText?.() ?? '') };
    },
  });
  const admin = server.server.transport({ name: 'admin', groups: ['system:masters'] });
  const put = async (path: string, body: object): Promise<void> => {
    const { code } = await admin.request({ method: 'POST', path: `/apis/rbac.authorization.k8s.io/v1/${path}`, body });
    assert.equal(code, 201);
  };
  await put('clusterroles', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reviewer' }, rules: [{ verbs: ['create', 'get', 'list'], apiGroups: ['authentication.k8s.io', 'authorization.k8s.io', ''], resources: ['*'] }, { verbs: ['get'], nonResourceURLs: ['*'] }] });
  await put('clusterrolebindings', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'reviewer' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reviewer' }, subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated' }, { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'system:anonymous' }] });
});
beforeEach(() => {
  asked = [];
  broken = false;
});
after(async () => {
  await server.close();
  other.close();
  other.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
});

const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const whoIs = async (token: string): Promise<any> => {
  const { code, body } = await send(server, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { ...as(token), body: {} });
  return code === 201 ? body.status.userInfo : code;
};
const now = Math.floor(Date.now() / 1000);
const idToken = (claims: object): Promise<string> => signer.sign({ iss: address, aud: 'naru', iat: now, exp: now + 600, sub: '42', name: 'jane', tenant: 'a', jti: 'j1', ...claims });

test('an ID token becomes a user as the configuration\'s expressions say', async () => {
  assert.deepEqual(await whoIs(await idToken({ roles: ['dev', ''], team: ['red', 'blue'] })), {
    username: 'oidc:jane', uid: '42', groups: ['dev', 'system:authenticated'], extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j1'], 'example.com/team': ['red', 'blue'] },
  });
  assert.deepEqual((await whoIs(await idToken({ aud: ['x', 'other'], jti: undefined }))).groups, ['system:authenticated']);
});

test('a token that breaks a rule is refused, and whoever may review tokens sees why', async () => {
  const why = async (claims: object): Promise<string> => {
    const token = await idToken(claims);
    assert.equal(await whoIs(token), 401);
    const { body } = await send(server, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', { ...as('fixed'), body: { spec: { token } } });
    assert.equal(body.status.authenticated, undefined);
    return body.status.error as string;
  };
  assert.match(await why({ exp: now + 7200 }), /oidc: error evaluating claim validation expression: validation expression 'claims.exp - claims.iat <= 3600' failed: an hour is the longest/);
  assert.match(await why({ name: 'system' }), /oidc: error evaluating user info validation rule: .* failed: not that one/);
  assert.match(await why({ tenant: 'b' }), /oidc: required claim tenant value does not match. Got = b, want = a/);
  assert.match(await why({ aud: 'stranger' }), /oidc: expected audience in \["naru" "other"\] got \["stranger"\]/);
  assert.match(await why({ exp: now - 600 }), /oidc: verify token: /);
  assert.match(await why({ name: 7 }), /username claim expression/);
});

test('fixed tokens, a webhook\'s tokens and nobody else', async () => {
  assert.deepEqual(await whoIs('fixed'), { username: 'filed', uid: '9', groups: ['g1', 'g2', 'system:authenticated'] });
  assert.deepEqual((await whoIs('plain')).username, 'comma, name');
  assert.deepEqual(await whoIs('from-webhook'), { username: 'hooked', uid: '7', groups: ['hooks', 'system:authenticated'], extra: { from: ['there'] } });
  const before = asked.filter(({ kind }) => kind === 'TokenReview').length;
  assert.deepEqual(asked[0].spec, { token: 'from-webhook', audiences: [ISSUER] });
  await whoIs('from-webhook');
  assert.equal(asked.filter(({ kind }) => kind === 'TokenReview').length, before);
  assert.equal(await whoIs('unknown'), 401);
  const { body } = await send(server, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', { ...as('fixed'), body: { spec: { token: 'unknown' } } });
  assert.equal(body.status.error, '[invalid bearer token, never heard of it]');
  const elsewhere = await send(server, 'POST', '/apis/authentication.k8s.io/v1/tokenreviews', { ...as('fixed'), body: { spec: { token: 'fixed', audiences: ['elsewhere'] } } });
  assert.equal(elsewhere.body.status.authenticated, undefined);
});

test('without credentials only the named paths are open', async () => {
  assert.equal((await send(server, 'GET', '/livez')).code, 200);
  assert.equal((await send(server, 'GET', '/version')).code, 401);
});

test('the webhook decides what it is asked about, and the next authorizer the rest', async () => {
  const get = (resource: string) => send(server, 'GET', `/api/v1/namespaces/default/${resource}?labelSelector=a%3Db`, as('fixed'));
  assert.equal((await get('configmaps')).code, 200);
  const denied = await get('secrets');
  assert.deepEqual([denied.code, denied.body.message], [403, 'secrets is forbidden: User "filed" cannot list resource "secrets" in API group "" in the namespace "default": says the webhook of secrets']);
  assert.equal((await get('services')).code, 200);
  assert.deepEqual(asked.map(({ kind }) => kind), ['SubjectAccessReview', 'SubjectAccessReview']);
  assert.deepEqual(asked[0].spec, {
    resourceAttributes: { namespace: 'default', verb: 'list', version: 'v1', resource: 'configmaps', labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] } },
    user: 'filed', groups: ['g1', 'g2', 'system:authenticated'], uid: '9',
  });
  await get('configmaps');
  assert.equal(asked.length, 2);
});

test('a webhook that fails denies, as its policy says; a condition that cannot be told is such a failure', async () => {
  broken = true;
  const failed = await send(server, 'GET', '/api/v1/namespaces/other/configmaps', as('fixed'));
  assert.equal(failed.code, 500);
  assert.match(failed.body as string, /^Internal Server Error: "\/api\/v1\/namespaces\/other\/configmaps": /);
  const review = { spec: { user: 'x', resourceAttributes: { resource: 'configmaps', verb: 'get', namespace: 'third' } } };
  const { body } = await send(server, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { ...as('fixed'), body: review });
  assert.equal(body.status.allowed, false);
  assert.equal(body.status.denied, true);
  assert.match(body.status.evaluationError, /groups/);
});

test('rules of a user are incomplete when a webhook has a say', async () => {
  const { body } = await send(server, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { ...as('fixed'), body: { spec: { namespace: 'default' } } });
  assert.deepEqual([body.status.incomplete, body.status.evaluationError], [true, 'webhook authorizer does not support user rule resolution']);
  assert.ok(body.status.resourceRules.length > 0);
});

test('who came in and who decided is counted', async () => {
  const text = (await send(server, 'GET', '/metrics', as('fixed'))).body as string;
  assert.match(text, /authentication_attempts\{result="success"\} \d+/);
  assert.match(text, /authentication_attempts\{result="error"\} \d+/);
  assert.match(text, /apiserver_authorization_decisions_total\{decision="denied",name="strict",type="Webhook"\} \d+/);
});

test('settings that are no good are refused by name', async () => {
  const at = (settings: object): string => settingsErrors(settings as never, 'jwt[0]', ISSUER).join('; ');
  assert.match(at({ issuer: { url: 'http://x', audiences: [] }, claimMappings: { username: { claim: 'sub' } } }), /https.*audiences.*prefix is required/);
  assert.match(at({ issuer: { url: ISSUER, audiences: ['a'] }, claimMappings: { username: { expression: 'claims.email' } } }), /disallowed issuers.*email_verified must be used/);
  assert.throws(() => createClaimReader({ claimMappings: { username: { expression: 'claims.' } } }), /claims\.: /);
  await assert.rejects(configureAuthentication({ config: 'x', oidc: { issuerUrl: 'y' } }, ISSUER, [ISSUER], systemClock), /mutually exclusive/);
  await assert.rejects(configureAuthentication({ oidc: { issuerUrl: 'https://y' } }, ISSUER, [ISSUER], systemClock), /specified together/);
  assert.throws(() => authorizerSettings({ mode: 'Node,Some' }), /"Some" is none of/);
  assert.throws(() => authorizerSettings({ mode: 'Webhook' }), /kubeconfig file is wanted/);
  assert.deepEqual(authorizerSettings({}).map(({ type }) => type), ['Node', 'RBAC']);
  assert.deepEqual(requirementsOf('a=b,c!=d,e in (g,f),h,!i').map(({ operator, values }) => [operator, values]), [['In', ['b']], ['NotIn', ['d']], ['In', ['f', 'g']], ['Exists', undefined], ['DoesNotExist', undefined]]);
});
