/**
 * The server that is fuzzed: a whole API server with its real authentication, authorization, admission and store, and no controllers.
 * server.ts STATE PORT. Writes STATE/{ca.crt,admin.crt,admin.key,kubeconfig}, then, while it runs, STATE/memory.jsonl (one line a sample)
 * and STATE/failures.jsonl (one line an answer of 5xx). SIGUSR2 sweeps: what the fuzzer made is deleted, so that memory can be compared.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createScheme } from '../../src/api/scheme.ts';
import { kindRules } from '../../src/api/kinds/index.ts';
import { createApiServer, type ApiServer } from '../../src/apiserver/create.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Namespace, ServiceAccount } from '../../schema/v1.37/types/core-v1.ts';
import { createClient } from '../../src/client/api-client.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../src/client/resources.ts';
import { reconcileBootstrapPolicy } from '../../src/compose/bootstrap-policy.ts';
import { createSecurity } from '../../src/compose/security.ts';
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts';
import { formatKubeconfig, makeKubeconfig } from '../../src/pki/kubeconfig.ts';
import { openLmdbStorage } from '../../src/storage/lmdb/lmdb-storage.ts';
import { sweep } from './sweep.ts';

const SAMPLE_MILLISECONDS = 15_000;
const [state, port] = process.argv.slice(2) as [string, string];
const ADMIN = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
const MEGABYTE = 1024 * 1024;

mkdirSync(state, { recursive: true });
const pki = await ensureClusterPki(join(state, 'pki'), { apiServer: ['127.0.0.1', 'localhost'] });
const storage = await openLmdbStorage(join(state, 'store'));
const scheme = createScheme();
const codes = new Map<number, number>();
let requests = 0;

const server: ApiServer = createApiServer({
  storage, scheme, kindRules, frontProxyClient: pki.frontProxyClient,
  security: ({ objects, connectService }) => createSecurity({
    pki, issuer: 'https://kubernetes.default.svc.cluster.local', clock: systemClock, objects, connectService, client: () => client, server: () => server, scheme,
    given: { authentication: undefined, authorizer: undefined, apiAudiences: undefined },
  }),
  tls: { ...pki.apiServer, clientCaPem: pki.ca.certificatePem, frontProxyCaPem: pki.frontProxyCa.certificatePem },
  flags: { minRequestTimeoutSeconds: 0 },
  kubeletClient: { ...pki.apiServerKubeletClient, caPem: pki.ca.certificatePem },
  audit({ method, url, code, milliseconds, annotations }) {
    requests++;
    codes.set(code, (codes.get(code) ?? 0) + 1);
    if (code >= 500 || milliseconds > 5000 && !/watch|follow/.test(url)) {
      appendFileSync(join(state, 'failures.jsonl'), `${JSON.stringify({ time: new Date(), code, method, url, milliseconds: Math.round(milliseconds), annotations })}\n`);
    }
  },
});
const client = createClient(server.transport(ADMIN), 'fuzz');
await reconcileBootstrapPolicy(client);
// What controllers would make: pods are refused without their service account.
await client.create(NAMESPACES, { metadata: { name: 'fuzz' } } as Namespace);
for (const namespace of ['default', 'fuzz', 'kube-public']) await client.create(SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace } } as ServiceAccount);
await server.listen([{ host: '127.0.0.1', port: Number(port) }]);

function sample(what: string): void {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const inMegabytes = (bytes: number): number => Math.round(bytes / MEGABYTE * 10) / 10;
  appendFileSync(join(state, 'memory.jsonl'), `${JSON.stringify({
    time: new Date(), what, pid: process.pid, requests, rss: inMegabytes(rss), heap: inMegabytes(heapUsed), external: inMegabytes(external),
    revision: Number(storage.revision()), codes: Object.fromEntries([...codes].sort(([a], [b]) => a - b)),
  })}\n`);
}

process.on('unhandledRejection', (error) => {
  appendFileSync(join(state, 'failures.jsonl'), `${JSON.stringify({ time: new Date(), unhandledRejection: String((error as Error)?.stack ?? error) })}\n`);
});
process.on('SIGUSR2', () => void sweep(client, scheme).then((deleted) => sample(`sweep of ${deleted}`)));
process.on('SIGTERM', () => {
  sample('end');
  void server.close().then(() => storage.close()).then(() => process.exit(0));
});

writeFileSync(join(state, 'ca.crt'), pki.ca.certificatePem);
writeFileSync(join(state, 'admin.crt'), pki.admin.certificatePem);
writeFileSync(join(state, 'admin.key'), pki.admin.privateKeyPem);
writeFileSync(join(state, 'kubeconfig'), formatKubeconfig(makeKubeconfig({
  clusterName: 'fuzz', server: `https://127.0.0.1:${port}`, caPem: pki.ca.certificatePem, userName: 'admin', credentials: { keyPair: pki.admin },
})));
sample('start');
setInterval(() => sample('run'), SAMPLE_MILLISECONDS).unref();
