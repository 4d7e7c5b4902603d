import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { program } from '../../conformance/programs.ts';

export type Format = 'protobuf' | 'json';
export type Part = 'verbs' | 'schedule' | 'services';

/** What is put under load: the access to it, and the processes whose processor time counts. */
export interface Target { kubeconfig: string; processes: { name: string; pid: number }[] }

/** One line that loadgen printed. */
export interface LoadRow {
  row: string;
  count: number;
  seconds: number;
  perSecond: number;
  /** Milliseconds. */
  median?: number;
  p99?: number;
  /** Seconds of processor time by process. */
  processor: Record<string, number>;
}

const LIMIT_MILLISECONDS = 9 * 60_000;

/** Runs one part of the load generator against a server; `settings` are its further flags. */
export async function drive(target: Target, part: Part, format: Format, settings: Record<string, number> = {}): Promise<LoadRow[]> {
  const flags = Object.entries({ ...settings, kubeconfig: target.kubeconfig, format, server: target.processes.map(({ name, pid }) => `${name}=${pid}`).join(',') });
  const { stdout } = await promisify(execFile)(program('loadgen'), [...flags.map(([name, value]) => `-${name}=${value}`), part], { timeout: LIMIT_MILLISECONDS });
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as LoadRow);
}
