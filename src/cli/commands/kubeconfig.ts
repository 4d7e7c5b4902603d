import { readFileSync } from 'node:fs';
import { clusterPaths } from '../../cluster/paths.ts';
import { requireCluster } from '../cluster-access.ts';

export function printKubeconfig(options: { name: string }): void {
  process.stdout.write(readFileSync(clusterPaths(requireCluster(options.name).name).kubeconfig));
}
