/** A whole API server over HTTPS with a memory store, for tests: everybody is allowed everything. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScheme } from '../../api/scheme.ts';
import { kindRules } from '../../api/kinds/index.ts';
import { ensureClusterPki, type ClusterPki } from '../../pki/cluster-pki.ts';
import { formatKubeconfig, makeKubeconfig } from '../../pki/kubeconfig.ts';
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts';
import type { UserInfo } from '../contracts.ts';
import { createApiServer, type ApiServer, type ApiServerOptions } from '../create.ts';

export const ADMIN: UserInfo = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

export interface TestServer {
  server: ApiServer;
  port: number;
  url: string;
  caPem: string;
  /** Path of a kubeconfig with a client certificate. */
  kubeconfig: string;
  close(): Promise<void>;
}

export async function startTestServer({ pki: givenPki, ...options }: Partial<ApiServerOptions> & { pki?: ClusterPki } = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-apiserver-'));
  const pki = givenPki ?? await ensureClusterPki(join(directory, 'pki'), { apiServer: ['127.0.0.1', 'localhost'] });
  const storage = options.storage ?? openMemoryStorage();
  const server = createApiServer({
    storage, scheme: createScheme(), kindRules,
    security: { authenticator: { authenticate: async () => ADMIN }, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) }, admission: [] },
    tls: { ...pki.apiServer, clientCaPem: pki.ca.certificatePem, frontProxyCaPem: pki.frontProxyCa.certificatePem },
    kubeletClient: { ...pki.apiServerKubeletClient, caPem: pki.ca.certificatePem }, frontProxyClient: pki.frontProxyClient, ...options,
  });
  const [address] = await server.listen([{ host: '127.0.0.1', port: 0 }]);
  const port = address?.port as number;
  const url = `https://127.0.0.1:${port}`;
  const caPem = pki.ca.certificatePem;
  const kubeconfig = join(directory, 'kubeconfig');
  writeFileSync(kubeconfig, formatKubeconfig(makeKubeconfig({ clusterName: 'test', server: url, caPem, userName: 'admin', credentials: { keyPair: pki.admin } })));
  return {
    server, port, url, caPem, kubeconfig,
    async close() {
      await server.close();
      await storage.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
