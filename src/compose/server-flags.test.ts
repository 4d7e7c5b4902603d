import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TestReader } from '../apiserver/authz/test-reader.ts';
import type { AuthorizationAttributes } from '../apiserver/contracts.ts';
import { browserHeaders } from '../apiserver/http/browser-headers.ts';
import { sleep } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import type { ClusterPki } from '../pki/cluster-pki.ts';
import { createTokenSigner, createTokenVerifier } from '../pki/jwt.ts';
import { serviceAccountKeys } from './security.ts';
import { readServerFlags } from './server-flags.ts';

const ISSUER = 'https://issuer.example';
const ATTEMPTS = 400;
const directory = mkdtempSync(join(tmpdir(), 'naru-flags-'));
after(() => rmSync(directory, { recursive: true, force: true }));

const log = createLogger('test');
const file = (name: string, content: unknown): string => {
  const path = join(directory, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const keyPair = (): { privateKey: string; publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
};

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await holds()) return;
    await sleep(20);
  }
  assert.fail('it did not come about');
}

test('keys of service accounts are rotated: a new one signs, old ones still count', async () => {
  const own = keyPair(), next = keyPair(), old = keyPair();
  const pki = { serviceAccount: { privateKeyPem: own.privateKey, publicKeyPem: own.publicKey } } as ClusterPki;
  const { serviceAccounts } = await readServerFlags({
    'service-account-signing-key-file': file('next.key', next.privateKey), 'service-account-key-file': file('old.pub', old.publicKey + next.publicKey), 'service-account-max-token-expiration': '2h',
  }, ISSUER, log);
  assert.equal(serviceAccounts.maximumSeconds, 7200);
  const keys = serviceAccountKeys(pki, serviceAccounts);
  assert.deepEqual(keys, [next.publicKey, old.publicKey, own.publicKey]);
  const verifier = createTokenVerifier(keys);
  for (const { privateKey } of [own, next, old]) assert.equal((await verifier.verify(await createTokenSigner(privateKey).sign({ sub: 'x' }))).sub, 'x');
  await assert.rejects(verifier.verify(await createTokenSigner(keyPair().privateKey).sign({ sub: 'x' })));
  assert.deepEqual(serviceAccountKeys(pki, undefined), [own.publicKey]);
});

test('a longest life of tokens below an hour is refused, and so is a file without keys', async () => {
  await assert.rejects(readServerFlags({ 'service-account-max-token-expiration': '10m' }, ISSUER, log), /must be between 1 hour and 2\^32 seconds/);
  await assert.rejects(readServerFlags({ 'service-account-key-file': file('empty.pub', 'nothing') }, ISSUER, log), /there is no key in it/);
});

const authorizers = (...types: string[]): object => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers: types.map((type) => ({ type, name: type.toLowerCase() })) });
const REQUEST: AuthorizationAttributes = { user: { name: 'jane', groups: [] }, verb: 'get', isResourceRequest: true, path: '', group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'n', name: 'p' };

test('a changed AuthorizationConfiguration holds from then on; one that is no good, or brings a new RBAC, changes nothing', async () => {
  const path = file('authorization.yaml', authorizers('AlwaysDeny'));
  const flags = await readServerFlags({ 'authorization-config': path }, ISSUER, log);
  const authorizer = flags.authorizer?.(new TestReader());
  const decision = async (): Promise<string | undefined> => (await authorizer?.authorize(REQUEST))?.decision;
  assert.equal(await decision(), 'none');
  file('authorization.yaml', authorizers('AlwaysAllow'));
  await until(async () => await decision() === 'allow');
  file('authorization.yaml', authorizers('RBAC'));
  await until(() => flags.metricsText?.().includes('apiserver_authorization_config_controller_automatic_reloads_total{status="failure"} 1') ?? false);
  assert.equal(await decision(), 'allow');
  assert.match(flags.metricsText?.() ?? '', /automatic_reloads_total\{status="success"\} 1$/m);
});

test('a changed AuthenticationConfiguration brings other issuers, but no other anonymous requests', async () => {
  const issuer = (url: string): object => ({ issuer: { url, audiences: ['a'] }, claimMappings: { username: { claim: 'sub', prefix: '' } } });
  const configuration = (more: object): object => ({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', ...more });
  const path = file('authentication.yaml', configuration({ jwt: [issuer('https://one.example')] }));
  const flags = await readServerFlags({ 'authentication-config': path }, ISSUER, log);
  const token = await createTokenSigner(keyPair().privateKey).sign({ iss: 'https://localhost:1', sub: 'x' });
  const known = async (): Promise<boolean> => {
    // A token of a known issuer is looked into, which fails here; one of a strange issuer is left to others.
    const outcomes = await Promise.all((flags.authentication?.others ?? []).map((kind) => kind.authenticate(token).then((identity) => identity !== undefined, () => true)));
    return outcomes.includes(true);
  };
  assert.equal(await known(), false);
  file('authentication.yaml', configuration({ jwt: [issuer('https://localhost:1')] }));
  await until(known);
  file('authentication.yaml', configuration({ anonymous: { enabled: false } }));
  await until(() => flags.metricsText?.().includes('apiserver_authentication_config_controller_automatic_reloads_total{status="failure"} 1') ?? false);
  assert.equal(await known(), true);
});

test('browsers are told what pages of named origins may do, and to keep to TLS', async () => {
  const { flags } = await readServerFlags({ 'cors-allowed-origins': '//localhost(:|$),^https://console\\.example\\.com$', 'strict-transport-security-directives': 'max-age=60,includeSubDomains' }, ISSUER, log);
  const ask = (method: string, origin?: string): { headers: Record<string, unknown>; code: number; answered: boolean } => {
    const headers: Record<string, unknown> = {};
    let code = 0;
    const response = { setHeader: (name: string, value: unknown) => { headers[name] = value; return response as never; }, writeHead: (status: number) => { code = status; return response as never; }, end: () => response as never };
    const answered = browserHeaders(flags.browserAccess!, { method, headers: origin === undefined ? {} : { origin } }, response);
    return { headers, code, answered };
  };
  assert.deepEqual(ask('OPTIONS', 'http://localhost:3000').answered, true);
  assert.equal(ask('OPTIONS', 'http://localhost:3000').code, 204);
  assert.equal(ask('GET', 'https://console.example.com').headers['access-control-allow-origin'], 'https://console.example.com');
  assert.deepEqual(ask('OPTIONS', 'https://console.example.com.evil.net'), { headers: { 'strict-transport-security': 'max-age=60; includeSubDomains' }, code: 0, answered: false });
  assert.equal(ask('OPTIONS').answered, false);
  await assert.rejects(readServerFlags({ 'cors-allowed-origins': 'example.com' }, ISSUER, log), /does not pin to start\/end of host/);
  await assert.rejects(readServerFlags({ 'strict-transport-security-directives': 'age=1' }, ISSUER, log), /allowed values: max-age=expireTime/);
});

test('ports of nodes are a range or a first one and how many follow', async () => {
  const range = async (value: string): Promise<unknown> => (await readServerFlags({ 'service-node-port-range': value }, ISSUER, log)).flags.nodePortRange;
  assert.deepEqual([await range('30000-30010'), await range('31000+5'), await range('31000')], [[30000, 30010], [31000, 31005], [31000, 31000]]);
  await assert.rejects(range('30010-30000'), /end port cannot be less than start port/);
  await assert.rejects(range('65000+9000'), /cannot be greater than 65535/);
  await assert.rejects(range('all'), /are wanted/);
});
