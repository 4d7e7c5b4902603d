import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PassThrough } from 'node:stream';
import { type FileLock, lockFile } from '../../linux/file-lock.ts';
import { hasCode } from '../../linux/libc.ts';
import type { ImageInfo } from '../runtime.ts';
import { decompressed } from './decompress.ts';
import { chainIds, digesting, sha256 } from './digest.ts';

/** What naru keeps of an image, for all nodes of the machine. */
export interface StoredImage {
  id: string;
  /** Names of directories in `layers/`, the topmost first. */
  layers: string[];
  /** Bytes to download, or of the archive it came from. */
  size: number;
  architecture: string;
  config: Pick<ImageInfo, 'user' | 'entrypoint' | 'command' | 'environment' | 'workingDirectory' | 'stopSignal'>;
}

/** The config blob of an image, as far as it is read. */
interface ConfigBlob {
  architecture?: string; os?: string;
  rootfs?: { diff_ids?: string[] };
  config?: { User?: string; Entrypoint?: string[] | null; Cmd?: string[] | null; Env?: string[] | null; WorkingDir?: string; StopSignal?: string };
}

export interface LayerSource {
  /** The layer's bytes, compressed or not. */
  open(): Promise<Readable>;
  /** Digest of those bytes, when known. */
  digest?: string;
}

/**
 * Images of the machine, shared by all nodes and processes: content-addressed, each layer unpacked once.
 *
 *     layers/<chain>      an unpacked layer, ready to be a lower directory of an overlay
 *     blobs/sha256/<hex>  configs and manifests (the bytes of layers are not kept)
 *     images/<hex>.json   StoredImage
 *     nodes/<node>.json   which of them a node has, under which names (node-view.ts)
 *     leases/<node>/...   images that containers use
 */
export interface ImageStore {
  directory: string;
  image(id: string): Promise<StoredImage | undefined>;
  images(): Promise<StoredImage[]>;
  layerDirectory(name: string): string;
  /** Adds an image from its config and layers (the lowest first); layers that are there already are not opened. */
  add(config: Uint8Array, layers: LayerSource[], size?: number): Promise<StoredImage>;
  putBlob(data: Uint8Array): Promise<string>;
  blob(digest: string): Promise<Uint8Array | undefined>;
  /** While it is held nothing is collected. Held by everyone who adds. */
  holdOff(): Promise<FileLock>;
  temporary(): Promise<string>;
}

