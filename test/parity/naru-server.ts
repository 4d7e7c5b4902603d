/** naru's API server alone, as upstream's bare kube-apiserver: naru-server.ts STATE [--flag=value]... Prints its port as the first line. */
import { join } from 'node:path';
import { kindRules } from '../../src/api/kinds/index.ts';
import { createScheme } from '../../src/api/scheme.ts';
import { openIdDocuments } from '../../src/apiserver/authn/openid.ts';
import { createApiServer, type ApiServer } from '../../src/apiserver/create.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createLogger } from '../../src/base/log.ts';
import { createClient } from '../../src/client/api-client.ts';
import { reconcileBootstrapPolicy } from '../../src/compose/bootstrap-policy.ts';
import { readServerFlags } from '../../src/compose/server-flags.ts';
import { createSecurity } from '../../src/compose/security.ts';
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts';
import { createTokenVerifier } from '../../src/pki/jwt.ts';
import { openLmdbStorage } from '../../src/storage/lmdb/lmdb-storage.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const [state = '', ...given] = process.argv.slice(2);
const values = Object.fromEntries(given.map((flag) => flag.replace(/^--/, '').split(/=(.*)/s, 2) as [string, string]));
const { admission } = await readServerFlags(values, ISSUER, createLogger('naru-server'));
const pki = await ensureClusterPki(join(state, 'pki'), { apiServer: ['localhost', '127.0.0.1', 'kubernetes.default.svc'] });
const storage = await openLmdbStorage(join(state, 'store'));
const scheme = createScheme();
const server: ApiServer = createApiServer({
  storage, scheme, kindRules, frontProxyClient: pki.frontProxyClient,
  documents: openIdDocuments(ISSUER, 'https://192.0.2.1:6443/openid/v1/jwks', createTokenVerifier([pki.serviceAccount.publicKeyPem])),
  security: ({ objects, connectService }) => createSecurity({ pki, issuer: ISSUER, clock: systemClock, objects, connectService, client: () => client, server: () => server, scheme, given: { authentication: undefined, authorizer: undefined, apiAudiences: undefined, admission } }),
  tls: { ...pki.apiServer, clientCaPem: pki.ca.certificatePem, frontProxyCaPem: pki.frontProxyCa.certificatePem },
  kubeletClient: { ...pki.apiServerKubeletClient, caPem: pki.ca.certificatePem },
  // As upstream is started by bench/compare/upstream.ts.
  flags: { serviceCidr: '10.96.0.0/12', advertiseAddress: '192.0.2.1', allowDuplicatePorts: true },
});
const client = createClient(server.transport({ name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }), 'kube-apiserver');
await reconcileBootstrapPolicy(client);
const [address] = await server.listen([{ host: '127.0.0.1', port: 0 }]);
process.stdout.write(`${address?.port}\n`);
process.on('SIGTERM', () => process.exit(0));
