import { internalFieldType } from '../../internal-form.ts';
import { semanticEqual } from './equality.ts';
import { type Findings, IMMUTABLE, internalValue } from './findings.ts';

/** Finds `path` changed though it may not be. */
export function validateImmutable(findings: Findings, path: string, now: unknown, before: unknown): void {
  if (!semanticEqual(now, before, path.split('.').at(-1))) findings.invalid(path, now ?? null, IMMUTABLE);
}

/** The same for a field that upstream shows in its own form: `type` is that of `now` and `before`, as in `internal-form.ts`; `given`: `now` with what was given empty. */
export function validateImmutableField<Value extends object>(findings: Findings, path: string, type: string, field: keyof Value & string, now: Value, before: Value, given: Value = now): void {
  if (semanticEqual(now[field], before[field], field)) return;
  const fieldType = internalFieldType(type, field);
  findings.invalid(`${path}.${field}`, fieldType === 'string' ? now[field] ?? '' : internalValue(fieldType, given[field]), IMMUTABLE);
}

/** The same for fields whose old and new values upstream leaves out of its message. */
export function validateFixed(findings: Findings, path: string, now: unknown, before: unknown): void {
  if (!semanticEqual(now, before, path.split('.').at(-1))) findings.invalid(path, null, IMMUTABLE);
}