export async function createImageStore(directory: string): Promise<ImageStore> {
  const layersDirectory = `${directory}/layers`, imagesDirectory = `${directory}/images`, blobs = `${directory}/blobs/sha256`;
  for (const part of [layersDirectory, imagesDirectory, blobs, `${directory}/nodes`, `${directory}/leases`, `${directory}/tmp`]) {
    await mkdir(part, { recursive: true });
  }
  const known = new Map<string, StoredImage>();
  const unpacking = new Map<string, Promise<void>>();

  const store: ImageStore = {
    directory,
    layerDirectory: (name) => `${layersDirectory}/${name}`,
    async image(id) {
      const file = `${imagesDirectory}/${hexOf(id)}.json`;
      const cached = known.get(id);
      if (cached && existsSync(file)) return cached;
      known.delete(id);
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      const image = JSON.parse(text) as StoredImage;
      known.set(id, image);
      return image;
    },
    async images() {
      const names = (await readdir(imagesDirectory)).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
      const found = await Promise.all(names.map((name) => store.image(`sha256:${name.slice(0, 64)}`)));
      return found.filter((image) => image !== undefined);
    },
    async add(config, layers, size) {
      const blob = JSON.parse(Buffer.from(config).toString('utf8')) as ConfigBlob;
      const diffIds = blob.rootfs?.diff_ids ?? [];
      if (diffIds.length !== layers.length) throw new Error(`the image has ${layers.length} layers, its config names ${diffIds.length}`);
      const lock = await store.holdOff();
      try {
        const chain = chainIds(diffIds);
        const names = chain.map(layerName);
        const sizes = await inParallel(LAYERS_AT_ONCE, layers, (layer, index) =>
          addLayer(names[index] as string, diffIds[index] as string, layer));
        const image: StoredImage = {
          id: await store.putBlob(config), layers: names.toReversed(), architecture: blob.architecture ?? 'unknown',
          size: size ?? sizes.reduce((sum, bytes) => sum + bytes, config.length), config: summary(blob),
        };
        await writeAtomically(`${imagesDirectory}/${hexOf(image.id)}.json`, JSON.stringify(image));
        known.set(image.id, image);
        return image;
      } finally {
        await lock.release();
      }
    },
    async putBlob(data) {
      const digest = sha256(data);
      await writeAtomically(`${blobs}/${hexOf(digest)}`, data);
      return digest;
    },
    async blob(digest) {
      return readFile(`${blobs}/${hexOf(digest)}`).catch((error: unknown) => {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      });
    },
    holdOff: async () => await lockFile(`${directory}/lock`, 'shared', true) as FileLock,
    async temporary() {
      const path = `${directory}/tmp/${process.pid}-${randomBytes(6).toString('hex')}`;
      await mkdir(path);
      return path;
    },
  };

  /** Returns the unpacked size. Two who want the same layer unpack it once; across processes the first to finish wins. */
  async function addLayer(name: string, diffId: string, source: LayerSource): Promise<number> {
    const done = `${layersDirectory}/${name}.size`;
    for (;;) {
      const size = await readFile(done, 'utf8').catch(() => undefined);
      if (size !== undefined && existsSync(`${layersDirectory}/${name}`)) return Number(size);
      const other = unpacking.get(name);
      if (!other) break;
      await other.catch(() => undefined);
    }
    const work = unpackNew(name, diffId, source);
    unpacking.set(name, work);
    try {
      await work;
    } finally {
      unpacking.delete(name);
    }
    return Number(await readFile(done, 'utf8'));
  }

  async function unpackNew(name: string, diffId: string, source: LayerSource): Promise<void> {
    const target = await store.temporary();
    try {
      const packed = digesting(), plain = digesting();
      // Off the start path: most nodes start with their images unpacked.
      const { unpackLayer } = await import('./unpack.ts');
      const root = `${target}/layer`;
      await mkdir(root);
      await chmod(root, 0o755);
      const input = await source.open();
      const feed = pipeline(input, packed.stream);
      feed.catch(() => undefined);
      const tar = new PassThrough();
      const relay = pipeline(await decompressed(packed.stream), plain.stream, tar);
      await allSettled([feed, relay, unpackLayer(tar, root)]);
      if (source.digest !== undefined && packed.digest() !== source.digest) throw new Error(`layer ${source.digest} arrived damaged`);
      if (plain.digest() !== diffId) throw new Error(`layer ${source.digest ?? diffId} does not hold what its image's config says`);
      await writeFile(`${target}/size`, String(plain.size()));
      await rename(root, `${layersDirectory}/${name}`).catch((error: unknown) => {
        if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      });
      await rename(`${target}/size`, `${layersDirectory}/${name}.size`);
    } finally {
      await rm(target, { recursive: true, force: true });
    }
  }

  return store;
}

/** Waits for all, so that nobody works on when this ends; throws the first failure. */
async function allSettled(work: Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

const LAYERS_AT_ONCE = 3;

async function inParallel<T, R>(limit: number, items: T[], action: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await action(items[index] as T, index);
    }
  }));
  return results;
}

/** Short, since mount(2) takes the names of all layers in one page. */
function layerName(chainId: string): string {
  return hexOf(chainId).slice(0, 24);
}
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}

function summary({ config = {} }: ConfigBlob): StoredImage['config'] {
  return {
    ...(config.User ? { user: config.User } : {}), ...(config.Entrypoint?.length ? { entrypoint: config.Entrypoint } : {}),
    ...(config.Cmd?.length ? { command: config.Cmd } : {}), ...(config.Env?.length ? { environment: config.Env } : {}),
    ...(config.WorkingDir ? { workingDirectory: config.WorkingDir } : {}), ...(config.StopSignal ? { stopSignal: config.StopSignal } : {}),
  };
}

/** Holds the id of the image made here (base-image.ts); it is never collected. */
export function baseImageRecord(store: ImageStore): string {
  return `${store.directory}/base-image`;
}

export async function writeAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, data);
  await rename(draft, path);
}

