import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missingPrograms, program } from '../../conformance/programs.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';

const KUBECTL = program('kubectl');
const skip = (await missingPrograms(['kubectl'])).length > 0 && 'not built: kubectl';
const MANIFEST = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  nodeName: node1
  containers:
  - {name: main, image: nginx, ports: [{containerPort: 80}]}
`;

let server: TestServer;
let directory: string;
before(async () => {
  if (skip) return;
  server = await startTestServer();
  directory = mkdtempSync(join(tmpdir(), 'naru-kubectl-'));
});
after(async () => {
  if (skip) return;
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function kubectl(...parameters: string[]): Promise<{ code: number; out: string; error: string }> {
  const environment = { ...process.env, KUBECONFIG: server.kubeconfig, HOME: directory };
  return new Promise((resolve) => {
    execFile(KUBECTL, parameters, { env: environment, timeout: 30_000 }, (error, out, errors) => resolve({ code: error ? Number(error.code ?? 1) : 0, out, error: errors }));
  });
}

test('kubectl creates, gets, applies, patches, watches and deletes a pod', { skip }, async () => {
  const file = join(directory, 'pod.yaml');
  writeFileSync(file, MANIFEST);
  const created = await kubectl('create', '--save-config', '-f', file);
  assert.equal(created.code, 0, created.error);
  assert.equal((await kubectl('get', 'pod', 'web', '-o', 'jsonpath={.spec.containers[0].image}')).out, 'nginx');
  assert.equal((await kubectl('apply', '-f', file)).out, 'pod/web unchanged\n');

  const watching = spawn(KUBECTL, ['get', 'pod', 'web', '-w', '-o', 'jsonpath={.metadata.labels.tier}{"\\n"}'], { env: { ...process.env, KUBECONFIG: server.kubeconfig, HOME: directory } });
  const seen = new Promise<void>((resolve) => {
    let text = '';
    watching.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('front')) resolve();
    });
  });
  const patched = await kubectl('patch', 'pod', 'web', '-p', '{"metadata":{"labels":{"tier":"front"}}}');
  assert.equal(patched.code, 0, patched.error);
  await seen;
  watching.kill();

  const served = await kubectl('apply', '--server-side', '--field-manager=other', '-f', file);
  assert.equal(served.code, 0, served.error);
  const deleted = await kubectl('delete', 'pod', 'web', '--now', '--wait=false');
  assert.equal(deleted.code, 0, deleted.error);
  assert.equal((await kubectl('delete', 'pod', 'web', '--force', '--grace-period=0')).code, 0);
  assert.match((await kubectl('get', 'pod', 'web')).error, /pods "web" not found/);
});

test('kubectl explains, lists resources and shows versions', { skip }, async () => {
  assert.match((await kubectl('explain', 'deployment.spec.replicas')).out, /FIELD: replicas <integer>/);
  assert.match((await kubectl('api-resources', '-o', 'wide')).out, /deployments +deploy +apps\/v1 +true +Deployment +create,delete,deletecollection,get,list,patch,update,watch/);
  assert.match((await kubectl('version')).out, /Server Version: v1\.37/);
});

test('kubectl scales a deployment and exposes it', { skip }, async () => {
  assert.equal((await kubectl('create', 'deployment', 'scaled', '--image=nginx')).code, 0);
  assert.equal((await kubectl('scale', 'deployment', 'scaled', '--replicas=3')).code, 0);
  assert.equal((await kubectl('get', 'deployment', 'scaled', '-o', 'jsonpath={.spec.replicas}/{.metadata.generation}')).out, '3/2');
  const exposed = await kubectl('expose', 'deployment', 'scaled', '--port=80', '--type=NodePort');
  assert.equal(exposed.code, 0, exposed.error);
  assert.match((await kubectl('get', 'service', 'scaled', '-o', 'jsonpath={.spec.clusterIP} {.spec.ports[0].nodePort}')).out, /^10\.96\.\d+\.\d+ 3[0-2]\d{3}$/);
});
