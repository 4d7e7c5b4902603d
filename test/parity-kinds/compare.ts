/** Compares our rules with upstream's API server; see the README beside this file. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
import { kindRules } from '../../src/api/kinds/index.ts';
import type { RuleContext } from '../../src/api/kind-rules.ts';
import type { KubernetesObject } from '../../src/api/object.ts';
import { decodeObject } from '../../src/api/codec/index.ts';
import { createScheme } from '../../src/api/scheme.ts';
import { bases } from './bases.ts';
import { type Case, type Changes, cases } from './cases.ts';

const config = parse(readFileSync(process.env['KUBECONFIG'] as string, 'utf8')) as { clusters: { cluster: { server: string } }[]; users: { user: Record<string, string> }[] };
const server = config.clusters[0]?.cluster.server as string;
const user = config.users[0]?.user as Record<string, string>;
const credential = (name: string): Buffer => (user[`${name}-data`] ? Buffer.from(user[`${name}-data`] as string, 'base64') : readFileSync(user[name] as string));
const identity = { cert: credential('client-certificate'), key: credential('client-key'), rejectUnauthorized: false };

const PLURALS: Record<string, string> = { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses', IngressClass: 'ingressclasses', StorageClass: 'storageclasses', PriorityClass: 'priorityclasses', RuntimeClass: 'runtimeclasses', Endpoints: 'endpoints' };
const CLUSTER = new Set(['Namespace', 'Node', 'PersistentVolume', 'IngressClass', 'StorageClass', 'CSIDriver', 'CSINode', 'PriorityClass', 'RuntimeClass', 'ValidatingWebhookConfiguration', 'FlowSchema']);

function send(method: string, path: string, body?: unknown): Promise<Record<string, any>> {
  return new Promise((resolve, reject) => {
    const call = request(`${server}${path}`, { method, ...identity, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => { text += part.toString(); });
      response.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function pathOf(object: KubernetesObject): string {
  const kind = object.kind as string;
  const version = object.apiVersion as string;
  const root = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  return `${root}${CLUSTER.has(kind) ? '' : '/namespaces/default'}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`;
}

function change(object: KubernetesObject, changes: Changes): KubernetesObject {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    let at = copy as Record<string, any>;
    for (const key of keys.slice(0, -1)) at = at[key] ??= {};
    if (value === undefined) delete at[keys.at(-1) as string];
    else at[keys.at(-1) as string] = structuredClone(value);
  }
  return copy;
}

type Finding = string;
interface Outcome { findings: Finding[]; object?: KubernetesObject; other?: string }

function upstreamOutcome(answer: Record<string, any>): Outcome {
  if (answer['kind'] !== 'Status') return { findings: [], object: answer as KubernetesObject };
  const causes = (answer['details']?.causes ?? []) as { reason: string; field: string; message: string }[];
  if (answer['reason'] !== 'Invalid') return { findings: [], other: `${answer['reason']}: ${answer['message']}` };
  return { findings: causes.map(({ reason, field, message }) => `${reason} ${field}: ${message.split('\n', 1)[0]}`).sort() };
}

const context = (operation: 'create' | 'update'): RuleContext => ({ now: Date.now(), operation, subresource: '', namespace: 'default', user: '', options: { allowDuplicatePorts: true } });

const scheme = createScheme();
function decode(object: KubernetesObject): KubernetesObject {
  const [group, version] = object.apiVersion?.includes('/') ? (object.apiVersion.split('/') as [string, string]) : ['', object.apiVersion as string];
  const schema = scheme.kindSchema(group, version, object.kind as string);
  return schema ? decodeObject<KubernetesObject>(object, schema).object : object;
}

function ourCreate(given: KubernetesObject): Outcome {
  const object = decode(given);
  const group = object.apiVersion?.includes('/') ? (object.apiVersion.split('/', 1)[0] as string) : '';
  const rules = kindRules(group, object.kind as string);
  if (!rules) return { findings: [], other: 'no rules' };
  if (!CLUSTER.has(object.kind as string)) (object.metadata ??= {}).namespace ??= 'default';
  (object.metadata ??= {}).uid = '00000000-0000-0000-0000-000000000000';
  rules.default?.(object);
  rules.prepareForCreate?.(object, context('create'));
  return { findings: format(rules.validate?.(object, context('create')) ?? []), object };
}

function ourUpdate(given: KubernetesObject, old: KubernetesObject): Outcome {
  const object = decode(given);
  const group = object.apiVersion?.includes('/') ? (object.apiVersion.split('/', 1)[0] as string) : '';
  const rules = kindRules(group, object.kind as string);
  rules?.default?.(object);
  rules?.prepareForUpdate?.(object, old, context('update'));
  return { findings: format(rules?.validateUpdate?.(object, old, context('update')) ?? []), object };
}

function format(errors: { type: string; field: string; detail: string }[]): Finding[] {
  return [...new Set(errors.map(({ type, field, detail }) => `${type} ${field}: ${detail.split('\n', 1)[0]}`))].sort();
}

/** What the server and its admission add, and what is another part's business. */
const SERVERS = ['metadata.uid', 'metadata.creationTimestamp', 'metadata.resourceVersion', 'metadata.managedFields', 'metadata.namespace', 'metadata.generation', 'status', 'spec.clusterIP', 'spec.clusterIPs', 'spec.ipFamilies', 'spec.ipFamilyPolicy', 'metadata.finalizers', 'spec.storageClassName'];

