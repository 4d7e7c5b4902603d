/** Compares our rules with upstream's API server, or records its answers; see the README beside this file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
import { kindRules } from '../../src/api/kinds/index.ts';
import { type Case, cases } from '../../src/api/kinds/testdata/cases.ts';
import { CLUSTER_KINDS, type Recorded, baseObject, changed, create, disagreements, groupOf, keyOf, update } from '../../src/api/kinds/testdata/corpus.ts';
import type { KubernetesObject } from '../../src/api/object.ts';
import type { Status } from '../../src/api/status.ts';

const config = parse(readFileSync(process.env['KUBECONFIG'] as string, 'utf8')) as { clusters: { cluster: { server: string } }[]; users: { user: Record<string, string> }[] };
const server = config.clusters[0]?.cluster.server as string;
const user = config.users[0]?.user as Record<string, string>;
const credential = (name: string): Buffer => (user[`${name}-data`] ? Buffer.from(user[`${name}-data`] as string, 'base64') : readFileSync(user[name] as string));
const identity = { cert: credential('client-certificate'), key: credential('client-key'), rejectUnauthorized: false };
const PLURALS: Record<string, string> = { NetworkPolicy: 'networkpolicies', Ingress: 'ingresses', IngressClass: 'ingressclasses', StorageClass: 'storageclasses', PriorityClass: 'priorityclasses', RuntimeClass: 'runtimeclasses', Endpoints: 'endpoints' };

function send(method: string, path: string, body?: unknown): Promise<KubernetesObject | Status> {
  return new Promise((resolve, reject) => {
    const call = request(`${server}${path}`, { method, ...identity, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => { text += part.toString(); });
      response.on('end', () => resolve(JSON.parse(text) as KubernetesObject));
    });
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function pathOf(object: KubernetesObject): string {
  const kind = object.kind as string;
  const version = object.apiVersion as string;
  return `${version.includes('/') ? `/apis/${version}` : `/api/${version}`}${CLUSTER_KINDS.has(kind) ? '' : '/namespaces/default'}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`;
}

function isStatus(answer: KubernetesObject | Status): answer is Status {
  return answer.kind === 'Status';
}

/** undefined for refusals that are not validation's. */
function recorded(answer: KubernetesObject | Status): Recorded | undefined {
  if (!isStatus(answer)) {
    delete answer.metadata?.managedFields;
    return { findings: [], object: answer };
  }
  if (answer.reason !== 'Invalid') return undefined;
  return { findings: (answer.details?.causes ?? []).map(({ reason, field, message }) => `${reason} ${field}: ${message?.split('\n', 1)[0]}`).sort() };
}

async function ask([base, changes, then]: Case): Promise<Recorded | undefined> {
  const object = changed(baseObject(base), changes);
  const path = pathOf(object);
  if (!then) return recorded(await send('POST', `${path}?dryRun=All`, object));
  const made = await send('POST', path, object);
  if (isStatus(made)) return undefined;
  const old = await send('GET', `${path}/parity`) as KubernetesObject;
  const next = changed(old, then);
  // Controllers write too: only kinds that insist on it get the resourceVersion.
  if (!kindRules(groupOf(next), next.kind as string)?.requireResourceVersionOnUpdate) delete next.metadata?.resourceVersion;
  const answer = recorded(await send('PUT', `${path}/parity?dryRun=All`, next));
  await send('DELETE', `${path}/parity?gracePeriodSeconds=0&propagationPolicy=Background`);
  delete old.metadata?.managedFields;
  return answer && { ...answer, old };
}

const record = process.argv.includes('--record');
const only = process.argv.slice(2).find((argument) => !argument.startsWith('--'));
const answers: Record<string, Recorded> = {};
let wrong = 0;
for (const entry of cases) {
  const [base, changes, then] = entry;
  const key = keyOf(entry);
  if (only && !key.includes(only)) continue;
  const answer = await ask(entry);
  if (!answer) {
    console.log(`not comparable: ${key.slice(0, 120)}`);
    continue;
  }
  answers[key] = answer;
  const lines = disagreements(answer, then ? update(changed(answer.old as KubernetesObject, then), answer.old as KubernetesObject) : create(changed(baseObject(base), changes)));
  if (lines.length === 0) continue;
  wrong++;
  console.log(key.slice(0, 200));
  for (const line of lines) console.log(`    ${line.slice(0, 420)}`);
}
console.log(`${Object.keys(answers).length - wrong} of ${Object.keys(answers).length} cases agree`);
if (record) writeFileSync(new URL('../../src/api/kinds/testdata/recorded.json', import.meta.url), `${JSON.stringify(answers)}\n`);
