import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the kit builds and keeps between runs. Delete it to start anew. */
const CACHE = process.env['NARU_CONFORMANCE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'naru-conformance');

export const PROGRAMS = join(CACHE, 'bin');
export const PACKAGES = join(CACHE, 'debian');
/** An OCI image layout of all test images. */
export const IMAGES = join(CACHE, 'images');
export const RUNS = join(CACHE, 'runs');
/** Clusters and image store of the kit's own, apart from the machine's. */
export const CLUSTER_STATE = join(CACHE, 'state');
export const CLUSTER_RUN = '/run/naru-conformance';

export const KIT = fileURLToPath(new URL('.', import.meta.url));
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));
