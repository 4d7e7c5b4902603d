import { join } from 'node:path';

/** Where naru keeps what must survive; one folder a cluster, and the images that all clusters share. */
export const STATE_ROOT = process.env['NARU_STATE'] ?? '/var/lib/naru';
export const RUN_ROOT = process.env['NARU_RUN'] ?? '/run/naru';
export const CLUSTERS_DIRECTORY = join(STATE_ROOT, 'clusters');
export const IMAGES_DIRECTORY = join(STATE_ROOT, 'images');

export interface ClusterPaths {
  root: string; config: string; pki: string; store: string; logs: string; nodes: string; run: string; kubeconfig: string;
  /** Appears when all keys and certificates are written. */
  pkiReady: string;
}

export function clusterPaths(name: string): ClusterPaths {
  const root = join(CLUSTERS_DIRECTORY, name);
  return {
    root, config: join(root, 'cluster.json'), pki: join(root, 'pki'), store: join(root, 'store'), logs: join(root, 'logs'),
    nodes: join(root, 'nodes'), run: join(RUN_ROOT, name), kubeconfig: join(root, 'kubeconfig'), pkiReady: join(root, 'pki', 'ready'),
  };
}

export interface NodePaths {
  /** The node's state, seen under the same path from the machine and from inside the node. */
  root: string;
  /** The cluster's description as the node needs it; it sees no other. */
  config: string;
  /** Upper and work directory of the overlay that is the node's file tree. */
  tree: string;
  run: string;
  /** Where names outside the cluster are asked for, made of the machine's settings. */
  resolvConf: string;
}

export function nodePaths(cluster: string, node: string): NodePaths {
  const paths = clusterPaths(cluster);
  const root = join(paths.nodes, node, 'state');
  return { root, config: join(root, 'cluster.json'), tree: join(paths.nodes, node, 'tree'), run: join(paths.run, node), resolvConf: join(root, 'resolv.conf') };
}
