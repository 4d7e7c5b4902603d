import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../base/clock.ts';
import { ensureClusterPki } from '../../pki/cluster-pki.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { send } from '../testing/http-client.ts';
import { startTestServer } from '../testing/test-server.ts';

const PATH = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
const ATTEMPTS = 200;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await holds()) return;
    await sleep(10);
  }
  assert.fail(what);
}

test("the extension servers' ConfigMap comes back when it is deleted, is mended when it is edited, keeps what others add, follows the authorities", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'naru-trust-'));
  const pki = await ensureClusterPki(join(directory, 'pki'), { apiServer: ['127.0.0.1'] });
  const other = await ensureClusterPki(join(directory, 'other'), { apiServer: [] });
  const server = await startTestServer({ pki });
  const data = async (): Promise<Record<string, string> | undefined> => (await send(server, 'GET', PATH)).body.data as Record<string, string> | undefined;
  try {
    const first = await data();
    assert.equal(first?.['requestheader-username-headers'], '["X-Remote-User"]');
    assert.equal((await send(server, 'DELETE', PATH)).code, 200);
    await until('made anew', async () => (await data())?.['client-ca-file'] === first['client-ca-file']);
    const edit = { data: { 'client-ca-file': 'nonsense', 'requestheader-group-headers': '["X-Other"]', surplus: 'x' } };
    assert.equal((await send(server, 'PATCH', PATH, { body: edit, headers: { 'content-type': 'application/merge-patch+json' } })).code, 200);
    await until('mended', async () => (await data())?.['client-ca-file'] === first['client-ca-file']);
    assert.equal((await data())?.['requestheader-group-headers'], '["X-Other","X-Remote-Group"]');
    assert.equal((await data())?.['surplus'], undefined);
    server.server.trustClients(pki.ca.certificatePem + other.ca.certificatePem);
    await until('another authority', async () => (await data())?.['client-ca-file']?.includes(other.ca.certificatePem.trim()) === true);
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
