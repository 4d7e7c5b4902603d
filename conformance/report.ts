import { readFile } from 'node:fs/promises';

export interface Result {
  name: string;
  state: 'passed' | 'failed' | 'skipped';
  seconds: number;
  /** How often it ran; absent: once. */
  attempts?: number;
  /** Why it did not pass. */
  reason: string;
}

interface SpecReport {
  LeafNodeType: string; LeafNodeText: string; ContainerHierarchyTexts: string[] | null; State: string; RunTime: number; NumAttempts?: number; Failure?: { Message?: string };
}

/** The results of the tests that were chosen, out of ginkgo's JSON report. Empty when there is none. */
export async function readResults(file: string): Promise<Result[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]');
  const suites = JSON.parse(text) as { SpecReports: SpecReport[] | null }[];
  return suites.flatMap((suite) => suite.SpecReports ?? []).filter((spec) => spec.LeafNodeType === 'It').flatMap((spec) => {
    const reason = spec.Failure?.Message ?? '';
    // ginkgo skips what was not chosen without a word; a test that skips itself says why.
    if (spec.State === 'pending' || spec.State === 'skipped' && !reason) return [];
    const state = spec.State === 'passed' || spec.State === 'skipped' ? spec.State : 'failed';
    return [{ name: [...spec.ContainerHierarchyTexts ?? [], spec.LeafNodeText].join(' '), state, seconds: spec.RunTime / 1e9, reason: reason || (state === 'failed' ? spec.State : ''), attempts: spec.NumAttempts ?? 1 }];
  });
}

const SLOWEST = 10;
const REASON_LINES = 6;

/** A few lines for a person. `chosen` that have no result were not reached. */
export function formatReport(chosen: string[], results: Result[], seconds: number): string {
  const by = (state: Result['state']): Result[] => results.filter((result) => result.state === state).sort((left, right) => left.name < right.name ? -1 : 1);
  const seen = new Set(results.map((result) => result.name));
  const missing = chosen.filter((name) => !seen.has(name));
  const failed = by('failed'), skipped = by('skipped'), lines: string[] = [];
  const section = (title: string, entries: string[]): void => { if (entries.length > 0) lines.push(`${title}:`, ...entries, ''); };
  section('Failed', failed.map((result) => `  ${result.name} (${result.seconds.toFixed(1)} s)\n${shortened(result.reason)}`));
  section('Passed at the second attempt only: flaky, so a bug', by('passed').filter((result) => (result.attempts ?? 1) > 1).map((result) => `  ${result.name}`));
  section('Skipped themselves', skipped.map((result) => `  ${result.name}\n${shortened(result.reason)}`));
  section('Not reached', missing.map((name) => `  ${name}`));
  section('Slowest', [...results].sort((left, right) => right.seconds - left.seconds).slice(0, SLOWEST).map((result) => `  ${result.seconds.toFixed(1).padStart(6)} s  ${result.name}`));
  lines.push(`${by('passed').length} passed, ${failed.length} failed, ${skipped.length} skipped, ${missing.length} not reached, in ${clock(seconds)}`);
  return `${lines.join('\n')}\n`;
}

function shortened(reason: string): string {
  const lines = reason.trim().split('\n').filter((line) => line.trim());
  return [...lines.slice(0, REASON_LINES), ...(lines.length > REASON_LINES ? ['...'] : [])].map((line) => `      ${line.slice(0, 300)}`).join('\n');
}

export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}

export function formatJunit(results: Result[], seconds: number): string {
  const cases = results.map((result) => {
    const open = `  <testcase classname="${/^\[([^\]]+)\]/.exec(result.name)?.[1] ?? 'suite'}" name="${escaped(result.name)}" time="${result.seconds.toFixed(3)}"`;
    if (result.state === 'passed') return `${open}/>`;
    const element = result.state === 'failed' ? 'failure' : 'skipped';
    return `${open}>\n    <${element} message="${escaped(result.reason.split('\n', 1)[0] as string)}">${escaped(result.reason)}</${element}>\n  </testcase>`;
  });
  const count = (state: Result['state']): number => results.filter((result) => result.state === state).length;
  return ['<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="conformance" tests="${results.length}" failures="${count('failed')}" skipped="${count('skipped')}" time="${seconds.toFixed(3)}">`,
    ...cases, '</testsuite>', ''].join('\n');
}

function escaped(text: string): string {
  // Control characters have no place in XML, whatever a test prints.
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character] as string);
}
