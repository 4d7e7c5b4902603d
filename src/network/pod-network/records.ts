import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPort } from '../network.ts';

/** What a sandbox holds. `sequence` grows with each allocation, so that the order is known after a restart. */
export interface SandboxRecord { sandboxId: string; linkName: string; addresses: string[]; hostPorts: HostPort[]; sequence: number }

/** One small file a sandbox: written before the network exists, removed after it is gone, so nothing is ever forgotten. */
export class SandboxRecords {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** All records, oldest first. A file that a crash cut short is dropped: its sandbox never got its network. */
  async load(): Promise<SandboxRecord[]> {
    await mkdir(this.directory, { recursive: true });
    const records: SandboxRecord[] = [];
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (!name.endsWith('.json')) {
        await rm(path, { force: true });
        continue;
      }
      try {
        records.push(JSON.parse(await readFile(path, 'utf8')) as SandboxRecord);
      } catch {
        await rm(path, { force: true });
      }
    }
    return records.sort((left, right) => left.sequence - right.sequence);
  }

  async save(record: SandboxRecord): Promise<void> {
    const path = this.path(record.sandboxId);
    await writeFile(`${path}.new`, JSON.stringify(record));
    await rename(`${path}.new`, path);
  }

  async remove(sandboxId: string): Promise<void> {
    await rm(this.path(sandboxId), { force: true });
  }

  private path(sandboxId: string): string {
    return join(this.directory, `${encodeURIComponent(sandboxId)}.json`);
  }
}
