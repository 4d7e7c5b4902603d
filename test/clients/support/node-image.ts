/** An image with the project's own Node, for servers that pods run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageLayout } from '../../../conformance/image-layout.ts';
import { type ImageFiles, addProgram } from '../../../src/runtime/images/image-builder.ts';

/** As nodes know it: `localhost/naru-test/node:26`. */
const NAME = 'naru-test/node:26';

/** Makes it and hands the folder to `load`. */
export async function withNodeImage(load: (folder: string) => Promise<unknown>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'naru-test-image-'));
  try {
    const files: ImageFiles = new Map();
    await addProgram(files, process.execPath, 'node');
    const layout = new ImageLayout(folder);
    await layout.add([NAME], [files], { Entrypoint: ['/node'] });
    await layout.finish();
    await load(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
