import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER_RUN, CLUSTER_STATE, IMAGES, PROJECT } from './cache.ts';
import { output, show } from './commands.ts';
import { serveRegistry } from './registry.ts';

const NODES = 2;

export interface Cluster { kubeconfig: string; end(): Promise<void> }

/** A cluster of the kit's own with the test images. One of that name that runs already is used, and left running. */
export async function startCluster(name: string, keep: boolean): Promise<Cluster> {
  await mkdir(CLUSTER_STATE, { recursive: true });
  await loadImages();
  const folder = join(CLUSTER_STATE, 'clusters', name);
  const ran = await stat(join(CLUSTER_RUN, name, 'control-plane.pid')).then(() => true, () => false);
  const kubeconfig = join(CLUSTER_STATE, `${name}.kubeconfig`);
  const end = async (): Promise<void> => {
    await naru('down', '--name', name);
    await rm(kubeconfig, { force: true });
  };
  try {
    await naru('up', '--name', name, '--nodes', String(NODES), '--no-egress', '--kubeconfig', kubeconfig);
    const { gateway } = JSON.parse(await readFile(join(folder, 'cluster.json'), 'utf8')) as { gateway: string };
    const { url } = await serveRegistry(IMAGES, gateway);
    await writeFile(join(CLUSTER_STATE, 'images', 'registries.json'), JSON.stringify({ localhost: { url } }));
  } catch (error) {
    if (!ran && !keep) await end().catch(() => undefined);
    throw error;
  }
  return { kubeconfig, end: async () => ran || keep ? undefined : end() };
}

/** Into the image store that the kit's clusters share; nothing when they are there. */
async function loadImages(): Promise<void> {
  const stamp = join(CLUSTER_STATE, 'loaded-images');
  const index = await readFile(join(IMAGES, 'index.json'), 'utf8');
  if (await readFile(stamp, 'utf8').catch(() => '') === index) return;
  await output(process.execPath, [join(PROJECT, 'src', 'main.ts'), 'image', 'load', IMAGES], { env: ENVIRONMENT });
  await writeFile(stamp, index);
}

const ENVIRONMENT = { NARU_STATE: CLUSTER_STATE, NARU_RUN: CLUSTER_RUN };

function naru(...args: string[]): Promise<void> {
  return show(process.execPath, [join(PROJECT, 'src', 'main.ts'), ...args], { env: ENVIRONMENT });
}
