import { existsSync } from 'node:fs';
import { readFile, readdir, rm } from 'node:fs/promises';
import { lockFile } from '../../linux/file-lock.ts';
import type { ReclaimThresholds } from '../runtime.ts';
import type { NodeImages } from './node-view.ts';
import { type ImageStore, baseImageRecord, hexOf } from './store.ts';

export interface Collected { images: number; layers: number; bytes: number }

/**
 * Removes from the machine what no node has and no container uses. undefined when someone is adding images just now: then
 * nothing was removed, and the next call may do it.
 */
export async function collectGarbage(store: ImageStore): Promise<Collected | undefined> {
  const lock = await lockFile(`${store.directory}/lock`, 'exclusive', false);
  if (!lock) return undefined;
  try {
    const { ids, digests } = await references(store);
    const collected: Collected = { images: 0, layers: 0, bytes: 0 };
    const layers = new Set<string>(), blobs = new Set([...digests].map(hexOf));
    for (const image of await store.images()) {
      if (ids.has(image.id)) {
        image.layers.forEach((name) => layers.add(name));
        blobs.add(hexOf(image.id));
      } else {
        await rm(`${store.directory}/images/${hexOf(image.id)}.json`, { force: true });
        collected.images++;
      }
    }
    for (const name of await readdir(`${store.directory}/layers`)) {
      if (name.endsWith('.size') || layers.has(name)) continue;
      const size = `${store.directory}/layers/${name}.size`;
      collected.bytes += Number(await readFile(size, 'utf8').catch(() => '0'));
      collected.layers++;
      await rm(size, { force: true });
      await rm(`${store.directory}/layers/${name}`, { recursive: true, force: true });
    }
    for (const hex of await readdir(`${store.directory}/blobs/sha256`)) if (!blobs.has(hex)) await rm(`${store.directory}/blobs/sha256/${hex}`, { force: true });
    for (const name of await readdir(`${store.directory}/tmp`)) {
      const owner = Number(name.split('-')[0]);
      if (owner !== process.pid && !existsSync(`/proc/${owner}`)) await rm(`${store.directory}/tmp/${name}`, { recursive: true, force: true });
    }
    return collected;
  } finally {
    await lock.release();
  }
}

/** What the nodes have, and what containers use. */
async function references(store: ImageStore): Promise<{ ids: Set<string>; digests: Set<string> }> {
  const ids = new Set<string>(), digests = new Set<string>();
  const base = await readFile(baseImageRecord(store), 'utf8').catch(() => undefined);
  if (base !== undefined) ids.add(base);
  for (const name of (await readdir(`${store.directory}/nodes`)).filter((file) => file.endsWith('.json'))) {
    const images = JSON.parse(await readFile(`${store.directory}/nodes/${name}`, 'utf8')) as NodeImages;
    for (const [id, entry] of Object.entries(images)) {
      ids.add(id);
      for (const digest of entry.digests) digests.add(digest.slice(digest.lastIndexOf('@') + 1));
    }
  }
  for (const node of await readdir(`${store.directory}/leases`)) {
    for (const lease of await readdir(`${store.directory}/leases/${node}`)) ids.add(`sha256:${lease.slice(lease.lastIndexOf('@') + 1)}`);
  }
  return { ids, digests };
}

/** Drops a node that is no more; its images go with the next collection. */
export async function forgetNode(store: ImageStore, node: string): Promise<void> {
  const name = encodeURIComponent(node);
  await rm(`${store.directory}/nodes/${name}.json`, { force: true });
  await rm(`${store.directory}/nodes/${name}.lock`, { force: true });
  await rm(`${store.directory}/leases/${name}`, { recursive: true, force: true });
}

/** Which unused images (the longest unused first) to remove. `missingBytes` is what could not be found. */
export function imagesToRemove(unused: { id: string; lastUsed: number; size: number }[], usage: { capacityBytes: number; availableBytes: number },
  thresholds: ReclaimThresholds, now: number): { ids: string[]; missingBytes: number } {
  const used = usage.capacityBytes - usage.availableBytes;
  if (usage.capacityBytes === 0 || used * 100 < thresholds.highPercent * usage.capacityBytes) return { ids: [], missingBytes: 0 };
  let missingBytes = used - usage.capacityBytes * thresholds.lowPercent / 100;
  const ids: string[] = [];
  for (const image of unused) {
    if (missingBytes <= 0) break;
    if (now - image.lastUsed < thresholds.minimumAgeMilliseconds) continue;
    ids.push(image.id);
    missingBytes -= image.size;
  }
  return { ids, missingBytes: Math.max(0, missingBytes) };
}
