/** Compares the documents of naru's API server with upstream's: test/parity/documents/run [--save FOLDER] [part of a name]; see README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer } from '../client.ts';
import { startPair } from '../servers.ts';
import { acceptedReason } from './accepted.ts';
import { type DocumentCall, documentCalls } from './documents.ts';
import { type DocumentDifference, differ } from './differ.ts';
import { makeSamples, makeScene } from './scene.ts';
import { tableCalls } from './tables.ts';
import { metricsDifferences } from './metrics.ts';
import { normalDocument } from './normal.ts';

const { argv } = process;
const saveAt = argv.indexOf('--save');
const folder = saveAt > 0 ? argv[saveAt + 1] : undefined;
const only = argv.slice(2).find((argument, index) => !argument.startsWith('--') && index + 2 !== saveAt + 1);
const SHOWN = 40;

interface Count { documents: number; equal: number; left: number; accepted: number }
const counts = new Map<string, Count>();
const reasons = new Map<string, number>();

function save(side: string, { kind, name }: DocumentCall, { bytes }: Answer): void {
  if (!folder) return;
  mkdirSync(join(folder, side), { recursive: true });
  writeFileSync(join(folder, side, `${kind}-${name.replace(/[^\w.]+/g, '_')}`), bytes);
}

function count(call: DocumentCall, differences: DocumentDifference[]): void {
  const entry = counts.get(call.kind) ?? { documents: 0, equal: 0, left: 0, accepted: 0 };
  counts.set(call.kind, entry);
  const left = differences.filter((difference) => {
    const reason = acceptedReason(call, difference);
    if (reason === undefined) return true;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return false;
  });
  entry.documents++;
  if (left.length === 0) entry.equal++;
  entry.left += left.length;
  entry.accepted += differences.length - left.length;
  if (left.length === 0) return;
  console.log(`${call.kind} ${call.name}: ${left.length} differences`);
  const short = (value: unknown): string => (JSON.stringify(value) ?? '(nothing)').slice(0, 300);
  for (const { path, upstream, naru } of left.slice(0, SHOWN)) console.log(`    ${path}\n        upstream ${short(upstream)}\n        naru     ${short(naru)}`);
}

const pair = await startPair((message) => console.log(message));
try {
  const sides = [pair.upstream, pair.naru];
  for (const side of sides) await makeScene(side);
  for (const side of sides) await makeSamples(side);
  const calls = [...await documentCalls(sides), ...await tableCalls(pair.naru)].filter(({ name }) => !only || name.includes(only));
  for (const call of calls) {
    const request = { method: 'GET', path: call.path, headers: call.accept ? { accept: call.accept } : {} as Record<string, string> };
    const [upstream, naru] = await Promise.all([pair.upstream.send(request), pair.naru.send(request)]);
    save('upstream', call, upstream);
    save('naru', call, naru);
    count(call, differ(normalDocument(upstream, call.kind), normalDocument(naru, call.kind)));
  }
  if (!only || 'metrics'.includes(only)) count({ kind: 'metrics', name: '/metrics', path: '/metrics' }, await metricsDifferences(pair.upstream, pair.naru, folder));
} finally {
  await pair.stop();
}

let sum = 0;
for (const [kind, { documents, equal, left, accepted }] of counts) {
  console.log(`${kind}: ${equal} of ${documents} documents equal, ${left} differences left, ${accepted} with a reason`);
  sum += left;
}
for (const [reason, number] of reasons) console.log(`  ${number} times: ${reason}`);
process.exitCode = sum === 0 ? 0 : 1;
