import { semanticEqual } from './equality.ts';

const LIMIT = 20;

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

function collect(before: unknown, now: unknown, path: string, lines: string[]): void {
  if (lines.length >= LIMIT || semanticEqual(before, now, path.split('.').at(-1))) return;
  const deeper = before !== null && now !== null && typeof before === 'object' && typeof now === 'object' && Array.isArray(before) === Array.isArray(now);
  if (!deeper) {
    lines.push(`- ${path}: ${describe(before)}`, `+ ${path}: ${describe(now)}`);
    return;
  }
  const a = before as Record<string, unknown>;
  const b = now as Record<string, unknown>;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    collect(a[key], b[key], Array.isArray(before) ? `${path}[${key}]` : path ? `${path}.${key}` : key, lines);
  }
}

/** The fields that differ, one `-` and one `+` line each, for the message of a refused update. */
export function changedFields(before: unknown, now: unknown): string {
  const lines: string[] = [];
  collect(before, now, '', lines);
  return lines.join('\n');
}
