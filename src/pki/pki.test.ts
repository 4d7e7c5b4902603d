import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { ensureClusterPki, ensureNodePki, issueUserCertificate, takeAuthorities, type ClusterPki } from './cluster-pki.ts';
import { CLUSTER_CA_SUBJECT } from './certificate.ts';
import { parseCertificateRequest, signCertificateRequest } from './csr.ts';
import { formatKubeconfig, makeKubeconfig } from './kubeconfig.ts';

let directory: string;
let pki: ClusterPki;
const NAMES = ['kubernetes', 'kubernetes.default.svc', 'localhost', '127.0.0.1', '10.96.0.1', '::1', 'fd00:10:96::1'];

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'naru-pki-'));
  pki = await ensureClusterPki(join(directory, 'pki'), { apiServer: NAMES });
});
after(() => rm(directory, { recursive: true }));

test('the API server certificate is signed by the CA and good for every name', () => {
  const ca = new X509Certificate(pki.ca.certificatePem);
  const certificate = new X509Certificate(pki.apiServer.certificatePem);
  assert.equal(ca.ca, true);
  assert.ok(certificate.checkIssued(ca));
  assert.ok(certificate.verify(ca.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pki.apiServer.privateKeyPem)));
  for (const name of NAMES) assert.ok(/[:\d]$/.test(name) ? certificate.checkIP(name) : certificate.checkHost(name), name);
});

test('OpenSSL verifies the chain for its purpose and finds nothing to complain about', () => {
  const file = (name: string): string => join(directory, 'pki', name);
  for (const [purpose, name] of [['sslserver', 'apiserver.crt'], ['sslclient', 'admin.crt']] as const) {
    const output = execFileSync('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', file('ca.crt'), file(name)], { encoding: 'utf8' });
    assert.match(output, /: OK/);
  }
});

test('private keys are for their owner only', async () => {
  for (const name of await readdir(join(directory, 'pki'))) {
    const { mode } = await stat(join(directory, 'pki', name));
    assert.equal((mode & 0o777).toString(8), name.endsWith('.key') ? '600' : '644', name);
  }
});

test('a restart keeps all files; a new name makes only the serving certificate anew', async () => {
  const again = await ensureClusterPki(join(directory, 'pki'), { apiServer: NAMES });
  assert.deepEqual(again, pki);
  const wider = await ensureClusterPki(join(directory, 'pki'), { apiServer: [...NAMES, '172.30.0.1'] });
  assert.equal(wider.ca.certificatePem, pki.ca.certificatePem);
  assert.equal(wider.admin.certificatePem, pki.admin.certificatePem);
  assert.notEqual(wider.apiServer.certificatePem, pki.apiServer.certificatePem);
  assert.ok(new X509Certificate(wider.apiServer.certificatePem).checkIP('172.30.0.1'));
  pki = wider;
});

test('certificates that run out soon are renewed at start', async () => {
  const later = Date.now() + 340 * 24 * 60 * 60 * 1000;
  const clock = { now: () => later, monotonic: () => 0, after: () => ({ cancel: () => {} }) };
  const renewed = await ensureClusterPki(join(directory, 'pki'), { apiServer: NAMES }, clock);
  assert.equal(renewed.ca.certificatePem, pki.ca.certificatePem);
  assert.notEqual(renewed.scheduler.certificatePem, pki.scheduler.certificatePem);
  pki = renewed;
});

test('a lost CA key is an error, not a new CA', async () => {
  const other = join(directory, 'other');
  await ensureClusterPki(other, { apiServer: ['a'] });
  await rm(join(other, 'ca.key'));
  await assert.rejects(ensureClusterPki(other, { apiServer: ['a'] }), /one is missing/);
});

test('a cluster may begin with the authorities of another, and trusts who is known there', async () => {
  const second = join(directory, 'second');
  await takeAuthorities(join(directory, 'pki'), second);
  const shared = await ensureClusterPki(second, { apiServer: ['localhost'] });
  assert.deepEqual([shared.ca, shared.frontProxyCa, shared.serviceAccount], [pki.ca, pki.frontProxyCa, pki.serviceAccount]);
  assert.equal((await stat(join(second, 'ca.key'))).mode & 0o777, 0o600);
  assert.ok(new X509Certificate(shared.admin.certificatePem).checkIssued(new X509Certificate(pki.ca.certificatePem)));
});

test('authorities that cannot sign here are refused, and nothing is written', async () => {
  const foreign = join(directory, 'foreign');
  await takeAuthorities(join(directory, 'pki'), foreign);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=kubernetes', '-keyout', join(foreign, 'ca.key'), '-out', join(foreign, 'ca.crt')], { stdio: 'ignore' });
  const target = join(directory, 'target');
  await assert.rejects(takeAuthorities(foreign, target), /ca\.crt: only an authority CN=kubernetes with an EC key/);
  await rm(join(foreign, 'sa.pub'));
  await assert.rejects(takeAuthorities(foreign, target), /sa\.pub is missing/);
  await assert.rejects(stat(target), /ENOENT/);
});

test('node and user certificates carry name and groups', async () => {
  const node = await ensureNodePki(pki.ca, join(directory, 'node'), 'node1', ['172.30.0.11']);
  const client = new X509Certificate(node.client.certificatePem).toLegacyObject();
  assert.equal(client.subject.CN, 'system:node:node1');
  assert.equal(client.subject.O, 'system:nodes');
  const user = new X509Certificate(issueUserCertificate(pki.ca, 'jane', ['dev', 'ops']).certificatePem).toLegacyObject();
  assert.equal(user.subject.CN, 'jane');
  assert.deepEqual(user.subject.O, ['dev', 'ops']);
});

test('a kubeconfig is YAML that reads back as the document', async () => {
  const document = makeKubeconfig({
    clusterName: 'naru', server: 'https://127.0.0.1:6443', caPem: pki.ca.certificatePem, userName: 'admin', credentials: { keyPair: pki.admin }, namespace: 'x',
  });
  assert.deepEqual(parse(formatKubeconfig(document)), document);
});

test('a certificate request made by openssl is read and signed', async () => {
  const key = join(directory, 'u.key');
  const request = join(directory, 'u.csr');
  execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', request, '-subj', '/O=dev/O=ops/CN=jane',
    '-addext', 'subjectAltName=DNS:a.example,IP:10.0.0.1,email:a@b.example'], { stdio: 'ignore' });
  const parsed = await parseCertificateRequest(await readFile(request, 'utf8'));
  assert.deepEqual(parsed.subject, { commonName: 'jane', organizations: ['dev', 'ops'] });
  assert.deepEqual([parsed.dnsNames, parsed.ipAddresses, parsed.emailAddresses], [['a.example'], ['10.0.0.1'], ['a@b.example']]);
  const certificate = new X509Certificate(signCertificateRequest(pki.ca, CLUSTER_CA_SUBJECT, parsed, {
    usages: ['digital signature', 'key encipherment', 'client auth'], now: Date.now(), lifetimeMilliseconds: 3600_000,
  }));
  assert.ok(certificate.verify(createPublicKey(pki.ca.certificatePem)));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(await readFile(key))));
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  await assert.rejects(parseCertificateRequest('nonsense'), /PEM block type/);
});
