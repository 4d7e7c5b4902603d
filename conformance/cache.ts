import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the kit builds and keeps between runs. Delete it to start anew. */
export const CACHE = process.env['NARU_CONFORMANCE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'naru-conformance');

export const PROGRAMS = join(CACHE, 'bin');
export const PACKAGES = join(CACHE, 'debian');
/** An OCI image layout of all test images. */
export const IMAGES = join(CACHE, 'images');
export const RUNS = join(CACHE, 'runs');
/** The images, unpacked once; every cluster of the kit has links to them. */
export const IMAGE_STORE = join(CACHE, 'state');
/** A folder a cluster of the kit's own, apart from the machine's clusters. */
export const CLUSTERS = join(CACHE, 'clusters');
/** Held by the run that builds or starts a cluster. */
export const LOCK = join(CACHE, 'lock');
export const CLUSTER_RUN = '/run/naru-conformance';

export const KIT = fileURLToPath(new URL('.', import.meta.url));
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));
