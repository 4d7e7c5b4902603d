import assert from 'node:assert/strict';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { ensureClusterPki, issueUserCertificate, type ClusterPki } from '../../pki/cluster-pki.ts';
import { createTokenSigner, createTokenVerifier, decodeClaims, legacyClaims, type TokenSigner, type TokenVerifier } from '../../pki/jwt.ts';
import { createAuthorizer } from '../authz/authorizer.ts';
import { RBAC } from '../authz/rbac-types.ts';
import { TestReader } from '../authz/test-reader.ts';
import type { Credentials, UserInfo } from '../contracts.ts';
import { createAuthenticator, type ClusterAuthenticator } from './authenticator.ts';
import { frontProxyUser, readClientCertificate } from './certificates.ts';
import { extensionAuthentication, frontProxyHeaders } from './front-proxy.ts';
import { createClaimResolver } from './distributed-claims.ts';
import { createJwtTokens, settingsOfFlags } from './oidc-tokens.ts';
import { openIdConfiguration, openIdDocuments, openIdKeys } from './openid.ts';
import { tokenReview } from './reviews.ts';
import { requestToken } from './token-request.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const NOW = Date.parse('2026-03-01T00:00:00Z');

let directory: string;
let pki: ClusterPki;
let signer: TokenSigner;
let verifier: TokenVerifier;
let now = NOW;
const clock: Clock = { now: () => now, monotonic: () => now, after: () => ({ cancel: () => {} }) };
let reader: TestReader;
let authenticator: ClusterAuthenticator;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'naru-authn-'));
  pki = await ensureClusterPki(directory, { apiServer: ['localhost'] }, clock);
  signer = createTokenSigner(pki.serviceAccount.privateKeyPem);
  verifier = createTokenVerifier([pki.serviceAccount.publicKeyPem]);
});
after(() => rm(directory, { recursive: true }));
beforeEach(() => {
  now = NOW;
  reader = new TestReader()
    .put('', 'serviceaccounts', { metadata: { name: 'bot', namespace: 'ns', uid: 'sa-uid' } })
    .put('', 'pods', { metadata: { name: 'p', namespace: 'ns', uid: 'pod-uid' }, spec: { serviceAccountName: 'bot', nodeName: 'n1' } })
    .put('', 'nodes', { metadata: { name: 'n1', uid: 'node-uid' } });
  authenticator = createAuthenticator({ reader, verifier, issuer: ISSUER, clock });
});

const credentials = (headers: Credentials['headers'], clientCertificate?: Credentials['clientCertificate']): Credentials =>
  ({ headers, clientCertificate, remoteAddress: '127.0.0.1' });
const bearer = (token: string): Credentials => credentials({ authorization: `Bearer ${token}` });
const isUnauthorized = (error: StatusError): boolean => error.code === 401 && error.message === 'Unauthorized';

async function mint(spec: object): Promise<string> {
  const answer = await requestToken({ spec }, 'ns', 'bot', { reader, signer, issuer: ISSUER, apiAudiences: [ISSUER], clock });
  return (answer['status'] as { token: string }).token;
}

test('a client certificate names user and groups', async () => {
  const { certificatePem } = issueUserCertificate(pki.ca, 'jane', ['dev'], clock);
  const authorities = { clientCa: new X509Certificate(pki.ca.certificatePem), frontProxyCa: new X509Certificate(pki.frontProxyCa.certificatePem) };
  const certificate = readClientCertificate(new X509Certificate(certificatePem).raw, authorities);
  const user = await authenticator.authenticate(credentials({}, certificate));
  assert.equal(user?.name, 'jane');
  assert.deepEqual(user?.groups, ['dev', 'system:authenticated']);
  assert.match(user?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '', /^X509SHA256=[0-9a-f]{64}$/);
  now += 400 * 24 * 3600 * 1000;
  await assert.rejects(authenticator.authenticate(credentials({}, certificate)), isUnauthorized);
});

test('only the front proxy may name another user', async () => {
  const authorities = { clientCa: new X509Certificate(pki.ca.certificatePem), frontProxyCa: new X509Certificate(pki.frontProxyCa.certificatePem) };
  const headers = { 'x-remote-user': 'jane', 'x-remote-group': 'a, b', 'x-remote-extra-acme.com%2fteam': 'red, blue' };
  const proxy = readClientCertificate(new X509Certificate(pki.frontProxyClient.certificatePem).raw, authorities);
  const user = await authenticator.authenticate(credentials(headers, proxy));
  assert.deepEqual(user, { name: 'jane', groups: ['a', 'b', 'system:authenticated'], extra: { 'acme.com/team': ['red', 'blue'] } });
  const stranger = readClientCertificate(new X509Certificate(issueUserCertificate(pki.ca, 'eve', [], clock).certificatePem).raw, authorities);
  assert.equal((await authenticator.authenticate(credentials(headers, stranger)))?.name, 'eve');
});

