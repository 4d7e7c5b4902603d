import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileLock, lockFile, withFileLock } from '../src/linux/file-lock.ts';
import { CLUSTER_RUN, CLUSTERS, IMAGE_STORE, IMAGES, LOCK, PROJECT } from './cache.ts';
import { output, show } from './commands.ts';
import { serveRegistry } from './registry.ts';

const NODES = 2;
const MAXIMUM_CLUSTERS = 50;

export interface Cluster { kubeconfig: string; end(): Promise<void> }

/**
 * A cluster of the kit's own with the test images: the first of `name`, `name-2` ... that no other run holds. One that a run left with
 * `--keep` is used as it is and left again; one whose run was killed is ended first.
 */
export async function startCluster(name: string, keep: boolean): Promise<Cluster> {
  const { claimed, lock } = await claim(name);
  const folder = join(CLUSTERS, claimed), kept = join(folder, 'kept'), kubeconfig = join(folder, 'kubeconfig');
  const environment = { NARU_STATE: folder, NARU_RUN: CLUSTER_RUN };
  // Detached from the terminal: an interrupt is for the kit, which ends its clusters in order.
  const naru = (...args: string[]): Promise<void> => show(process.execPath, [join(PROJECT, 'src', 'main.ts'), ...args], { env: environment, detached: true });
  const down = async (): Promise<void> => {
    if (await exists(join(folder, 'clusters', claimed, 'cluster.json'))) await naru('down', '--name', claimed);
    await rm(folder, { recursive: true, force: true });
  };
  const end = async (): Promise<void> => {
    if (keep) await writeFile(kept, '');
    else if (!await exists(kept)) await down();
    await lock.release();
  };
  try {
    if (!await exists(kept)) await down();
    // Clusters that start at the same time would choose the same network.
    await withFileLock(LOCK, async () => {
      await giveImages(folder, environment);
      await naru('up', '--name', claimed, '--nodes', String(NODES), '--no-egress', '--kubeconfig', kubeconfig);
    });
    const { gateway } = JSON.parse(await readFile(join(folder, 'clusters', claimed, 'cluster.json'), 'utf8')) as { gateway: string };
    const { url } = await serveRegistry(IMAGES, gateway);
    await writeFile(join(folder, 'images', 'registries.json'), JSON.stringify({ localhost: { url } }));
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
  return { kubeconfig, end };
}

async function claim(name: string): Promise<{ claimed: string; lock: FileLock }> {
  await mkdir(CLUSTERS, { recursive: true });
  for (let number = 1; number <= MAXIMUM_CLUSTERS; number++) {
    const claimed = number === 1 ? name : `${name}-${number}`;
    const lock = await lockFile(join(CLUSTERS, `${claimed}.lock`), 'exclusive', false);
    if (lock) return { claimed, lock };
  }
  throw new Error(`${MAXIMUM_CLUSTERS} clusters of the kit run already`);
}

/**
 * An image store for one cluster, so that what one pulls or collects is nothing to the others. Its files are links to those of the
 * store into which the images were unpacked once.
 */
async function giveImages(folder: string, environment: Record<string, string>): Promise<void> {
  const wanted = await readFile(join(IMAGES, 'index.json'), 'utf8');
  await loadImages(IMAGE_STORE, wanted, { NARU_STATE: IMAGE_STORE, NARU_RUN: CLUSTER_RUN });
  const target = join(folder, 'images');
  if (!await exists(target)) {
    await mkdir(target, { recursive: true });
    for (const part of ['blobs', 'images', 'layers']) await output('cp', ['--archive', '--link', join(IMAGE_STORE, 'images', part), join(target, part)]);
    await writeFile(join(folder, 'loaded-images'), wanted);
  }
  await loadImages(folder, wanted, environment);
}

/** Into a store, unless they are there. */
async function loadImages(folder: string, wanted: string, env: Record<string, string>): Promise<void> {
  const stamp = join(folder, 'loaded-images');
  await mkdir(folder, { recursive: true });
  if (await readFile(stamp, 'utf8').catch(() => '') === wanted) return;
  await output(process.execPath, [join(PROJECT, 'src', 'main.ts'), 'image', 'load', IMAGES], { env });
  await writeFile(stamp, wanted);
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
