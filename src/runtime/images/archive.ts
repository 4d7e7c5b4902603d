import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import { decompressed } from './decompress.ts';
import { sha256 } from './digest.ts';
import { isIndex, type Descriptor, type Manifest, choosePlatform } from './manifest.ts';
import { digestName, parseReference, tagName } from './reference.ts';
import { type ImageStore, type StoredImage, hexOf } from './store.ts';
import { safeName } from './unpack.ts';

export interface LoadedImage { image: StoredImage; tags: string[]; digests: string[] }

interface DockerManifestEntry { Config: string; RepoTags?: string[] | null; Layers: string[] }

/** Loads what `docker save`, `skopeo`, `buildah` or `ctr export` wrote: a tar (compressed or not), or an OCI layout folder. */
export async function loadArchive(store: ImageStore, path: string): Promise<LoadedImage[]> {
  if ((await stat(path)).isDirectory()) return loadFolder(store, path);
  const folder = await store.temporary();
  try {
    await spill(await decompressed(createReadStream(path, { highWaterMark: 1 << 20 })), folder);
    return await loadFolder(store, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Archives name their parts in any order, so they are laid out as files first. */
async function spill(tar: Readable, folder: string): Promise<void> {
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  tar.pipe(entries);
  const links: [name: string, target: string][] = [];
  for await (const entry of entries) {
    const { name, type, linkname } = entry.header;
    const target = join(folder, safeName(name));
    if (type === 'file' || type === 'contiguous-file') {
      await mkdir(dirname(target), { recursive: true });
      await pipeline(entry as unknown as Readable, createWriteStream(target));
    } else if (type === 'symlink' || type === 'link') {
      links.push([safeName(name), safeName(type === 'link' ? linkname ?? '' : posix.join(posix.dirname(safeName(name)), linkname ?? ''))]);
    }
    entry.resume();
  }
  // Old `docker save` links equal layers to one another. Copied, not linked: the archive's names stay harmless.
  for (const [name, target] of links) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await pipeline(createReadStream(join(folder, target)), createWriteStream(join(folder, name)));
  }
}

async function loadFolder(store: ImageStore, folder: string): Promise<LoadedImage[]> {
  const docker = await json<DockerManifestEntry[]>(join(folder, 'manifest.json'));
  const index = await json<{ manifests?: Descriptor[] }>(join(folder, 'index.json'));
  if (docker) return Promise.all(docker.map((entry) => loadDocker(store, folder, entry)));
  if (index?.manifests) return loadLayout(store, folder, index.manifests);
  throw new Error('neither an image archive nor an OCI layout: no manifest.json, no index.json');
}

async function loadDocker(store: ImageStore, folder: string, entry: DockerManifestEntry): Promise<LoadedImage> {
  const config = await readFile(join(folder, safeName(entry.Config)));
  const image = await store.add(config, entry.Layers.map((name) => fileLayer(join(folder, safeName(name)))));
  return { image, tags: (entry.RepoTags ?? []).flatMap((name) => tagName(parseReference(name)) ?? []), digests: [] };
}

async function loadLayout(store: ImageStore, folder: string, descriptors: Descriptor[]): Promise<LoadedImage[]> {
  const blobFile = (digest: string): string => join(folder, 'blobs/sha256', hexOf(digest).replace(/[^0-9a-f]/g, ''));
  const blob = async (descriptor: Descriptor): Promise<Buffer> => {
    const data = await readFile(blobFile(descriptor.digest));
    if (sha256(data) !== descriptor.digest) throw new Error(`${descriptor.digest} is damaged`);
    return data;
  };
  const loaded: LoadedImage[] = [];
  for (const descriptor of descriptors) {
    let manifest = JSON.parse((await blob(descriptor)).toString('utf8')) as Manifest;
    while (isIndex(manifest)) {
      const chosen = choosePlatform(manifest.manifests ?? []);
      if (!chosen) throw new Error(`the archive holds no image for ${process.arch}`);
      manifest = JSON.parse((await blob(chosen)).toString('utf8')) as Manifest;
    }
    if (!manifest.config || !manifest.layers) continue;
    const image = await store.add(await blob(manifest.config),
      manifest.layers.map((layer) => ({ ...fileLayer(blobFile(layer.digest)), digest: layer.digest })));
    const name = descriptor.annotations?.['io.containerd.image.name'] ?? descriptor.annotations?.['org.opencontainers.image.ref.name'];
    // A bare tag names nothing.
    const reference = name !== undefined && /[/:]/.test(name) ? parseReference(name) : undefined;
    const tag = reference && tagName(reference);
    loaded.push({ image, tags: tag ? [tag] : [], digests: reference ? [digestName(reference.name, descriptor.digest)] : [] });
  }
  return loaded;
}

function fileLayer(path: string): { open(): Promise<Readable> } {
  return { open: async () => createReadStream(path, { highWaterMark: 1 << 20 }) };
}

async function json<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text) as T;
}
