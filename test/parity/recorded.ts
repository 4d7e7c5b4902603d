/** Upstream's answers as facts: kept for a part of the corpus, so that a change can be judged without upstream's programs. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Normal } from './normalize.ts';

/** What is kept of an answer: the code, what a refusal says, and a digest of all of it. */
export interface Kept { code: number; says?: string; digest: string }
/** By kind and scenario, in the order of the requests; null where naru differed when it was recorded. */
export type Recording = Record<string, (Kept | null)[]>;

/** Kinds and parts of the corpus that are kept. */
export const PARTS: Record<string, readonly string[]> = { ConfigMap: ['create', 'update', 'patch', 'apply'], Deployment: ['apply', 'subresources'], ResourceQuota: ['delete'] };
const FILE = join(import.meta.dirname, 'recorded', 'corpus.json');
const SAID = 160;

export function kept(normal: Normal): Kept {
  const message = (normal.body as { message?: unknown } | null)?.message;
  const digest = createHash('sha256').update(JSON.stringify(inOrder(normal))).digest('hex').slice(0, 12);
  return { code: normal.code, ...(typeof message === 'string' ? { says: message.slice(0, SAID) } : {}), digest };
}

/** Two writers of JSON need not agree on the order of keys. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, member]) => [key, inOrder(member)]));
}

export const recording = (): Recording => JSON.parse(readFileSync(FILE, 'utf8')) as Recording;

export function writeRecording(answers: Recording): void {
  const lines = Object.entries(answers).map(([key, list]) => `${JSON.stringify(key)}:[\n${list.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`);
  writeFileSync(FILE, `{${lines.join(',\n')}}\n`);
}
