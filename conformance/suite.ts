import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROGRAMS } from './cache.ts';
import { REGISTRIES } from './images.ts';
import { program } from './programs.ts';
import type { Progress } from './progress.ts';
import { type Result, readResults } from './report.ts';

export interface SuiteOptions {
  kubeconfig: string;
  tests: string[];
  /** Processes side by side; tests tagged [Serial] run alone after the others. */
  procs: number;
  timeoutMinutes: number;
  /** How often a test that fails is tried; the report names those that needed more than one. */
  attempts: number;
  /** For everything that the run leaves. */
  folder: string;
  seed: number;
  progress: Progress;
  signal: AbortSignal;
}

/** Runs the tests to their end, or to that of the time. */
export async function runSuite(options: SuiteOptions): Promise<Result[]> {
  const registries = join(options.folder, 'registries.yaml');
  await mkdir(options.folder, { recursive: true });
  // kubectl's tests leave files there, and sockets, whose paths may not be longer than 107 bytes: no folder of the user's will do.
  const temporary = await mkdtemp('/tmp/naru-kit-');
  await writeFile(registries, Object.entries(REGISTRIES).map(([key, value]) => `${key}: ${value}\n`).join(''));
  const names = options.tests.map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|');
  const child = spawn(program('ginkgo'), [
    'run', `--procs=${options.procs}`, '--no-color', '--silence-skips', '--force-newlines', `--timeout=${options.timeoutMinutes}m`, '--poll-progress-after=0s',
    `--flake-attempts=${options.attempts}`, `--seed=${options.seed}`, `--output-dir=${options.folder}`, '--json-report=report.json', `--focus=^.*(${names})$`, program('e2e.test'), '--',
    '--provider=skeleton', `--kubeconfig=${options.kubeconfig}`, `--kubectl-path=${program('kubectl')}`, '--dump-logs-on-failure=false',
  ], {
    stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    env: { ...process.env, KUBECONFIG: options.kubeconfig, KUBE_TEST_REPO_LIST: registries, TMPDIR: temporary, PATH: `${PROGRAMS}:${process.env['PATH']}` },
  });
  // To all of ginkgo's processes: it leaves the telling to the terminal.
  const stop = (): void => { if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT'); };
  options.signal.addEventListener('abort', stop, { once: true });
  const file = createWriteStream(join(options.folder, 'output.txt'));
  child.stdout.pipe(file);
  child.stderr.pipe(file, { end: false });
  createInterface(child.stdout).on('line', options.progress.reader());
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()));
  options.signal.removeEventListener('abort', stop);
  await rm(temporary, { recursive: true, force: true });
  return readResults(join(options.folder, 'report.json'));
}
