import { readFile, stat } from 'node:fs/promises';
import { withFileLock } from '../../linux/file-lock.ts';
import { hasCode } from '../../linux/libc.ts';
import { type ImageStore, writeAtomically } from './store.ts';

/** An image as one node has it. */
export interface NodeImage {
  /** `docker.io/library/nginx:latest` */
  tags: string[];
  /** `docker.io/library/nginx@sha256:...` */
  digests: string[];
  /** Milliseconds since the epoch. */
  lastUsed: number;
}
export type NodeImages = Record<string, NodeImage>;

/** Which images of the machine a node has, by id. Other processes (a load to all nodes) may change it at any time. */
export interface NodeView {
  read(): Promise<NodeImages>;
  change(action: (images: NodeImages) => void): Promise<void>;
}

export function openNodeView(store: ImageStore, node: string): NodeView {
  const file = `${store.directory}/nodes/${encodeURIComponent(node)}.json`;
  let cached: { stamp: string; images: NodeImages } | undefined;
  const read = async (): Promise<NodeImages> => {
    try {
      const { mtimeNs, ino } = await stat(file, { bigint: true });
      const stamp = `${mtimeNs}.${ino}`;
      if (cached?.stamp !== stamp) cached = { stamp, images: JSON.parse(await readFile(file, 'utf8')) as NodeImages };
      return cached.images;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return {};
      throw error;
    }
  };
  return {
    read,
    change: (action) => withFileLock(`${store.directory}/nodes/${encodeURIComponent(node)}.lock`, async () => {
      const images = structuredClone(await read());
      action(images);
      await writeAtomically(file, JSON.stringify(images));
    }),
  };
}

/** Gives an image names on a node; a tag belongs to one image only. */
export function nameImage(images: NodeImages, id: string, tags: string[], digests: string[], now: number): void {
  for (const other of Object.values(images)) other.tags = other.tags.filter((tag) => !tags.includes(tag));
  const entry = images[id] ??= { tags: [], digests: [], lastUsed: now };
  entry.tags = [...new Set([...entry.tags, ...tags])];
  entry.digests = [...new Set([...entry.digests, ...digests])];
  entry.lastUsed = now;
}
