/** Cases that no corpus makes: sends them to upstream's API server and to naru's and prints where the answers differ. run.ts [part of a name]... */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../src/base/clock.ts';
import { acceptedReason } from '../accepted.ts';
import type { Side } from '../client.ts';
import { differences, type Difference } from '../compare.ts';
import { normalAnswer, normalValue, type Normal } from '../normalize.ts';
import type { Last } from '../scenario.ts';
import { startPair } from '../servers.ts';
import type { CustomCase, CustomStep } from './case.ts';

const POLL_MILLISECONDS = 50;
const POLLS = 120;
/** What upstream's caches need to see an object that was just made. */
const SETTLE_MILLISECONDS = 30;
const SHOWN = 700;

async function send(side: Side, { method, path, body, raw, type = 'application/json', headers, until }: CustomStep, last: Last) {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(typeof body === 'function' ? (body as (last: Last, side: string) => unknown)(last, side.name) : body));
  const call = { method, path, headers: { accept: 'application/json', ...(text === undefined ? {} : { 'content-type': type }), ...headers }, ...(text === undefined ? {} : { body: text }) };
  let answer = await side.send(call);
  for (let poll = 0; until && poll < POLLS && !until.test(answer.bytes.toString()); poll++) {
    await sleep(POLL_MILLISECONDS);
    answer = await side.send(call);
  }
  return answer;
}

/** What reached servers of the harness from both sides, as two answers to compare. */
function seen(taken: Record<'upstream' | 'naru', unknown[]>): Difference[] {
  const normal = (list: unknown[]): Normal => ({ code: 0, contentType: '', warnings: [], body: list.map((one) => normalValue(one)) });
  return differences(normal(taken.upstream), normal(taken.naru)).map((difference) => ({ ...difference, path: `received.${difference.path}` }));
}

export async function runCase(pair: { upstream: Side; naru: Side }, { steps, cleanup = [] }: CustomCase, report: (step: CustomStep, found: Difference[]) => void, taken?: Helper['taken']): Promise<void> {
  const last = { upstream: {} as Last, naru: {} as Last };
  for (const step of steps) {
    const [upstream, naru] = await Promise.all([send(pair.upstream, step, last.upstream), send(pair.naru, step, last.naru)]);
    for (const [name, answer] of [['upstream', upstream], ['naru', naru]] as const) {
      try {
        const object = JSON.parse(answer.bytes.toString()) as Last;
        if (object.kind !== 'Status') last[name] = object;
      } catch {
        // Not an object that a later request could be made of.
      }
    }
    const came = taken ? seen(taken()) : [];
    if (step.method !== 'GET') await sleep(step.settle ?? SETTLE_MILLISECONDS);
    if (!step.quiet && !step.until) report(step, [...differences(withoutTypeNames(normalAnswer(upstream)), withoutTypeNames(normalAnswer(naru))), ...came]);
  }
  for (const path of cleanup) {
    await Promise.all([pair.upstream, pair.naru].map(async (side) => {
      await side.send({ method: 'DELETE', path });
      for (let poll = 0; poll < POLLS && (await side.send({ method: 'GET', path })).code === 200; poll++) await sleep(POLL_MILLISECONDS);
    }));
  }
}

/** Upstream names the type of a rule's value by the nanosecond. */
function withoutTypeNames(answer: Normal): Normal {
  const plain = JSON.parse(JSON.stringify(answer).replace(/selfType\d+/g, 'selfType')) as Normal;
  // Upstream visits maps in any order.
  const status = plain.body as { kind?: string; message?: string; details?: { causes?: { field?: string; message?: string }[] } } | undefined;
  const causes = status?.kind === 'Status' ? status.details?.causes : undefined;
  if (status && causes && causes.length > 1) {
    causes.sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
    status.message = status.message?.replace(/is invalid: \[.*\]$/s, 'is invalid: CAUSES');
  }
  plain.warnings.sort();
  return plain;
}

export function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value) ?? 'undefined';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** A server of the harness that both sides call. */
interface Helper { stop(): Promise<void>; taken(): Record<'upstream' | 'naru', unknown[]> }

/** What a file of cases holds. `flags`: those of kube-apiserver that its cases need; a folder is there for files. `start`: what its cases call. */
interface CaseFile { cases: CustomCase[]; flags?(folder: string): string[]; start?(): Promise<Helper> }

async function runFile({ cases, flags, start }: CaseFile, counts: { compared: number; differing: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'naru-parity-custom-'));
  const helper = await start?.();
  const pair = await startPair(console.error, flags?.(folder));
  try {
    for (const one of cases) {
      await runCase(pair, one, (step, found) => {
        counts.compared++;
        const left = found.filter((difference) => acceptedReason('', step.verb, difference) === undefined);
        if (left.length === 0) return;
        counts.differing++;
        console.log(`${one.name}: ${step.method} ${step.path} ${show(typeof step.body === 'function' ? '' : step.body ?? '').slice(0, 300)}`);
        for (const { path, upstream, naru } of left) console.log(`    ${path}\n      upstream: ${show(upstream)}\n      naru:     ${show(naru)}`);
      }, helper?.taken);
    }
  } finally {
    await pair.stop();
    await helper?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(parts: string[]): Promise<void> {
  const folder = join(import.meta.dirname, 'cases');
  const files: CaseFile[] = [];
  for (const file of readdirSync(folder).sort()) {
    const { cases, flags, start } = await import(join(folder, file)) as CaseFile;
    const chosen = cases.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part) || file.includes(part)));
    if (chosen.length > 0) files.push({ cases: chosen, ...(flags ? { flags } : {}), ...(start ? { start } : {}) });
  }
  const isPlain = ({ flags, start }: CaseFile): boolean => !flags && !start;
  const plain = files.filter(isPlain).flatMap(({ cases }) => cases);
  const counts = { compared: 0, differing: 0 };
  for (const file of [...(plain.length > 0 ? [{ cases: plain }] : []), ...files.filter((file) => !isPlain(file))]) await runFile(file, counts);
  console.log(`${counts.compared} requests of ${files.flatMap(({ cases }) => cases).length} cases compared, ${counts.differing} differ`);
}

if (import.meta.main) await main(process.argv.slice(2));
