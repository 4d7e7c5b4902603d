import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../client/api-client.ts';
import type { Client } from '../client/client.ts';
import { createHttpTransport } from '../client/http-transport.ts';
import type { Transport } from '../client/transport.ts';
import { loadCluster, type ClusterConfig } from '../cluster/config.ts';
import { isRunning, serverUrl } from '../cluster/lifecycle.ts';
import { clusterPaths } from '../cluster/paths.ts';
import { CommandError } from './output.ts';

/** The named cluster; says what to do when there is none. */
export function requireCluster(name: string): ClusterConfig {
  const config = loadCluster(name);
  if (!config) throw new CommandError(`there is no cluster ${name}; start one with: naru up${name === 'naru' ? '' : ` --name ${name}`}`);
  return config;
}

export function requireRunning(name: string): ClusterConfig {
  const config = requireCluster(name);
  if (!isRunning(config)) throw new CommandError(`cluster ${name} is not running; start it with: naru up${name === 'naru' ? '' : ` --name ${name}`}`);
  return config;
}

/** The administrator's way to the API server. */
export function adminTransport(config: ClusterConfig): Transport {
  const pki = clusterPaths(config.name).pki;
  return createHttpTransport({
    server: serverUrl(config), certificateAuthority: readFileSync(join(pki, 'ca.crt')),
    clientCertificate: readFileSync(join(pki, 'admin.crt')), clientKey: readFileSync(join(pki, 'admin.key')),
  });
}

/** Runs `use` with an administrator's client and closes its connection afterwards. */
export async function withClient<T>(config: ClusterConfig, use: (client: Client) => Promise<T>): Promise<T> {
  const transport = adminTransport(config);
  try {
    return await use(createClient(transport, 'naru-cli'));
  } finally {
    transport.close();
  }
}
