/** Helm, built from its Go module, with a chart of custom resources, a webhook, RBAC and hooks. One release, step by step. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isInstalled } from '../../conformance/commands.ts';
import { buildPrograms, missingPrograms, program } from '../../conformance/programs.ts';
import { eventually, run, startTestCluster, type Output, type TestCluster } from '../linux/support/cluster.ts';
import { withNodeImage } from './support/node-image.ts';

const CHART = fileURLToPath(new URL('chart', import.meta.url));
const FIRST_BUILD = 20 * 60_000;
const NAMESPACE = 'shop';
const RELEASE = 'widgets';

const skip = (await missingPrograms(['helm'])).length > 0 && !await isInstalled('go') ? 'Go is not installed, which builds Helm' : false;
const home = mkdtempSync(join(tmpdir(), 'naru-helm-'));
let cluster: TestCluster;

before(async () => {
  if (skip) return;
  await buildPrograms(() => undefined, ['helm']);
  cluster = await startTestCluster('test-helm');
  await withNodeImage((folder) => cluster.naru('image', 'load', folder));
}, { timeout: FIRST_BUILD });
after(async () => {
  await cluster?.stop();
  rmSync(home, { recursive: true, force: true });
});

function tryHelm(...parameters: string[]): Promise<Output> {
  const own = { HELM_CACHE_HOME: join(home, 'cache'), HELM_CONFIG_HOME: join(home, 'config'), HELM_DATA_HOME: join(home, 'data') };
  return run(program('helm'), ['--kubeconfig', cluster.kubeconfig, '--namespace', NAMESPACE, ...parameters], { ...process.env, ...own });
}

async function helm(...parameters: string[]): Promise<string> {
  const { code, stdout, stderr } = await tryHelm(...parameters);
  assert.equal(code, 0, `helm ${parameters.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const install = (...options: string[]): Promise<string> => helm('install', RELEASE, CHART, '--create-namespace', '--timeout', '90s', ...options);
const upgrade = (...options: string[]): Promise<string> => helm('upgrade', RELEASE, CHART, '--reuse-values', '--timeout', '90s', ...options);
const tryUpgrade = (...options: string[]): Promise<Output> => tryHelm('upgrade', RELEASE, CHART, '--reuse-values', '--timeout', '90s', ...options);
const kubectl = (...parameters: string[]): Promise<string> => cluster.kubectl('--namespace', NAMESPACE, ...parameters);
const field = (what: string, path: string): Promise<string> => kubectl('get', what, '-o', `jsonpath={${path}}`);
const logOf = (hook: string): Promise<string> => kubectl('logs', `job/${RELEASE}-${hook}`);

async function revisions(): Promise<string[]> {
  const list = JSON.parse(await helm('history', RELEASE, '-o', 'json')) as { revision: number; status: string; description: string }[];
  return list.map(({ revision, status }) => `${revision} ${status}`);
}

function createWidget(name: string, size: number): Promise<Output> {
  const file = join(home, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'test.naru.local/v1', kind: 'Widget', metadata: { name }, spec: { size } }));
  return cluster.tryKubectl('--namespace', NAMESPACE, 'apply', '-f', file);
}

test('a dry run against the server makes nothing', { skip }, async () => {
  await cluster.kubectl('create', 'namespace', NAMESPACE);
  const rendered = await helm('template', RELEASE, CHART, '--dry-run=server', '--skip-crds');
  assert.match(rendered, /kind: ValidatingWebhookConfiguration/);
  await helm('install', RELEASE, CHART, '--dry-run=server');
  assert.equal(await kubectl('get', 'deployments,jobs,secrets,configmaps', '-l', 'app.kubernetes.io/instance=widgets', '-o', 'name'), '');
});

test('an install waits for hooks, the custom resource and the webhook behind it', { skip }, async () => {
  assert.match(await install('--wait'), /STATUS: deployed/);
  assert.match(await logOf('pre-install'), /pre-install of revision 1/);
  assert.match(await logOf('post-install'), /post-install of revision 1/);
  assert.equal(await field(`deployment/${RELEASE}`, '.status.readyReplicas'), '1');
  await eventually('the webhook lets a small one through', async () => {
    const { code, stderr } = await createWidget('small', 3);
    assert.equal(code, 0, stderr);
  });
  assert.equal(await field('widget/small', '.spec.colour'), 'grey');
  const big = await createWidget('big', 9);
  assert.notEqual(big.code, 0);
  assert.match(big.stderr, /admission webhook "size\.test\.naru\.local" denied the request: size 9 is over 5/);
});

test('what is released can be read back', { skip }, async () => {
  assert.match(await helm('get', 'manifest', RELEASE), /kind: RoleBinding/);
  assert.match(await helm('get', 'hooks', RELEASE), /helm\.sh\/hook: pre-rollback/);
  assert.match(await helm('get', 'notes', RELEASE), /revision 1: widgets up to size 5/);
  const [release] = JSON.parse(await helm('list', '-o', 'json')) as { name: string; status: string; chart: string }[];
  assert.deepEqual([release?.name, release?.status, release?.chart], [RELEASE, 'deployed', 'widgets-1.0.0']);
  assert.match(await helm('status', RELEASE), /STATUS: deployed/);
});

test("the chart's own test runs in a pod", { skip }, async () => {
  assert.match(await helm('test', RELEASE, '--logs'), /Phase:\s+Succeeded[^]*ready/);
});

test('an upgrade runs its hooks, keeps the keys that lookup found and moves the limit', { skip }, async () => {
  const key = await field(`secret/${RELEASE}-keys`, '.data.tls\\.key');
  await upgrade('--wait', '--set', 'limit=10,greeting=second');
  assert.match(await logOf('pre-upgrade'), /pre-upgrade of revision 2/);
  assert.match(await logOf('post-upgrade'), /post-upgrade of revision 2/);
  assert.equal(await field(`secret/${RELEASE}-keys`, '.data.tls\\.key'), key);
  assert.equal((await createWidget('big', 9)).code, 0);
  assert.deepEqual(await revisions(), ['1 superseded', '2 deployed']);
});

test('an upgrade whose hook fails is rolled back', { skip }, async () => {
  const { code, stderr } = await tryUpgrade('--rollback-on-failure', '--set', 'hookExit=1,greeting=third');
  assert.notEqual(code, 0);
  assert.match(stderr, /rolled back due to rollback-on-failure being set/);
  assert.deepEqual(await revisions(), ['1 superseded', '2 superseded', '3 failed', '4 deployed']);
  assert.equal(await field(`configmap/${RELEASE}`, '.data.greeting'), 'second');
});

test('an upgrade whose pods never get ready is rolled back', { skip }, async () => {
  const { code } = await tryUpgrade('--rollback-on-failure', '--timeout', '8s', '--set', 'serverExits=true');
  assert.notEqual(code, 0);
  assert.deepEqual((await revisions()).slice(-2), ['5 failed', '6 deployed']);
  await kubectl('rollout', 'status', `deployment/${RELEASE}`, '--timeout=60s');
  assert.equal((await createWidget('after', 10)).code, 0);
});

test('server-side apply: a field that somebody else took is a conflict, unless it is forced', { skip }, async () => {
  await kubectl('patch', 'configmap', RELEASE, '--type=merge', '-p', '{"data":{"greeting":"mine","extra":"kept"}}');
  const { code, stderr } = await tryUpgrade('--server-side=true', '--set', 'greeting=fourth');
  assert.notEqual(code, 0);
  assert.match(stderr, /conflict with "kubectl-patch"[^]*\.data\.greeting/);
  await upgrade('--server-side=true', '--force-conflicts', '--set', 'greeting=fourth');
  assert.equal(await field(`configmap/${RELEASE}`, '.data'), '{"extra":"kept","greeting":"fourth","limit":"10"}');
});

test('three-way merge in the client: what others added stays, what they changed is put right', { skip }, async () => {
  await kubectl('patch', 'deployment', RELEASE, '--type=merge', '-p', '{"spec":{"replicas":3},"metadata":{"labels":{"added":"by-hand"}}}');
  await upgrade('--server-side=false', '--wait', '--set', 'greeting=fifth');
  assert.equal(await field(`deployment/${RELEASE}`, '.spec.replicas'), '1');
  assert.equal(await field(`deployment/${RELEASE}`, '.metadata.labels.added'), 'by-hand');
  assert.equal(await field(`configmap/${RELEASE}`, '.data.greeting'), 'fifth');
});

test('a rollback runs its hooks and brings the first revision back', { skip }, async () => {
  await helm('rollback', RELEASE, '1', '--wait', '--timeout', '90s');
  assert.match(await logOf('pre-rollback'), /pre-rollback of revision 1/);
  assert.equal(await field(`configmap/${RELEASE}`, '.data.limit'), '5');
  assert.notEqual((await createWidget('too-big-again', 6)).code, 0);
  assert.match((await revisions()).at(-1) ?? '', /deployed$/);
});

test('an uninstall waits until all is gone, but for custom resource definitions and hooks', { skip }, async () => {
  await helm('uninstall', RELEASE, '--wait', '--timeout', '90s');
  assert.match(await logOf('pre-delete'), /pre-delete/);
  assert.equal(await kubectl('get', 'deployments,services,secrets,roles,rolebindings', '-o', 'name'), '');
  assert.equal(await cluster.kubectl('get', 'validatingwebhookconfigurations', '-o', 'name'), '');
  assert.match(await cluster.kubectl('get', 'crd', '-o', 'name'), /widgets\.test\.naru\.local/);
  assert.equal((await createWidget('free', 100)).code, 0);
});