test('no credentials are anonymous, bad ones are 401', async () => {
  assert.deepEqual(await authenticator.authenticate(credentials({})), { name: 'system:anonymous', groups: ['system:unauthenticated'] });
  await assert.rejects(authenticator.authenticate(bearer('nonsense')), isUnauthorized);
  const strict = createAuthenticator({ reader, verifier, issuer: ISSUER, clock, anonymous: { enabled: false } });
  assert.equal(await strict.authenticate(credentials({})), undefined);
});

test('a pod token works while its pod lives and its time lasts', async () => {
  const token = await mint({ expirationSeconds: 600, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'pod-uid' } });
  const user = await authenticator.authenticate(bearer(token));
  assert.equal(user?.name, 'system:serviceaccount:ns:bot');
  assert.equal(user?.uid, 'sa-uid');
  assert.deepEqual(user?.groups, ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated']);
  assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], ['p']);
  assert.deepEqual(user?.extra?.['authentication.kubernetes.io/node-uid'], ['node-uid']);
  now += 700_000;
  await assert.rejects(authenticator.authenticate(bearer(token)), isUnauthorized);
  now = NOW;
  reader.put('', 'pods', { metadata: { name: 'p', namespace: 'ns', uid: 'another' }, spec: { serviceAccountName: 'bot' } });
  await assert.rejects(authenticator.authenticateToken(token), /pod UID \(another\) does not match/);
  reader.remove('', 'pods', 'ns', 'p');
  await assert.rejects(authenticator.authenticateToken(token), /service account token has been invalidated/);
});

test('a WebSocket carries its token as a subprotocol, which whoever is asked next does not see', async () => {
  const token = await mint({});
  const prefix = 'base64url.bearer.authorization.k8s.io.';
  const encoded = `${prefix}${Buffer.from(token).toString('base64url')}`;
  const upgrade = (protocols: string): Credentials => credentials({ connection: 'keep-alive, Upgrade', upgrade: 'WebSocket', 'sec-websocket-protocol': protocols });
  const asked = upgrade(`v5.channel.k8s.io, ${encoded}, v4.channel.k8s.io`);
  assert.equal((await authenticator.authenticate(asked))?.name, 'system:serviceaccount:ns:bot');
  assert.equal(asked.headers['sec-websocket-protocol'], 'v5.channel.k8s.io,v4.channel.k8s.io');
  assert.equal((await authenticator.authenticate(credentials({ 'sec-websocket-protocol': `v5.channel.k8s.io, ${encoded}` })))?.name, 'system:anonymous', 'no upgrade, no token');
  assert.equal((await authenticator.authenticate(upgrade(`v5.channel.k8s.io, ${prefix}`)))?.name, 'system:anonymous');
  for (const bad of [encoded, `a, ${encoded}, ${encoded}`, `a, ${prefix}***`, `a, ${prefix}_w`, `a, ${prefix}Zm9v`]) await assert.rejects(authenticator.authenticate(upgrade(bad)), isUnauthorized, bad);
});

test('the token is what follows one space after Bearer', async () => {
  const token = await mint({});
  const warnings: string[] = [];
  const ask = async (authorization: string): Promise<string | undefined> => (await authenticator.authenticate({ ...credentials({ authorization }), warn: (text) => warnings.push(text) }))?.name;
  assert.equal(await ask(`bearer ${token} more`), 'system:serviceaccount:ns:bot');
  assert.deepEqual(warnings, []);
  assert.equal(await ask(`Bearer  ${token}`), 'system:anonymous');
  assert.match(warnings.join(), /extra space/);
});

test('a certificate that proves nothing is 401 unless a token does', async () => {
  const stranger = issueUserCertificate((await ensureClusterPki(join(directory, 'other'), { apiServer: ['localhost'] }, clock)).ca, 'eve', [], clock);
  const authorities = { clientCa: new X509Certificate(pki.ca.certificatePem) };
  const certificate = readClientCertificate(new X509Certificate(stranger.certificatePem).raw, authorities);
  await assert.rejects(authenticator.authenticate(credentials({}, certificate)), isUnauthorized);
  assert.equal((await authenticator.authenticate(credentials({ authorization: `Bearer ${await mint({})}` }, certificate)))?.name, 'system:serviceaccount:ns:bot');
});

