// The server that is killed: `server-process.ts DIRECTORY` serves everything to everybody and prints its port.
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createScheme } from '../../../src/api/scheme.ts';
import { createApiServer } from '../../../src/apiserver/create.ts';
import { ensureClusterPki } from '../../../src/pki/cluster-pki.ts';
import { openLmdbStorage } from '../../../src/storage/lmdb/lmdb-storage.ts';

const directory = process.argv[2] as string;
const pki = await ensureClusterPki(join(directory, 'pki'), { apiServer: ['127.0.0.1', 'localhost'] });
const storage = await openLmdbStorage(join(directory, 'store'), { compactionMilliseconds: 50 });
const everybody = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
const server = createApiServer({
  storage, scheme: createScheme(), kindRules: () => undefined,
  security: { authenticator: { authenticate: async () => everybody }, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) }, admission: [] },
  tls: { ...pki.apiServer, clientCaPem: pki.ca.certificatePem, frontProxyCaPem: pki.frontProxyCa.certificatePem },
});
const [address] = await server.listen([{ host: '127.0.0.1', port: 0 }]);
process.stdout.write(`${address?.port}\n`);
// A process that is killed would never write it, and the next hundred starts profit.
flushCompileCache();
