import { hostname } from 'node:os';
import type { Scheme } from '../api/schema.ts';
import { createScheme } from '../api/scheme.ts';
import { kindRules } from '../api/kinds/index.ts';
import { openIdDocuments } from '../apiserver/authn/openid.ts';
import { createApiServer, type ApiServer } from '../apiserver/create.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { createClient } from '../client/api-client.ts';
import type { Client } from '../client/client.ts';
import { loadCluster, type ClusterConfig } from '../cluster/config.ts';
import { clusterPaths } from '../cluster/paths.ts';
import { startControllers } from '../controllers/start.ts';
import { ensureClusterPki, type ClusterPki } from '../pki/cluster-pki.ts';
import { startScheduler } from '../scheduler/scheduler.ts';
import { createTokenVerifier } from '../pki/jwt.ts';
import { startAddonManager } from './addon-manager.ts';
import { reconcileBootstrapPolicy } from './bootstrap-policy.ts';
import { electManagers, startManagers, type Managers, type Parts } from './managers.ts';
import { createSecurity, serviceAccountKeys } from './security.ts';
import { readServerFlags, type ServerFlags } from './server-flags.ts';
import { onceTerminated } from './signals.ts';
import { openStore, type Store } from './store.ts';
import { waitForFile } from './wait-for-file.ts';

const API_SERVER_PORT = 6443;
/** By then nodes have started, which need the processors more. */
const PAGES_AFTER_MILLISECONDS = 1000;

/** The control plane of a cluster, until SIGTERM. */
export async function runControlPlane(name: string): Promise<void> {
  const config = loadCluster(name);
  if (!config) throw new Error(`there is no cluster ${name}`);
  const paths = clusterPaths(name);
  const logger = createLogger('control-plane');
  const scheme = createScheme();
  const [store] = await Promise.all([openStore(config.options.apiServer ?? {}, paths.store, scheme), waitForFile(paths.pkiReady)]);
  const pki = await ensureClusterPki(paths.pki, { apiServer: [] });
  const given = await readServerFlags(config.options.apiServer ?? {}, issuerOf(config), logger);
  const server: ApiServer = buildApiServer(config, pki, scheme, store, () => client, given);
  const client = createClient(server.transport({ name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] }), 'kube-apiserver');
  await reconcileBootstrapPolicy(client);
  await server.listen([{ host: '127.0.0.1', port: config.apiPort }, { host: config.gateway, port: API_SERVER_PORT }]);
  logger.info('serving', { port: config.apiPort });
  const managerClient = createClient(server.transport({ name: 'system:kube-controller-manager', groups: ['system:masters', 'system:authenticated'] }), 'kube-controller-manager');
  const parts = partsOf(config, pki, managerClient, scheme, logger);
  const managers = (config.options.apiServer ?? {})['etcd-servers']
    ? await electManagers(managerClient, parts, logger.child('informer'), `${hostname()}_${systemRandom.uuid()}`)
    : startManagers(managerClient, parts, logger.child('informer'));
  const pages = systemClock.after(PAGES_AFTER_MILLISECONDS, () => void listenForComponents(server, config, managers, logger));
  await onceTerminated();
  pages.cancel();
  await managers.stop();
  await server.close();
  await store.storage.close();
  process.exit(0);
}

function partsOf(config: ClusterConfig, pki: ClusterPki, client: Client, scheme: Scheme, logger: Logger): Parts {
  return {
    controllers(informers) {
      const context = { client, informers, clock: systemClock, random: systemRandom, logger: logger.child('controller') };
      const controllers = startControllers(context, {
        certificateAuthority: pki.ca.certificatePem, signingAuthority: pki.ca, serviceAccountKey: pki.serviceAccount.privateKeyPem,
        checkPolicyTypes: async (policy) => (await import('../apiserver/admission/policies/type-checking.ts')).checkPolicyTypes(policy, scheme),
      });
      const addons = startAddonManager(config, client, informers, logger);
      return async () => {
        controllers.stop();
        await (await addons).stop();
      };
    },
    scheduler: (informers) => startScheduler({ client, informers, clock: systemClock, logger: logger.child('scheduler') }),
  };
}

/** On the cluster's own address, as several clusters share the machine. */
async function listenForComponents(server: ApiServer, { gateway }: ClusterConfig, managers: Managers, logger: Logger): Promise<void> {
  const { CONTROLLER_MANAGER_PORT, SCHEDULER_PORT, controllerManagerPages, schedulerPages } = await import('./component-pages.ts');
  await Promise.all([
    server.listenFor(schedulerPages(managers), { host: gateway, port: SCHEDULER_PORT }),
    server.listenFor(controllerManagerPages(managers), { host: gateway, port: CONTROLLER_MANAGER_PORT }),
  ]).catch((error: unknown) => logger.warn('metrics of scheduler and controllers are not served', { error }));
}

const issuerOf = ({ dnsDomain }: ClusterConfig): string => `https://kubernetes.default.svc.${dnsDomain}`;

/** Of ten thousand connections that left, half a gigabyte would stay with the process. A C library that cannot do it keeps it. */
async function giveMemoryBack(): Promise<void> {
  await import('../linux/memory.ts').then(({ returnFreeMemory }) => returnFreeMemory()).catch(() => undefined);
}

function buildApiServer(config: ClusterConfig, pki: ClusterPki, scheme: Scheme, store: Store, client: () => Client, given: ServerFlags): ApiServer {
  const issuer = issuerOf(config);
  const keysUrl = `https://${config.gateway}:${API_SERVER_PORT}/openid/v1/jwks`;
  const server: ApiServer = createApiServer({
    ...store, scheme, kindRules, documents: openIdDocuments(issuer, keysUrl, createTokenVerifier(serviceAccountKeys(pki, given.serviceAccounts))),
    security: ({ objects, connectService }) => createSecurity({ pki, issuer, clock: systemClock, objects, connectService, client, server: () => server, scheme, given }),
    tls: { ...pki.apiServer, clientCaPem: pki.ca.certificatePem + (given.clientCa?.pem ?? ''), frontProxyCaPem: pki.frontProxyCa.certificatePem },
    frontProxyClient: pki.frontProxyClient,
    kubeletClient: { ...pki.apiServerKubeletClient, caPem: pki.ca.certificatePem },
    flags: {
      allowDuplicatePorts: config.options.allowDuplicatePorts, serviceCidr: config.serviceCidr, advertiseAddress: config.gateway, advertisePort: API_SERVER_PORT,
      ...given.flags,
    },
    givenFlags: config.options.apiServer ?? {}, onCrowdLeft: () => void giveMemoryBack(),
    ...(given.auditor ? { auditor: given.auditor } : {}),
  });
  given.clientCa?.onChange((pem) => server.trustClients(pki.ca.certificatePem + pem));
  return server;
}
