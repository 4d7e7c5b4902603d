import { createImageService, type NodeImageService } from '../runtime/images/service.ts';
import { forgetNode } from '../runtime/images/gc.ts';
import { createImageStore, type ImageStore } from '../runtime/images/store.ts';
import { IMAGES_DIRECTORY } from '../cluster/paths.ts';

/** The view that stands for the machine: what is in it, every node of every cluster has from its start. */
export const MACHINE_VIEW = 'machine';

/** Gives a node the names of all images that were loaded for the machine. */
export async function shareMachineImages(store: ImageStore, node: NodeImageService): Promise<void> {
  const machine = createImageService(store, { node: MACHINE_VIEW });
  for (const image of await machine.list()) if (image.repoTags.length > 0) await node.tag(image.id, image.repoTags);
}

/** Nodes that are gone hold no images any more. */
export async function forgetImages(nodes: string[]): Promise<void> {
  const store = await createImageStore(IMAGES_DIRECTORY);
  for (const node of nodes) await forgetNode(store, node);
}
