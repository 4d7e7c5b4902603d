/** A whole node without a cluster: a real API server, runtime and pod network, and the agent between them. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startAgent, type Agent } from '../../../src/agent/agent.ts';
import { scratchDirectory } from '../../../src/agent/testing/scratch.ts';
import { startTestServer, type TestServer } from '../../../src/apiserver/testing/test-server.ts';
import { sleep, systemClock } from '../../../src/base/clock.ts';
import { createLogger } from '../../../src/base/log.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { createClient } from '../../../src/client/api-client.ts';
import type { Client } from '../../../src/client/client.ts';
import { createHttpTransport } from '../../../src/client/http-transport.ts';
import { InformerSet } from '../../../src/client/informer.ts';
import { NAMESPACES, PODS } from '../../../src/client/resources.ts';
import { removeCgroup } from '../../../src/linux/cgroup.ts';
import { unmountBelow } from '../../../src/linux/mount.ts';
import { loopbackUp } from '../../../src/linux/socket.ts';
import { createNodeNetwork } from '../../../src/network/node-network/node-network.ts';
import { createPodNetwork } from '../../../src/network/pod-network/pod-network.ts';
import { ensureClusterPki, ensureNodePki } from '../../../src/pki/cluster-pki.ts';
import { ensureBaseImage } from '../../../src/runtime/images/base-image.ts';
import { createImageService } from '../../../src/runtime/images/service.ts';
import { createImageStore } from '../../../src/runtime/images/store.ts';
import { createRuncRuntime } from '../../../src/runtime/runc/runtime.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';

const DATA = '/var/lib/naru/test-agent';
const STATE = '/run/naru/test-agent';
export const CGROUP = '/naru-test-agent';
/** Of the node, on its loopback: pods answer to it. */
const ADDRESS = '172.31.255.1';
const logger = createLogger('test-agent', (process.env['NARU_LOG'] as 'debug') ?? 'error');
const run = promisify(execFile);

export interface Lab {
  client: Client;
  server: TestServer;
  agent(): Agent;
  runtime(): Runtime;
  data: string;
  kubectl(...words: string[]): Promise<{ stdout: string; stderr: string }>;
  restartAgent(): Promise<void>;
  close(): Promise<void>;
}

async function clear(): Promise<void> {
  await removeCgroup(CGROUP);
  unmountBelow(STATE);
  unmountBelow(DATA);
  await rm(STATE, { recursive: true, force: true });
  await rm(`${DATA}/node`, { recursive: true, force: true });
}

/** To be called in a network and mount namespace of its own. */
export async function openLab(): Promise<Lab> {
  await clear();
  loopbackUp();
  await run('ip', ['address', 'add', `${ADDRESS}/32`, 'dev', 'lo']);
  const pki = await ensureClusterPki(scratchDirectory('agent-pki'), { apiServer: ['127.0.0.1', 'localhost'] });
  const nodePki = await ensureNodePki(pki.ca, scratchDirectory('agent-node-pki'), 'node1', [ADDRESS]);
  const server = await startTestServer({ pki });
  const { certificatePem: cert, privateKeyPem: key } = pki.admin;
  const transport = createHttpTransport({ server: server.url, certificateAuthority: server.caPem, clientCertificate: cert, clientKey: key });
  const client = createClient(transport, 'naru-agent-test');
  for (const name of ['default', 'kube-node-lease']) await client.create(NAMESPACES, { metadata: { name } }).catch(() => undefined);
  const store = await createImageStore(`${DATA}/images`);
  const images = createImageService(store, { node: 'node1' });
  await ensureBaseImage(store, images);
  await createNodeNetwork({ nodeName: 'node1', clusterPodCidrs: ['10.244.0.0/16'], logger });
  let runtime: Runtime;
  let agent: Agent;
  let informers: InformerSet;
  const start = async (): Promise<void> => {
    informers = new InformerSet(client, logger);
    runtime = await createRuncRuntime({ root: `${DATA}/node/runtime`, stateDirectory: STATE, images, logger });
    const podNetwork = await createPodNetwork({ podCidr: '10.244.0.0/24', stateDirectory: `${DATA}/node/network`, logger });
    agent = await startAgent({
      nodeName: 'node1', client, informers, runtime, images, podNetwork,
      node: { addresses: [ADDRESS], capacity: { cpu: '2', memory: '4Gi', pods: 110, 'ephemeral-storage': '20Gi' }, labels: { hostname: 'node1' }, podCidr: '10.244.0.0/24' },
      paths: { root: `${DATA}/node`, pods: `${DATA}/node/pods`, logs: `${DATA}/node/logs/pods` },
      tls: { cert: nodePki.serving.certificatePem, key: nodePki.serving.privateKeyPem, clientCa: pki.ca.certificatePem }, port: 0,
      clusterDns: ['10.96.0.10'], hostDns: { nameservers: [], searches: [], options: [] }, clusterDomain: 'cluster.local', apiServer: { host: '10.96.0.1', port: 443 }, cgroupRoot: CGROUP,
      clock: systemClock, random: systemRandom, logger,
    });
  };
  await start();
  return {
    client, server, data: DATA, agent: () => agent, runtime: () => runtime,
    kubectl: (...words) => run('kubectl', ['--kubeconfig', server.kubeconfig, ...words], { env: { ...process.env, PATH: `${process.env['PATH']}:${process.env['HOME']}/.cache/upstream-rig/bin` }, timeout: 30_000 }),
    async restartAgent() {
      await agent.stop();
      informers.stop();
      await runtime.close();
      await start();
    },
    async close() {
      await agent.stop();
      informers.stop();
      for (const sandbox of runtime.listSandboxes()) await runtime.removeSandbox(sandbox.id);
      await runtime.close();
      transport.close();
      await server.close();
      await clear();
    },
  };
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false, seconds = 20): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  while (performance.now() < end) {
    const found = await look();
    if (found) return found;
    last = found;
    await sleep(20);
  }
  throw new Error(`never came about: ${what}; saw ${JSON.stringify(last)}`);
}

export function ready(pod: Pod | undefined): boolean {
  return pod?.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}
export const podNamed = (lab: Lab, name: string): Promise<Pod | undefined> => lab.client.get(PODS, 'default', name).catch(() => undefined);
