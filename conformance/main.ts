/** The conformance kit's command line; see README.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { withFileLock } from '../src/linux/file-lock.ts';
import { CACHE, LOCK, RUNS } from './cache.ts';
import { type Cluster, startCluster } from './cluster.ts';
import { KitError } from './commands.ts';
import { makeImages } from './images.ts';
import { type Lane, planLanes, serialClusters } from './lanes.ts';
import { addPassing, readLines, readLists } from './lists.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { unpackPackages } from './packages.ts';
import { buildPrograms, missingPrograms } from './programs.ts';
import { Progress } from './progress.ts';
import { formatJunit, formatReport, type Result } from './report.ts';
import { type Lists, planForCi, randomNumbers, selectTests } from './selection.ts';
import { runSuite } from './suite.ts';

const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** A first build takes that long on a slow machine. */
const BUILD_MINUTES = 20;
/** Of CI's time, for what is not a test: images, the cluster, ginkgo's start and end. */
const CI_OVERHEAD_SECONDS = 60;

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const lists = await readLists();
  const tests = await chooseTests(options, lists);
  if (options.list) {
    process.stdout.write(tests.map((name) => `${name}\n`).join(''));
    return 0;
  }
  if (tests.length === 0 && !options.build) throw new KitError('no test is chosen');
  if (options.ci) {
    const missing = await missingPrograms();
    if (missing.length > 0 && options.minutes < BUILD_MINUTES) {
      say(`conformance: skipped: ${missing.join(', ')} are not built, and building takes longer than ${options.minutes} minutes; conformance/run --build does it once`);
      return 0;
    }
  }
  await mkdir(CACHE, { recursive: true });
  await withFileLock(LOCK, async () => {
    await buildPrograms(say);
    await unpackPackages(say);
    await makeImages(say);
  });
  return options.build ? 0 : runTests(options, lists, tests);
}

const CI_PATIENCE = 4;
/** Tests that one core can carry at once, beside the [Serial] and long ones in their clusters. */
const BUSY_PROCS = 2;

async function chooseTests(options: Options, lists: Lists): Promise<string[]> {
  const draw = randomNumbers(options.seed);
  if (options.ci) {
    const plan = planForCi(lists, options.minutes * 60 - CI_OVERHEAD_SECONDS, { procs: Math.min(options.procs, BUSY_PROCS * availableParallelism()), serialClusters: serialClusters(options.clusters) }, draw);
    say(`conformance: ${plan.quick} quick tests and ${plan.drawn} others by lot (--seed ${options.seed}); ${plan.left} of those that pass are left out`);
    return plan.tests;
  }
  const names = options.namesFile === undefined ? undefined : await readLines(options.namesFile === '-' ? 0 : options.namesFile);
  const unknown = names?.filter((name) => !lists.tests.includes(name)) ?? [];
  if (unknown.length > 0) throw new KitError(`no conformance tests: ${unknown.slice(0, 5).join('; ')}`);
  return selectTests(lists, { ...options, names }, draw);
}

async function runTests(options: Options, lists: Lists, tests: string[]): Promise<number> {
  const folder = resolve(options.out ?? join(RUNS, `${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${process.pid}`));
  await mkdir(folder, { recursive: true });
  const interrupted = new AbortController(), { signal } = interrupted;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  const lanes = planLanes(tests, lists.seconds, options.procs, options.kubeconfig ? 1 : options.clusters);
  const clusters: Cluster[] = [];
  const start = performance.now();
  try {
    for (const _ of lanes) if (!signal.aborted) clusters.push(options.kubeconfig ? { kubeconfig: resolve(options.kubeconfig), end: async () => undefined } : await startCluster(options.name, options.keep));
    const results = signal.aborted ? [] : await runLanes(options, lanes, clusters, folder, signal);
    const seconds = (performance.now() - start) / 1000;
    const report = formatReport(tests, results, seconds);
    await writeFile(join(folder, 'junit.xml'), formatJunit(results, seconds));
    await writeFile(join(folder, 'report.txt'), report);
    process.stdout.write(report);
    if (results.length === 0 && !signal.aborted) say(`no test ran; output.txt in ${folder} says why`);
    if (options.update) say(`${(await withFileLock(LOCK, async () => addPassing(await readLists(), results))).length} tests more in passing.txt`);
    return results.filter((result) => result.state === 'passed').length === tests.length ? 0 : 1;
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.end()));
  }
}

async function runLanes(options: Options, lanes: Lane[], clusters: Cluster[], folder: string, signal: AbortSignal): Promise<Result[]> {
  const count = lanes.reduce((sum, lane) => sum + lane.tests.length, 0);
  say(`running ${count} tests (seed ${options.seed})${lanes.length > 1 ? ` in ${lanes.length} clusters: ${lanes.map((lane) => `${lane.tests.length} ${lane.name}`).join(', ')}` : ''}; what they say: ${folder}`);
  // The plan is made of times on a quiet machine; a busy one may take longer, which is no fault of the tests.
  const timeoutMinutes = options.ci ? options.minutes * CI_PATIENCE : options.timeoutMinutes;
  const attempts = options.ci ? 2 : 1, progress = new Progress(count, process.stderr);
  try {
    return (await Promise.all(lanes.map((lane, index) => runSuite({
      ...options, ...lane, kubeconfig: clusters[index]?.kubeconfig as string, timeoutMinutes, attempts, signal, progress,
      folder: lanes.length > 1 ? join(folder, lane.name) : folder,
    })))).flat();
  } finally {
    progress.end();
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  say(`conformance: ${error instanceof KitError ? error.message : (error as Error).stack}`);
  process.exit(1);
});
