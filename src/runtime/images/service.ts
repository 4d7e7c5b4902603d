import { mkdir, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../../base/clock.ts';
import { ImagePullError, type ImageInfo, type ImageService, type PullCredentials } from '../runtime.ts';
import type { ImageSource } from '../runc/bundle.ts';
import type { LoadedImage } from './archive.ts';
import { collectGarbage, imagesToRemove } from './gc.ts';
import { type NodeImage, type NodeImages, nameImage, openNodeView } from './node-view.ts';
import type { PullOptions } from './pull.ts';
import { digestName, parseReference, tagName } from './reference.ts';
import type { ImageStore, StoredImage } from './store.ts';

/** Images as one node sees them, and the runtime's source of root file systems. */
export interface NodeImageService extends ImageService, ImageSource {
  /** Loads a `docker save` tar, an OCI archive or an OCI layout folder into this node. */
  load(path: string): Promise<LoadedImage[]>;
  /** Names an image of the store on this node. */
  tag(id: string, references: string[]): Promise<void>;
  /** Images that no container uses, the longest unused first. */
  unused(): Promise<{ id: string; lastUsed: number; size: number }[]>;
}

/** Images made on this machine. No registry has them, so nobody is asked, whatever the pull policy. */
const LOCAL_DOMAIN = 'naru.local';

export interface ImageServiceOptions extends PullOptions { node: string; clock?: Clock }

/** When an image was last used matters in minutes only. */
const LAST_USED_PRECISION_MILLISECONDS = 60_000;

export function createImageService(store: ImageStore, options: ImageServiceOptions): NodeImageService {
  const { node, clock = systemClock } = options;
  const view = openNodeView(store, node);
  const leases = `${store.directory}/leases/${encodeURIComponent(node)}`;
  const pulls = new Map<string, Promise<ImageInfo>>();

  const describe = async (id: string, images: NodeImages): Promise<ImageInfo | undefined> => {
    const entry = images[id], stored = entry && await store.image(id);
    return entry && stored && infoOf(stored, entry.tags, entry.digests);
  };
  const idOf = (text: string, images: NodeImages): string | undefined => {
    if (images[text]) return text;
    if (/^[0-9a-f]{64}$/.test(text)) return images[`sha256:${text}`] ? `sha256:${text}` : undefined;
    if (/^sha256:[0-9a-f]{64}$/.test(text)) return undefined;
    const reference = parseReference(text);
    if (reference.digest) {
      const wanted = digestName(reference.name, reference.digest);
      return Object.keys(images).find((id) => images[id]?.digests.includes(wanted) || (id === reference.digest && namedAs(images[id], reference.name)));
    }
    const tag = tagName(reference) as string;
    return Object.keys(images).find((id) => images[id]?.tags.includes(tag));
  };
  const heldIds = async (): Promise<Set<string>> => {
    const names = await readdir(leases).catch(() => []);
    return new Set(names.map((name) => `sha256:${name.slice(name.lastIndexOf('@') + 1)}`));
  };

  /** Between being added and being named an image belongs to nobody: the collector waits. */
  const unlessCollected = async <T>(action: () => Promise<T>): Promise<T> => {
    const lock = await store.holdOff();
    try {
      return await action();
    } finally {
      await lock.release();
    }
  };

  const service: NodeImageService = {
    async list() {
      const images = await view.read();
      const found = await Promise.all(Object.keys(images).map((id) => describe(id, images)));
      return found.filter((info) => info !== undefined);
    },
    async resolve(reference) {
      const images = await view.read();
      const id = idOf(reference, images);
      return id === undefined ? undefined : describe(id, images);
    },
    pull(text, credentials: PullCredentials[], onProgress) {
      // Many pods of one image ask at once: one download serves those with the same rights.
      const key = `${text} ${JSON.stringify(credentials)}`;
      const running = pulls.get(key);
      if (running) return running;
      const work = (async () => {
        const reference = parseReference(text);
        if (reference.domain === LOCAL_DOMAIN) {
          const present = await service.resolve(text);
          if (present) return present;
          throw new ImagePullError('ErrImagePull', `image "${text}" is not on this node, and names that begin with ${LOCAL_DOMAIN} have no registry: load it with naru image load`);
        }
        const { pullImage } = await import('./pull.ts');
        return unlessCollected(async () => {
          const pulled = await pullImage(store, reference, credentials, options, onProgress);
          const tag = reference.digest ? undefined : tagName(reference);
          await view.change((images) => nameImage(images, pulled.image.id, tag ? [tag] : [], [digestName(reference.name, pulled.digest)], clock.now()));
          return await describe(pulled.image.id, await view.read()) as ImageInfo;
        });
      })().finally(() => pulls.delete(key));
      pulls.set(key, work);
      return work;
    },
    async remove(id) {
      if ((await heldIds()).has(id)) throw new Error(`image ${id} is in use by a container`);
      await view.change((images) => { delete images[id]; });
      await collectGarbage(store);
    },
    async reclaim(thresholds) {
      const known = await view.read();
      // Nothing would bring loaded images back.
      const unused = (await service.unused()).filter(({ id }) => comesFromRegistry(known[id]));
      const { ids: removed, missingBytes } = imagesToRemove(unused, await service.filesystemUsage(), thresholds, clock.now());
      if (removed.length > 0) {
        await view.change((images) => { for (const id of removed) delete images[id]; });
        await collectGarbage(store);
      }
      return { removed, missingBytes };
    },
    async filesystemUsage() {
      const { bsize, blocks, bavail, files, ffree } = await statfs(store.directory);
      return { usedBytes: await usedBytes(store), capacityBytes: blocks * bsize, availableBytes: bavail * bsize, inodes: files, inodesFree: ffree };
    },
    async load(path) {
      const { loadArchive } = await import('./archive.ts');
      return unlessCollected(async () => {
        const loaded = await loadArchive(store, path);
        await view.change((images) => {
          for (const { image, tags, digests } of loaded) nameImage(images, image.id, tags, digests, clock.now());
        });
        return loaded;
      });
    },
    async tag(id, references) {
      const tags = references.map((text) => tagName(parseReference(text))).filter((tag) => tag !== undefined);
      const present = (await view.read())[id];
      if (present && tags.every((tag) => present.tags.includes(tag))) return;
      await unlessCollected(async () => {
        if (!await store.image(id)) throw new Error(`image ${id} is not in the store`);
        await view.change((images) => nameImage(images, id, tags, [], clock.now()));
      });
    },
    async unused() {
      const images = await view.read(), held = await heldIds();
      const free = Object.entries(images).filter(([id]) => !held.has(id));
      const found = await Promise.all(free.map(async ([id, { lastUsed }]) => ({ id, lastUsed, size: (await store.image(id))?.size ?? 0 })));
      return found.sort((left, right) => left.lastUsed - right.lastUsed);
    },
    async layers(imageId) {
      const image = await store.image(imageId);
      if (!image) throw new Error(`image ${imageId} is not in the store`);
      return image.layers.map((name) => store.layerDirectory(name));
    },
    async hold(holder, imageId) {
      await mkdir(leases, { recursive: true });
      await writeFile(`${leases}/${holder}@${imageId.slice(imageId.indexOf(':') + 1)}`, '');
    },
    async releaseOthers(holders) {
      const names = await readdir(leases).catch(() => []);
      const left = names.filter((name) => !holders.has(/^[^.@]*/.exec(name)?.[0] ?? ''));
      await Promise.all(left.map((name) => rm(`${leases}/${name}`, { force: true })));
    },
    async release(holder) {
      const names = await readdir(leases).catch(() => []);
      const own = names.filter((name) => name.startsWith(`${holder}@`) || name.startsWith(`${holder}.`));
      if (own.length === 0) return;
      await Promise.all(own.map((name) => rm(`${leases}/${name}`, { force: true })));
      const ids = new Set(own.map((name) => `sha256:${name.slice(name.lastIndexOf('@') + 1)}`));
      const now = clock.now(), known = await view.read();
      if (![...ids].some((id) => now - (known[id]?.lastUsed ?? now) > LAST_USED_PRECISION_MILLISECONDS)) return;
      await view.change((images) => {
        for (const id of ids) if (images[id]) images[id].lastUsed = now;
      });
    },
  };
  return service;
}

function comesFromRegistry(entry: NodeImage | undefined): boolean {
  return entry !== undefined && entry.digests.length > 0 && !entry.tags.some((tag) => tag.startsWith(`${LOCAL_DOMAIN}/`));
}

function namedAs(entry: NodeImage | undefined, name: string): boolean {
  return entry?.tags.some((tag) => tag.startsWith(`${name}:`)) ?? false;
}

function infoOf(stored: StoredImage, tags: string[], digests: string[]): ImageInfo {
  return { id: stored.id, repoTags: tags, repoDigests: digests, size: stored.size, ...stored.config };
}

async function usedBytes(store: ImageStore): Promise<number> {
  const names = await readdir(`${store.directory}/layers`);
  const sizes = await Promise.all(names.filter((name) => name.endsWith('.size')).map((name) =>
    readFile(`${store.directory}/layers/${name}`, 'utf8').then(Number, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
