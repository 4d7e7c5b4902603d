import type { Findings } from './findings.ts';

export function hasBackstep(path: string): boolean {
  return path.includes('..') && path.split('/').includes('..');
}

export function validateNoBacksteps(findings: Findings, field: string, path: string): void {
  if (hasBackstep(path)) findings.invalid(field, path, "must not contain '..'");
}

/** A path below the place it is looked up in. */
export function validateRelativePath(findings: Findings, field: string, path: string): void {
  if (path.startsWith('/')) findings.invalid(field, path, 'must be a relative path');
  validateNoBacksteps(findings, field, path);
}

/** A file name of a volume: relative, and clear of the names that atomic updates use. */
export function validateVolumeFilePath(findings: Findings, field: string, path: string): void {
  validateRelativePath(findings, field, path);
  if (path.startsWith('..') && !path.startsWith('../')) findings.invalid(field, path, "must not start with '..'");
}
