import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { systemClock, type Clock } from '../base/clock.ts';
import { CLUSTER_CA_SUBJECT, issueCertificate, issuerFrom, newKey, type KeyPair, type KeyUse, type Subject } from './certificate.ts';

const DAY = 24 * 60 * 60 * 1000;
const AUTHORITY_LIFETIME = 3650 * DAY;
const LEAF_LIFETIME = 365 * DAY;
/** A certificate with less than this left is made anew when the cluster starts. */
const RENEW_BEFORE = 30 * DAY;
/** Clocks of other machines may be behind ours. */
const CLOCK_SKEW = 5 * 60 * 1000;

/** Everything that proves who is who in one cluster, as PEM texts. */
export interface ClusterPki {
  directory: string;
  ca: KeyPair;
  frontProxyCa: KeyPair;
  apiServer: KeyPair;
  /** What the API server shows to the nodes' kubelet API. */
  apiServerKubeletClient: KeyPair;
  /** What the aggregation layer shows to extension API servers. */
  frontProxyClient: KeyPair;
  /** O=system:masters */
  admin: KeyPair;
  controllerManager: KeyPair;
  scheduler: KeyPair;
  serviceAccount: { privateKeyPem: string; publicKeyPem: string };
}

export interface ServingNames {
  /** DNS names and IP addresses at which the API server is reached. */
  apiServer: string[];
}

const CA_SUBJECT: Subject = CLUSTER_CA_SUBJECT;
const FRONT_PROXY_CA_SUBJECT: Subject = { commonName: 'front-proxy-ca' };

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all, also when the machine stops in between. */
async function writeText(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode);
  await rename(temporary, path);
}

async function readPair(path: string): Promise<Partial<KeyPair>> {
  const [certificatePem, privateKeyPem] = await Promise.all([readText(`${path}.crt`), readText(`${path}.key`)]);
  return { certificatePem, privateKeyPem };
}

async function writePair(path: string, pair: KeyPair): Promise<void> {
  await Promise.all([writeText(`${path}.key`, pair.privateKeyPem, 0o600), writeText(`${path}.crt`, pair.certificatePem, 0o644)]);
}

function makeAuthority(subject: Subject, now: number): KeyPair {
  const { privateKey, publicKey, privateKeyPem } = newKey();
  const certificatePem = issueCertificate({
    subject, publicKey, issuer: { subject, privateKey, publicKey }, use: 'ca', names: [subject.commonName],
    notBefore: now - CLOCK_SKEW, notAfter: now + AUTHORITY_LIFETIME,
  });
  return { certificatePem, privateKeyPem };
}

async function ensureAuthority(path: string, subject: Subject, now: number): Promise<KeyPair> {
  const found = await readPair(path);
  if (found.certificatePem && found.privateKeyPem) return found as KeyPair;
  if (found.certificatePem || found.privateKeyPem) throw new Error(`${path}.crt and ${path}.key: one is missing; restore it or remove both`);
  const made = makeAuthority(subject, now);
  await writePair(path, made);
  return made;
}

interface Leaf { subject: Subject; use: KeyUse; names?: string[] }

function makeLeaf(authority: KeyPair, authoritySubject: Subject, leaf: Leaf, now: number, lifetime = LEAF_LIFETIME): KeyPair {
  const { publicKey, privateKeyPem } = newKey();
  const issuer = issuerFrom(authority, authoritySubject);
  const certificatePem = issueCertificate({ ...leaf, publicKey, issuer, notBefore: now - CLOCK_SKEW, notAfter: now + lifetime });
  return { certificatePem, privateKeyPem };
}

function sameAddress(certificate: X509Certificate, name: string): boolean {
  return isIP(name) ? certificate.checkIP(name) !== undefined : certificate.checkHost(name, { subject: 'never' }) !== undefined;
}

/** Whether a certificate found on disk still does what `leaf` asks for. Pure. */
export function isUsable(certificatePem: string, authorityPem: string, leaf: { names?: string[] }, now: number): boolean {
  const certificate = new X509Certificate(certificatePem);
  const authority = new X509Certificate(authorityPem);
  return certificate.validToDate.getTime() - now > RENEW_BEFORE
    && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
    && (leaf.names ?? []).every((name) => sameAddress(certificate, name));
}

async function ensureLeaf(path: string, authority: KeyPair, authoritySubject: Subject, leaf: Leaf, now: number): Promise<KeyPair> {
  const found = await readPair(path);
  if (found.certificatePem && found.privateKeyPem && isUsable(found.certificatePem, authority.certificatePem, leaf, now)) return found as KeyPair;
  const made = makeLeaf(authority, authoritySubject, leaf, now);
  await writePair(path, made);
  return made;
}

async function ensureServiceAccountKey(path: string): Promise<ClusterPki['serviceAccount']> {
  const [privateKeyPem, publicKeyPem] = await Promise.all([readText(`${path}.key`), readText(`${path}.pub`)]);
  if (privateKeyPem && publicKeyPem) return { privateKeyPem, publicKeyPem };
  const made = newKey();
  const texts = { privateKeyPem: made.privateKeyPem, publicKeyPem: made.publicKey.export({ type: 'spki', format: 'pem' }) as string };
  await Promise.all([writeText(`${path}.key`, texts.privateKeyPem, 0o600), writeText(`${path}.pub`, texts.publicKeyPem, 0o644)]);
  return texts;
}

