import { readFile } from 'node:fs/promises';
import { hasCode } from '../../linux/libc.ts';
import { ImagePullError, type PullCredentials } from '../runtime.ts';
import { sha256 } from './digest.ts';
import { type Descriptor, type Manifest, choosePlatform, isIndex } from './manifest.ts';
import type { ImageReference } from './reference.ts';
import { RegistryClient, RegistryError, type RegistryOptions } from './registry.ts';
import type { ImageStore, LayerSource, StoredImage } from './store.ts';

export interface PullOptions {
  /** By registry domain, as it stands in image names; `*` for those not named. Goes before the store's registries.json. */
  registries?: Registries;
}
export type Registries = Record<string, RegistryOptions>;

/** The machine's own settings, `registries.json` in the store, of the same shape. Read for each pull, so that edits count at once. */
async function registryOptions(store: ImageStore, domain: string, own: Registries = {}): Promise<RegistryOptions> {
  const text = await readFile(`${store.directory}/registries.json`, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return '{}';
    throw error;
  });
  const machine = JSON.parse(text) as Registries;
  return own[domain] ?? machine[domain] ?? own['*'] ?? machine['*'] ?? {};
}
export interface PulledImage { image: StoredImage; /** Of the manifest or index that the name led to. */ digest: string }

/** Fetches an image with the first credentials that work (without any when there are none). Every byte is checked against its digest. */
export async function pullImage(store: ImageStore, reference: ImageReference, credentials: PullCredentials[], options: PullOptions,
  onProgress: (message: string) => void = () => undefined): Promise<PulledImage> {
  const shown = `${reference.name}${reference.tag ? `:${reference.tag}` : ''}${reference.digest ? `@${reference.digest}` : ''}`;
  const registry = await registryOptions(store, reference.domain, options.registries);
  let failure: unknown;
  for (const attempt of credentials.length ? credentials : [undefined]) {
    try {
      return await pullOnce(store, reference, new RegistryClient(reference, registry, attempt), onProgress);
    } catch (error) {
      failure = error;
      if (!(error instanceof RegistryError) || ![401, 403].includes(error.status)) break;
    }
  }
  throw explain(failure, shown, reference);
}

async function pullOnce(store: ImageStore, reference: ImageReference, registry: RegistryClient, onProgress: (message: string) => void): Promise<PulledImage> {
  const top = await registry.manifest(reference.digest ?? reference.tag as string);
  const digest = sha256(top);
  if (reference.digest !== undefined && digest !== reference.digest) throw new Error(`manifest ${reference.digest} arrived damaged`);
  let manifest = JSON.parse(top.toString('utf8')) as Manifest;
  await store.putBlob(top);
  while (isIndex(manifest)) {
    const chosen = choosePlatform(manifest.manifests ?? []);
    if (!chosen) throw new RegistryError(404, `no match for platform in manifest ${digest}: not found`);
    manifest = JSON.parse((await checked(registry.manifest(chosen.digest), chosen)).toString('utf8')) as Manifest;
  }
  if (!manifest.config || !manifest.layers) throw new Error(`manifest ${digest} is of a kind that is not known`);
  const present = await store.image(manifest.config.digest);
  if (present) return { image: present, digest };
  const config = await registry.smallBlob(manifest.config.digest);
  if (sha256(config) !== manifest.config.digest) throw new Error(`config ${manifest.config.digest} arrived damaged`);
  let done = 0;
  const total = manifest.layers.length;
  const layers: LayerSource[] = manifest.layers.map((layer) => ({
    digest: layer.digest,
    async open() {
      const stream = await registry.blob(layer.digest);
      stream.once('end', () => onProgress(`layer ${++done} of ${total} (${layer.size} bytes)`));
      return stream;
    },
  }));
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
  return { image: await store.add(config, layers, size), digest };
}

async function checked(data: Promise<Buffer>, descriptor: Descriptor): Promise<Buffer> {
  const bytes = await data;
  if (sha256(bytes) !== descriptor.digest) throw new Error(`${descriptor.digest} arrived damaged`);
  return bytes;
}

function explain(error: unknown, shown: string, reference: ImageReference): ImagePullError {
  const head = `failed to pull and unpack image "${shown}"`;
  if (error instanceof ImagePullError) return new ImagePullError(error.reason, `${head}: failed to resolve reference "${shown}": ${error.message}`);
  if (error instanceof RegistryError && error.status === 404) {
    return new ImagePullError('ErrImagePull', `${head}: failed to resolve reference "${shown}": ${shown}: not found`);
  }
  if (error instanceof RegistryError && [401, 403].includes(error.status)) {
    return new ImagePullError('ErrImagePull', `${head}: failed to resolve reference "${shown}": pull access denied, repository does not exist or may require authorization: ${error.message} (${reference.path})`);
  }
  return new ImagePullError('ErrImagePull', `${head}: ${(error as Error).message}`);
}