test('audiences must meet; a token review says which did', async () => {
  const token = await mint({ audiences: ['vault'] });
  await assert.rejects(authenticator.authenticate(bearer(token)), isUnauthorized);
  const good = await tokenReview({ spec: { token, audiences: ['vault', 'x'] } }, authenticator);
  assert.deepEqual((good['status'] as { audiences: string[] }).audiences, ['vault']);
  const bad = await tokenReview({ spec: { token } }, authenticator);
  const asked = await tokenReview({ spec: { token: 'x' }, status: { authenticated: true, audiences: ['a'], user: { uid: 'u' } } }, authenticator);
  const { error, ...kept } = asked['status'] as Record<string, unknown>;
  assert.deepEqual([typeof error, kept], ['string', { audiences: ['a'], user: { uid: 'u' } }]);
  assert.deepEqual(bad['status'], { user: {}, error: `[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["${ISSUER}"]]` });
});

test('a pod token of 3607 seconds lives a year but says it is due for renewal', async () => {
  const reference = { kind: 'Pod', apiVersion: 'v1', name: 'p' };
  const claims = decodeClaims(await mint({ expirationSeconds: 3607, boundObjectRef: reference }))!;
  assert.equal(claims.exp! - claims.iat!, 365 * 24 * 3600);
  assert.equal((claims['kubernetes.io'] as { warnafter: number }).warnafter - claims.iat!, 3607);
  const token = await mint({ expirationSeconds: 3607, boundObjectRef: reference });
  await authenticator.authenticate(bearer(token));
  now += 4_000_000;
  await authenticator.authenticate(bearer(token));
  const text = authenticator.metricsText();
  const has = (line: string): void => assert.ok(text.includes(`\n${line}\n`), line);
  has('serviceaccount_valid_tokens_total 1');
  has('serviceaccount_stale_tokens_total 1');
  has('authentication_token_cache_request_total{status="hit"} 1');
  has('authentication_token_cache_fetch_total{status="ok"} 1');
});

test('token requests are refused with upstream\'s words', async () => {
  await assert.rejects(mint({ expirationSeconds: 5 }), /spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes/);
  await assert.rejects(mint({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'old' } }), (error: StatusError) => error.code === 409);
  await assert.rejects(mint({ boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'p' } }), /cannot bind token to object of type \/v1, Kind=ConfigMap/);
  await assert.rejects(mint({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'no' } }), (error: StatusError) => error.code === 404);
});

test('a legacy token is good while its secret holds it', async () => {
  const token = await signer.sign(legacyClaims({ namespace: 'ns', name: 'bot', uid: 'sa-uid' }, 's'));
  await assert.rejects(authenticator.authenticate(bearer(token)), isUnauthorized);
  reader.put('', 'secrets', { metadata: { name: 's', namespace: 'ns' }, data: { token: Buffer.from(token).toString('base64') } });
  assert.equal((await authenticator.authenticate(bearer(token)))?.name, 'system:serviceaccount:ns:bot');
});