/**
 * Reads the cluster's certificates and keys from `directory` and makes what is missing, has run out or lacks a name.
 * Authorities and the service-account key are never replaced.
 */
export async function ensureClusterPki(directory: string, names: ServingNames, clock: Clock = systemClock): Promise<ClusterPki> {
  const now = clock.now();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(directory, name);
  const [ca, frontProxyCa, serviceAccount] = await Promise.all([
    ensureAuthority(at('ca'), CA_SUBJECT, now), ensureAuthority(at('front-proxy-ca'), FRONT_PROXY_CA_SUBJECT, now), ensureServiceAccountKey(at('sa')),
  ]);
  const leaf = (name: string, subject: Subject, use: KeyUse, serving?: string[]): Promise<KeyPair> =>
    ensureLeaf(at(name), ca, CA_SUBJECT, { subject, use, names: serving }, now);
  const [apiServer, apiServerKubeletClient, admin, controllerManager, scheduler, frontProxyClient] = await Promise.all([
    leaf('apiserver', { commonName: 'kube-apiserver' }, 'server', names.apiServer),
    leaf('apiserver-kubelet-client', { commonName: 'kube-apiserver-kubelet-client', organizations: ['system:masters'] }, 'client'),
    leaf('admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] }, 'client'),
    leaf('controller-manager', { commonName: 'system:kube-controller-manager' }, 'client'),
    leaf('scheduler', { commonName: 'system:kube-scheduler' }, 'client'),
    ensureLeaf(at('front-proxy-client'), frontProxyCa, FRONT_PROXY_CA_SUBJECT, { subject: { commonName: 'front-proxy-client' }, use: 'client' }, now),
  ]);
  return { directory, ca, frontProxyCa, apiServer, apiServerKubeletClient, frontProxyClient, admin, controllerManager, scheduler, serviceAccount };
}

const SHARED_FILES = ['ca.crt', 'ca.key', 'front-proxy-ca.crt', 'front-proxy-ca.key', 'sa.key', 'sa.pub'];

/**
 * Begins a cluster's keys with the authorities and the service-account key of another, whose credentials then count here and the other way
 * round. Throws Error, and writes nothing, when a file is missing, or a CA is none that `ensureClusterPki` could sign with.
 */
export async function takeAuthorities(from: string, directory: string): Promise<void> {
  const texts = await Promise.all(SHARED_FILES.map(async (name) => {
    const text = await readText(join(from, name));
    if (text === undefined) throw new Error(`${join(from, name)} is missing`);
    return text;
  }));
  for (const [index, { commonName }] of [[0, CA_SUBJECT], [2, FRONT_PROXY_CA_SUBJECT]] as const) checkAuthority(join(from, SHARED_FILES[index] ?? ''), texts[index] ?? '', texts[index + 1] ?? '', commonName);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await Promise.all(SHARED_FILES.map((name, index) => writeText(join(directory, name), texts[index] ?? '', name.endsWith('.key') ? 0o600 : 0o644)));
}

function checkAuthority(file: string, certificatePem: string, privateKeyPem: string, commonName: string): void {
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(privateKeyPem))) throw new Error(`${file}: the key beside it is another's`);
  if (certificate.subject !== `CN=${commonName}` || certificate.publicKey.asymmetricKeyType !== 'ec') throw new Error(`${file}: only an authority CN=${commonName} with an EC key can be taken, not ${certificate.subject} with ${certificate.publicKey.asymmetricKeyType ?? 'none'}`);
}

export interface NodePki {
  /** CN=system:node:NAME, O=system:nodes */
  client: KeyPair;
  /** For the kubelet API. */
  serving: KeyPair;
  /** CN=system:kube-proxy */
  proxy: KeyPair;
}

/** Certificates of one node, kept in `directory`. `addresses` are the node's names and addresses. */
export async function ensureNodePki(authority: KeyPair, directory: string, nodeName: string, addresses: string[], clock: Clock = systemClock): Promise<NodePki> {
  const now = clock.now();
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const leaf = (name: string, subject: Subject, use: KeyUse, names?: string[]): Promise<KeyPair> =>
    ensureLeaf(join(directory, name), authority, CA_SUBJECT, { subject, use, names }, now);
  const node: Subject = { commonName: `system:node:${nodeName}`, organizations: ['system:nodes'] };
  const [client, serving, proxy] = await Promise.all([
    leaf('kubelet-client', node, 'client'),
    leaf('kubelet', node, 'server', [nodeName, ...addresses.filter((address) => address !== nodeName)]),
    leaf('kube-proxy', { commonName: 'system:kube-proxy' }, 'client'),
  ]);
  return { client, serving, proxy };
}

/** A client certificate for a person: CN is the user's name, O its groups. Nothing is written. */
export function issueUserCertificate(authority: KeyPair, name: string, groups: string[], clock: Clock = systemClock, lifetime?: number): KeyPair {
  return makeLeaf(authority, CA_SUBJECT, { subject: { commonName: name, organizations: groups }, use: 'client' }, clock.now(), lifetime);
}

/** A serving certificate signed by the cluster's CA, for a part that serves TLS of its own. Nothing is written. */
export function issueServingCertificate(authority: KeyPair, commonName: string, names: string[], clock: Clock = systemClock): KeyPair {
  return makeLeaf(authority, CA_SUBJECT, { subject: { commonName }, use: 'server', names }, clock.now());
}
