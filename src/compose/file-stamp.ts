import { statSync } from 'node:fs';

/** Differs when a file was written or replaced; '' when there is none. Taken before a file is read, it tells whether what was read is still there. */
export function fileStamp(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.mtimeNs}/${stat.size}/${stat.ino}` : '';
}
