import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import type { Node } from '../../../schema/v1.37/types/core-v1.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { NODES } from '../../client/resources.ts';
import { API_SERVER_FLAGS, checkFlag, type ApiServerFlagValues } from '../../cluster/api-server-flags.ts';
import { describeCluster, listClusters, loadCluster, type ClusterConfig } from '../../cluster/config.ts';
import { contextName, isRunning, startCluster, stopCluster } from '../../cluster/lifecycle.ts';
import { clusterPaths } from '../../cluster/paths.ts';
import { selfCommand } from '../../compose/self.ts';
import { withClient } from '../cluster-access.ts';
import { mergeKubeconfig } from '../kubeconfig-file.ts';
import { CommandError, step } from '../output.ts';
import { followStart } from '../start-failure.ts';

export interface UpOptions {
  name: string; nodes: number; nodeCpus?: number; nodeMemory?: number; addons: string[]; allowDuplicatePorts?: boolean; egress: boolean; kubeconfig?: string; keysFrom?: string;
  /** Flags of the API server, under their names in camel case. */
  [flag: string]: unknown;
}

const ADDONS = ['load-balancer'];
const START_LIMIT_MILLISECONDS = 60_000;

export async function up(options: UpOptions): Promise<void> {
  const start = systemClock.monotonic();
  for (const addon of options.addons) {
    if (!ADDONS.includes(addon)) throw new CommandError(`there is no add-on ${addon}; there is: ${ADDONS.join(', ')}`);
  }
  const existing = loadCluster(options.name);
  const config = existing ?? describeCluster({
    name: options.name, nodes: options.nodes, nodeCpus: options.nodeCpus, nodeMemoryBytes: options.nodeMemory, addons: options.addons,
    allowDuplicatePorts: options.allowDuplicatePorts ?? false, egress: options.egress,
  }, listClusters());
  if (options.keysFrom !== undefined && existing) throw new CommandError(`cluster ${config.name} keeps the keys it began with; --keys-from is for a new one`);
  const flags = apiServerFlags(options);
  if (Object.keys(flags).length > 0) {
    config.options.apiServer = { ...config.options.apiServer, ...flags };
    if (existing && isRunning(existing)) process.stderr.write('Flags of the API server hold from its next start on.\n');
  }
  if (existing && isRunning(existing)) process.stderr.write(`Cluster ${config.name} is running; starting what is missing.\n`);
  else process.stderr.write(`Starting cluster ${config.name} with ${config.nodes.length} node${config.nodes.length > 1 ? 's' : ''}.\n`);

  if (options.keysFrom !== undefined) await takeKeys(resolve(options.keysFrom), config);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort(new CommandError('interrupted'));
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);
  try {
    await bringUp(config, interrupted.signal);
  } catch (error) {
    // What an interrupted first start leaves is of no use to anybody; a failed one is kept for its logs.
    if (interrupted.signal.aborted && !existing) await stopCluster(config, false);
    throw error;
  }
  const file = await mergeKubeconfig(clusterPaths(config.name).kubeconfig, options.kubeconfig);
  process.stderr.write(`Cluster ${config.name} is ready after ${((systemClock.monotonic() - start) / 1000).toFixed(2)} s. kubectl's context is ${contextName(config.name)} (${file}).\n\n`);
  process.stdout.write('Try:\n  kubectl get nodes -o wide\n  kubectl create deployment web --image=naru.local/tools -- httpd -f -p 8080 -h /etc\n  kubectl expose deployment web --port=80 --target-port=8080\n  kubectl get pods -o wide\n');
}

async function takeKeys(directory: string, { name }: ClusterConfig): Promise<void> {
  const { takeAuthorities } = await import('../../pki/cluster-pki.ts');
  await takeAuthorities(directory, clusterPaths(name).pki).catch((error: Error) => { throw new CommandError(`--keys-from ${directory}: ${error.message}`); });
}

function apiServerFlags(options: UpOptions): ApiServerFlagValues {
  const flags: ApiServerFlagValues = {};
  for (const name of Object.keys(API_SERVER_FLAGS)) {
    const value = options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') flags[name] = checkFlag(name, value);
  }
  return flags;
}

async function bringUp(config: ClusterConfig, interrupted: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(START_LIMIT_MILLISECONDS)]);
  await step('base image', async () => (await import('./image.ts')).ensureBaseImage());
  const log = join(clusterPaths(config.name).logs, 'control-plane.log');
  const failure = followStart(log);
  await step('processes, keys and network', () => startCluster(config, selfCommand));
  try {
    await step('API server', () => waitForPort(config.apiPort, signal, failure));
    await step(config.nodes.length > 1 ? `${config.nodes.length} nodes Ready` : 'node Ready', () => waitForNodes(config, signal));
  } catch (error) {
    if (interrupted.aborted) throw interrupted.reason;
    throw new CommandError(`cluster ${config.name} did not come up: ${(error as Error).message}; see ${log} or: naru logs --name ${config.name}`);
  }
}

async function waitForPort(port: number, signal: AbortSignal, failure: () => string | undefined): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const reason = failure();
    if (reason !== undefined) throw new Error(reason);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await sleep(10, signal);
  }
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** Watches the nodes until every one of the description is Ready. */
async function waitForNodes(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  const missing = new Set(config.nodes.map((node) => node.name));
  const done = new AbortController();
  while (missing.size > 0) {
    signal.throwIfAborted();
    const both = AbortSignal.any([signal, done.signal]);
    await withClient(config, (client) => client.watch(NODES, { signal: both }, (event) => {
      const node = event.object as Node;
      if (event.type === 'ADDED' || event.type === 'MODIFIED') {
        if (isReady(node)) missing.delete(node.metadata?.name ?? '');
        if (missing.size === 0) done.abort();
      }
    })).catch(() => undefined);
    if (missing.size > 0) await sleep(20, signal);
  }
  if (!existsSync(clusterPaths(config.name).kubeconfig)) throw new Error('the kubeconfig is missing');
}
