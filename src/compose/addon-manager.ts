import type { ConfigMap } from '../../schema/v1.37/types/core-v1.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { InformerSet } from '../client/informer.ts';
import { CONFIG_MAPS, ENDPOINT_SLICES, NODES, SERVICES } from '../client/resources.ts';
import type { ClusterConfig } from '../cluster/config.ts';
import { startLoadBalancer, type LoadBalancer } from '../network/load-balancer/load-balancer.ts';
import { machineEffects } from '../network/load-balancer/machine-routes.ts';
import { ADDONS_CONFIG_MAP, KNOWN_ADDONS, type AddonName } from './addons.ts';

/** Starts and stops add-ons as the cluster's ConfigMap says. */
export async function startAddonManager(config: ClusterConfig, client: Client, informers: InformerSet, logger: Logger): Promise<{ stop(): Promise<void> }> {
  await ensureConfigMap(config, client);
  const maps = informers.for(CONFIG_MAPS, { namespace: ADDONS_CONFIG_MAP.namespace, fieldSelector: `metadata.name=${ADDONS_CONFIG_MAP.name}` });
  let loadBalancer: LoadBalancer | undefined;
  let last: Promise<void> = Promise.resolve();

  async function switchTo(enabled: boolean): Promise<void> {
    if (enabled === (loadBalancer !== undefined)) return;
    if (!enabled) {
      await loadBalancer?.stop({ release: true });
      loadBalancer = undefined;
      return;
    }
    loadBalancer = await startLoadBalancer({
      services: informers.for(SERVICES), endpointSlices: informers.for(ENDPOINT_SLICES), nodes: informers.for(NODES), pool: config.loadBalancerPool,
      updateStatus: (service) => client.updateStatus(SERVICES, service), effects: machineEffects(), logger: logger.child('load-balancer'),
    });
  }
  const follow = (map: ConfigMap): void => {
    if (map.metadata?.name !== ADDONS_CONFIG_MAP.name) return;
    const enabled = map.data?.['load-balancer'] === 'enabled';
    last = last.then(() => switchTo(enabled)).catch((error: Error) => logger.error('an add-on could not be switched', { addon: 'load-balancer', error }));
  };
  const unfollow = maps.onEvent({ add: follow, update: follow });
  return {
    async stop() {
      unfollow();
      await last;
      await loadBalancer?.stop();
    },
  };
}

/** At the first start the add-ons of the command line are on. */
async function ensureConfigMap(config: ClusterConfig, client: Client): Promise<void> {
  const data = Object.fromEntries(Object.keys(KNOWN_ADDONS).map((name) => [name, config.addons.includes(name as AddonName) ? 'enabled' : 'disabled']));
  await client.create(CONFIG_MAPS, { metadata: { ...ADDONS_CONFIG_MAP }, data }).catch((error: { code?: number }) => {
    if (error.code !== 409) throw error;
  });
}