function differences(upstream: unknown, ours: unknown, path: string): string[] {
  if (SERVERS.includes(path) || /^metadata\.labels\.|controller-uid|nodePort$|healthCheckNodePort$/.test(path)) return [];
  if (JSON.stringify(upstream) === JSON.stringify(ours)) return [];
  const both = upstream !== null && ours !== null && typeof upstream === 'object' && typeof ours === 'object';
  if (!both) return [`${path}: upstream ${JSON.stringify(upstream)}, ours ${JSON.stringify(ours)}`];
  const a = upstream as Record<string, unknown>;
  const b = ours as Record<string, unknown>;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => differences(a[key], b[key], path ? `${path}.${key}` : key));
}

async function compare([base, changes, then]: Case): Promise<string[]> {
  const object = change(bases[base]!() as KubernetesObject, changes);
  const path = pathOf(object);
  if (!then) {
    const theirs = upstreamOutcome(await send('POST', `${path}?dryRun=All`, object));
    const ours = ourCreate(structuredClone(object));
    return report(theirs, ours, object.kind !== 'Pod');
  }
  const made = await send('POST', path, object);
  if (made['kind'] === 'Status') return made['message'].includes('being deleted') ? [] : [`cannot create: ${made['message']}`];
  const stored = await send('GET', `${path}/parity`) as KubernetesObject;
  const updated = change(stored, then);
  const theirs = upstreamOutcome(await send('PUT', `${path}/parity?dryRun=All`, { ...updated, metadata: { ...updated.metadata, resourceVersion: undefined } }));
  await send('DELETE', `${path}/parity?gracePeriodSeconds=0&propagationPolicy=Background`);
  return report(theirs, ourUpdate(structuredClone(updated), stored), true);
}

function report(theirs: Outcome, ours: Outcome, compareObjects: boolean): string[] {
  if (theirs.other) return ours.findings.length > 0 ? [] : [`upstream refuses otherwise: ${theirs.other}`];
  const lines = [...theirs.findings.filter((finding) => !ours.findings.includes(finding)).map((finding) => `missing  ${finding}`), ...ours.findings.filter((finding) => !theirs.findings.includes(finding)).map((finding) => `too much ${finding}`)];
  if (theirs.object && ours.findings.length === 0 && compareObjects) lines.push(...differences(theirs.object, ours.object, '').map((line) => `default  ${line}`));
  return lines;
}

const only = process.argv[2];
let wrong = 0;
let total = 0;
for (const entry of cases) {
  const [base, changes, then] = entry;
  const title = `${base} ${JSON.stringify(changes).slice(0, 150)}${then ? ` -> ${JSON.stringify(then).slice(0, 100)}` : ''}`;
  if (only && !title.includes(only)) continue;
  total++;
  const lines = await compare(entry);
  if (lines.length === 0) continue;
  wrong++;
  console.log(title);
  for (const line of lines) console.log(`    ${line.slice(0, 420)}`);
}
console.log(`${total - wrong} of ${total} cases agree`);
