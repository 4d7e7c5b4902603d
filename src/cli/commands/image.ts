import { listClusters } from '../../cluster/config.ts';
import { IMAGES_DIRECTORY } from '../../cluster/paths.ts';
import { MACHINE_VIEW } from '../../compose/images.ts';
import { BASE_IMAGE, buildBaseImage } from '../../runtime/images/base-image.ts';
import { createImageService, type NodeImageService } from '../../runtime/images/service.ts';
import { createImageStore, type ImageStore } from '../../runtime/images/store.ts';
import { printTable } from '../output.ts';

/** The machine's view and those of all nodes there are. */
function allViews(store: ImageStore): { machine: NodeImageService; nodes: NodeImageService[] } {
  const nodes = listClusters().flatMap((cluster) => cluster.nodes.map((node) => createImageService(store, { node: `${cluster.name}.${node.name}` })));
  return { machine: createImageService(store, { node: MACHINE_VIEW }), nodes };
}

async function share(store: ImageStore, id: string, tags: string[]): Promise<void> {
  const { machine, nodes } = allViews(store);
  for (const view of [machine, ...nodes]) await view.tag(id, tags);
}

export async function load(path: string): Promise<void> {
  const store = await createImageStore(IMAGES_DIRECTORY);
  const { machine } = allViews(store);
  for (const { image, tags } of await machine.load(path)) {
    if (tags.length > 0) await share(store, image.id, tags);
    process.stdout.write(`Loaded ${tags.join(', ') || image.id}\n`);
  }
}

export async function pull(reference: string): Promise<void> {
  const store = await createImageStore(IMAGES_DIRECTORY);
  const { machine } = allViews(store);
  const image = await machine.pull(reference, [], (message) => process.stderr.write(`${message}\n`));
  await share(store, image.id, image.repoTags);
  process.stdout.write(`Pulled ${image.repoDigests[0] ?? image.id}\n`);
}

export async function list(): Promise<void> {
  const store = await createImageStore(IMAGES_DIRECTORY);
  const images = await allViews(store).machine.list();
  const rows = images.flatMap((image) => image.repoTags.map((tag) => [tag, image.id.slice(7, 19), `${(image.size / 1e6).toFixed(1)} MB`]));
  printTable([['IMAGE', 'ID', 'SIZE'], ...rows]);
}

/** The small image that examples run on; made once a machine out of its own Debian packages. */
export async function ensureBaseImage(): Promise<void> {
  const store = await createImageStore(IMAGES_DIRECTORY);
  const { machine } = allViews(store);
  if (await machine.resolve(BASE_IMAGE)) return;
  const image = await buildBaseImage(store);
  await share(store, image.id, [BASE_IMAGE]);
}
