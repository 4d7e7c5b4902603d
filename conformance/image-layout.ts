import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageBuildConfig, type ImageFiles, layerOf } from '../src/runtime/images/image-builder.ts';

interface Descriptor { mediaType: string; digest: string; size: number; annotations?: Record<string, string> }

/** Writes images into an OCI image layout, a folder that `naru image load` reads and the kit's registry serves. */
export class ImageLayout {
  private readonly folder: string;
  private readonly manifests: Descriptor[] = [];
  private readonly written = new Map<ImageFiles, Promise<Descriptor>>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** One image a name (`pause:3.10`, without a registry): had two names one image, a node would report either for both. */
  async add(names: string[], contents: ImageFiles[], config: ImageBuildConfig): Promise<void> {
    const layers = await Promise.all(contents.map((files) => this.layer(files)));
    for (const name of names) {
      const described = await this.blob(Buffer.from(JSON.stringify({
        architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', config: { ...config, Labels: { name } },
        rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
      })), 'application/vnd.oci.image.config.v1+json');
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const manifest = await this.blob(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers })), mediaType);
      this.manifests.push({ ...manifest, annotations: { 'io.containerd.image.name': `localhost/${name}`, 'org.opencontainers.image.ref.name': `localhost/${name}` } });
    }
  }

  async finish(): Promise<void> {
    await writeFile(join(this.folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(this.folder, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: this.manifests }));
  }

  /** Images may share it. */
  private layer(files: ImageFiles): Promise<Descriptor> {
    const written = this.written.get(files) ?? layerOf(files).then((tar) => this.blob(tar, 'application/vnd.oci.image.layer.v1.tar'));
    this.written.set(files, written);
    return written;
  }

  private async blob(data: Buffer, mediaType: string): Promise<Descriptor> {
    const hash = createHash('sha256').update(data).digest('hex');
    const folder = join(this.folder, 'blobs', 'sha256');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, hash), data);
    return { mediaType, digest: `sha256:${hash}`, size: data.length };
  }
}
