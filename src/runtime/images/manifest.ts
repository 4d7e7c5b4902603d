/** Image manifests, Docker's and OCI's: the same fields under different media types. */
export interface Descriptor {
  mediaType?: string; digest: string; size: number; annotations?: Record<string, string>;
  platform?: { os: string; architecture: string; variant?: string };
}
export interface Manifest {
  schemaVersion?: number; mediaType?: string;
  /** Of an index. */
  manifests?: Descriptor[];
  /** Of an image. */
  config?: Descriptor; layers?: Descriptor[];
}

export const MANIFEST_TYPES = ['application/vnd.oci.image.index.v1+json', 'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'];

export function isIndex(manifest: Manifest): boolean {
  return manifest.manifests !== undefined;
}

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm', s390x: 's390x', ppc64: 'ppc64le', riscv64: 'riscv64' };

/** The entry of an index for this machine; one that names no platform will do when there is no other. */
export function choosePlatform(manifests: Descriptor[], nodeArchitecture: string = process.arch): Descriptor | undefined {
  const architecture = ARCHITECTURES[nodeArchitecture] ?? nodeArchitecture;
  return manifests.find(({ platform }) => platform?.os === 'linux' && platform.architecture === architecture)
    ?? manifests.find(({ platform }) => platform === undefined);
}
