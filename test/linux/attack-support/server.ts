/** A server to attack, in a process of its own, with its real security: says where it serves, and what it holds in memory when asked. */
import { systemClock } from '../../../src/base/clock.ts';
import { createClient } from '../../../src/client/api-client.ts';
import { createScheme } from '../../../src/api/scheme.ts';
import type { ApiServer } from '../../../src/apiserver/create.ts';
import { ADMIN, startTestServer } from '../../../src/apiserver/testing/test-server.ts';
import { createSecurity } from '../../../src/compose/security.ts';
import { ensureClusterPki } from '../../../src/pki/cluster-pki.ts';

const scheme = createScheme();
const pki = await ensureClusterPki(process.argv[2] as string, { apiServer: ['127.0.0.1', 'localhost'] });
let server: ApiServer | undefined;
const started = await startTestServer({
  pki, scheme,
  security: ({ objects, connectService }) => ({
    ...createSecurity({
      pki, issuer: 'https://kubernetes.default.svc', clock: systemClock, objects, connectService, scheme,
      client: () => createClient((server as ApiServer).transport(ADMIN), 'attack'), server: () => server as ApiServer,
      given: { authentication: undefined, authorizer: undefined, apiAudiences: undefined },
    }),
    authenticator: { authenticate: async () => ADMIN }, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
  }),
});
server = started.server;
process.on('message', () => {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.(heapUsed + external);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: started.port, caPem: started.caPem });
