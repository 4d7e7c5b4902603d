import { listClusters } from '../../cluster/config.ts';
import { contextName, stopCluster } from '../../cluster/lifecycle.ts';
import { forgetImages } from '../../compose/images.ts';
import { requireCluster } from '../cluster-access.ts';
import { removeFromKubeconfig } from '../kubeconfig-file.ts';
import { step } from '../output.ts';

export async function down(options: { name: string; all?: boolean; keepData?: boolean }): Promise<void> {
  const clusters = options.all ? listClusters() : [requireCluster(options.name)];
  for (const config of clusters) {
    await step(`cluster ${config.name} ended`, () => stopCluster(config, options.keepData ?? false));
    if (!options.keepData) await forgetImages(config.nodes.map((node) => `${config.name}.${node.name}`));
    await removeFromKubeconfig(contextName(config.name));
  }
}
