import { mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Which clusters of this machine use a range: a directory a range, an empty file a cluster. */
export class RangeReferences {
  private readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async add(range: string, user: string): Promise<void> {
    const directory = this.path(range);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, user), '');
  }

  /** True when nobody uses the range any more. */
  async remove(range: string, user: string): Promise<boolean> {
    const directory = this.path(range);
    await rm(join(directory, user), { force: true });
    const users = await readdir(directory).catch(() => []);
    if (users.length > 0) return false;
    await rmdir(directory).catch(() => undefined);
    return true;
  }

  private path(range: string): string {
    return join(this.directory, range.replace('/', '_'));
  }
}