test('bootstrap tokens name a bootstrapper until they run out', async () => {
  const encode = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const data = {
    'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true',
    'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token', expiration: '2026-03-01T01:00:00Z',
  };
  reader.put('', 'secrets', { metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' }, type: 'bootstrap.kubernetes.io/token', data: encode(data) });
  const user = await authenticator.authenticate(bearer('abcdef.0123456789abcdef'));
  assert.equal(user?.name, 'system:bootstrap:abcdef');
  assert.deepEqual(user?.groups, ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated']);
  await assert.rejects(authenticator.authenticate(bearer('abcdef.0123456789abcdeg')), isUnauthorized);
  now += 3_600_000;
  await assert.rejects(authenticator.authenticate(bearer('abcdef.0123456789abcdef')), isUnauthorized);
});

test('the discovery documents fit the tokens', async () => {
  const kid = (JSON.parse(Buffer.from((await mint({})).split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
  assert.deepEqual(openIdKeys(verifier).keys.map((key) => key.kid), [kid]);
  assert.deepEqual(openIdConfiguration(ISSUER, 'https://x/openid/v1/jwks', verifier)['id_token_signing_alg_values_supported'], ['ES256']);
});

test('the documents are served as JSON by path', () => {
  const documents = openIdDocuments(ISSUER, 'https://x/openid/v1/jwks', verifier);
  assert.equal(documents.get('/openid/v1/jwks')?.().contentType, 'application/jwk-set+json');
  assert.equal((JSON.parse(documents.get('/.well-known/openid-configuration')!().body) as { jwks_uri: string }).jwks_uri, 'https://x/openid/v1/jwks');
});

test('front-proxy headers read back as the user they were made from', () => {
  const user: UserInfo = { name: 'jane', uid: '1', groups: ['a', 'b'], extra: { 'acme.com/team': ['red', 'blue'] } };
  const headers = Object.fromEntries(Object.entries(frontProxyHeaders(user)).map(([name, value]) => [name.toLowerCase(), value]));
  assert.deepEqual(frontProxyUser(headers), user);
  const { data } = extensionAuthentication({ clientCaPem: 'A', frontProxyCaPem: 'B', frontProxyNames: ['front-proxy-client'] }) as { data: Record<string, string> };
  assert.equal(data['requestheader-allowed-names'], '["front-proxy-client"]');
});

test('an OIDC provider\'s tokens name users by their claims', async () => {
  const issuerUrl = 'https://id.example.com';
  const key = createPublicKey(pki.serviceAccount.publicKeyPem);
  const oidc = await createJwtTokens(settingsOfFlags({ issuerUrl, clientId: 'naru', usernameClaim: 'email', groupsClaim: 'groups', groupsPrefix: 'oidc:' }), {
    signingAlgorithms: ['ES256'], keys: async () => key, apiAudiences: [ISSUER],
  });
  const exp = Math.floor(Date.now() / 1000) + 600;
  const sign = (claims: object): Promise<string> => signer.sign({ iss: issuerUrl, aud: 'naru', exp, sub: '1', email: 'jane@example.com', groups: ['dev'], ...claims });
  const both = createAuthenticator({ reader, verifier, issuer: ISSUER, clock, others: [oidc] });
  assert.deepEqual(await both.authenticate(bearer(await sign({}))), { name: 'jane@example.com', groups: ['oidc:dev', 'system:authenticated'] });
  await assert.rejects(both.authenticate(bearer(await sign({ aud: 'other' }))), isUnauthorized);
  await assert.rejects(both.authenticate(bearer(await sign({ email_verified: false }))), isUnauthorized);
  await assert.rejects(both.authenticate(bearer(await sign({ exp: 1 }))), isUnauthorized);
  await assert.rejects(both.authenticate(bearer(await sign({ exp: undefined }))), isUnauthorized);
  assert.equal(await oidc.authenticate(await mint({})), undefined);
});

test('a claim that a token leaves to another place is fetched there, signed too', async () => {
  const key = createPublicKey(pki.serviceAccount.publicKeyPem);
  const asked: unknown[] = [];
  const place = 'https://groups.example.com/jane';
  const resolve = createClaimResolver({
    claim: 'groups', issuer: { url: 'https://id.example.com', audiences: ['naru'] }, algorithms: ['ES256'], keysOf: () => async () => key,
    read: async (url, _ca, headers) => {
      asked.push(url, headers);
      return signer.sign({ iss: 'https://groups.example.com', aud: url.endsWith('jane') ? 'naru' : 'other', exp: Math.floor(Date.now() / 1000) + 600, ...(url.endsWith('none') ? {} : { groups: ['dev'] }) });
    },
  });
  const claims = (endpoint: string): Record<string, unknown> => ({ _claim_names: { groups: 'a' }, _claim_sources: { a: { endpoint, access_token: 't' } } });
  const distributed = claims(place);
  await resolve(distributed);
  assert.deepEqual(distributed['groups'], ['dev']);
  assert.deepEqual(asked, [place, { authorization: 'Bearer t' }]);
  const own = { ...claims(place), groups: ['own'] };
  await resolve(own);
  assert.deepEqual(own.groups, ['own']);
  await assert.rejects(resolve(claims('https://groups.example.com/joe')), /expected audience/);
  await assert.rejects(resolve({ _claim_names: { groups: 'a' } }), /no claim sources/);
  await assert.rejects(resolve({ _claim_names: { groups: 'a' }, _claim_sources: {} }), /contained a source a missing in _claims_sources/);
});
