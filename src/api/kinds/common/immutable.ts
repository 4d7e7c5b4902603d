import { semanticEqual } from './equality.ts';
import { type Findings, IMMUTABLE } from './findings.ts';

/** Finds `path` changed though it may not be. */
export function validateImmutable(findings: Findings, path: string, now: unknown, before: unknown): void {
  if (!semanticEqual(now, before, path.split('.').at(-1))) findings.invalid(path, now ?? null, IMMUTABLE);
}

/** The same for fields whose old and new values upstream leaves out of its message. */
export function validateFixed(findings: Findings, path: string, now: unknown, before: unknown): void {
  if (!semanticEqual(now, before, path.split('.').at(-1))) findings.invalid(path, null, IMMUTABLE);
}
