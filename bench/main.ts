/** Measures a cluster of its own from outside, as its users see it. Prints a table; fails only when something does not work. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sleep } from '../src/base/clock.ts';
import { access, naru, type Access } from './cluster.ts';
import type { Format, Part } from './compare/load.ts';
import type { Side } from './compare/ratios.ts';
import { execLatency } from './exec.ts';
import { createPod, podBurst, podLatency, toolsPod, watchPods } from './pods.ts';
import { memoryOf, processesOf, processorSeconds } from './processes.ts';
import { serviceLatency } from './services.ts';
import { formatTable, measurement, type Measurement } from './statistics.ts';

const PARTS = ['up', 'up3', 'memory', 'idle', 'pods', 'burst', 'exec', 'service'] as const;
const SETTLE_MILLISECONDS = 20_000;
const IDLE_SECONDS = 20;
const PODS_AT_ONCE = 20;

const { values } = parseArgs({ options: {
  name: { type: 'string', default: 'bench-run' }, runs: { type: 'string', default: '5' }, pods: { type: 'string', default: '20' },
  only: { type: 'string' }, json: { type: 'boolean', default: false },
  'against-upstream': { type: 'boolean', default: false }, rounds: { type: 'string', default: '2' }, formats: { type: 'string', default: 'protobuf,json' },
  objects: { type: 'string', default: '2000' }, side: { type: 'string', default: 'upstream,naru' },
} });
if (values['against-upstream']) {
  await measureAgainstUpstream();
  process.exit();
}
const parts = new Set(values.only?.split(',') ?? PARTS);
const runs = Number(values.runs);
const results: Measurement[] = [];
const up = (nodes: number): Promise<number> => naru('up', '--name', values.name, '--nodes', String(nodes), '--no-egress', '--kubeconfig', join(tmpdir(), `${values.name}.kubeconfig`));
const down = (): Promise<number> => naru('down', '--name', values.name);

function add(...line: Parameters<typeof measurement>): void {
  results.push(measurement(...line));
  process.stderr.write(`  ${line[0]}\n`);
}

async function measureUp(nodes: number, goal: number): Promise<void> {
  const [started, ended]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    started.push(await up(nodes));
    ended.push(await down());
  }
  const label = nodes === 1 ? 'one node' : `${nodes} nodes`;
  add(`naru up, ${label} Ready`, 's', started, goal);
  add(`naru down, ${label}`, 's', ended);
}

/** PSS counts shared pages by share: other clusters on the machine make it look smaller, so private memory stands beside it. */
async function measureMemory(): Promise<void> {
  await sleep(SETTLE_MILLISECONDS);
  const memory = processesOf(values.name).map(memoryOf);
  const sum = (field: 'pssKilobytes' | 'privateKilobytes'): number => memory.reduce((total, entry) => total + entry[field], 0) / 1024;
  for (const entry of memory.filter(({ pssKilobytes }) => pssKilobytes > 1024)) {
    const role = /internal-(\S+)/.exec(entry.command)?.[1] ?? entry.command;
    add(`  PSS of the ${role} process`, 'MB', [entry.pssKilobytes / 1024]);
  }
  add(`PSS of all ${memory.length} processes, idle`, 'MB', [sum('pssKilobytes')], 200);
  add('  private memory of them', 'MB', [sum('privateKilobytes')]);
}

async function measureIdle(): Promise<void> {
  await sleep(SETTLE_MILLISECONDS / 2);
  const total = (): number => processesOf(values.name).reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const before = total();
  await sleep(IDLE_SECONDS * 1000);
  add(`processor time, idle, of one CPU (over ${IDLE_SECONDS} s)`, '%', [(total() - before) / IDLE_SECONDS * 100], 1);
}

async function measurePods({ client }: Access): Promise<void> {
  await podLatency(client, 2);
  const { created, deleted } = await podLatency(client, Number(values.pods));
  add('pod created -> Ready', 'ms', created, 200);
  add('pod deleted -> gone', 'ms', deleted);
}

async function measureBurst({ client }: Access): Promise<void> {
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    samples.push(await podBurst(client, PODS_AT_ONCE));
    await sleep(1000);
  }
  add(`${PODS_AT_ONCE} pods at once, last Ready`, 's', samples, 1.5);
}

async function measureStreams({ client, config }: Access): Promise<void> {
  const watch = await watchPods(client);
  const labels = { 'bench.naru.dev/pod': 'server' };
  await createPod(client, watch, toolsPod('server', ['httpd', '-f', '-p', '8080', '-h', '/etc'], labels));
  watch.stop();
  const samples = { exec: [] as number[], service: [] as number[] };
  for (let index = 0; index < Number(values.pods); index++) {
    if (parts.has('exec')) samples.exec.push(await execLatency(config, 'server'));
    if (parts.has('service')) samples.service.push(await serviceLatency(client, config.nodes[0]?.address ?? '', index, labels));
  }
  if (parts.has('exec')) add('exec of `true`, connect to end', 'ms', samples.exec);
  if (parts.has('service')) add('Service created -> its NodePort answers', 'ms', samples.service);
}

async function measureCluster(): Promise<void> {
  await up(1);
  const cluster = access(values.name);
  try {
    if (parts.has('memory')) await measureMemory();
    if (parts.has('idle')) await measureIdle();
    if (parts.has('pods')) await measurePods(cluster);
    if (parts.has('burst')) await measureBurst(cluster);
    if (parts.has('exec') || parts.has('service')) await measureStreams(cluster);
  } finally {
    cluster.close();
    await down();
  }
}

async function measureAgainstUpstream(): Promise<void> {
  const { compare } = await import('./compare/compare.ts');
  const { formatRatios, ratiosOf } = await import('./compare/ratios.ts');
  const load = loadavg()[0] as number;
  const samples = await compare({
    cluster: values.name, rounds: Number(values.rounds), formats: values.formats.split(',') as Format[], parts: (values.only ?? 'verbs,services,schedule').split(',') as Part[],
    objects: Number(values.objects), sides: values.side.split(',') as Side[], defaultLimits: true, say: (message) => { process.stderr.write(`${message}\n`); },
  });
  const ratios = ratiosOf(samples);
  process.stdout.write(`${machine(load)}\n${formatRatios(ratios)}\n`);
  if (values.json) writeResults({ loadBefore: load, ratios, samples });
}

function machine(loadBefore: number): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}; load before ${loadBefore.toFixed(1)}, after ${loadavg()[0]?.toFixed(1)}`;
}

function writeResults(results: unknown): void {
  const directory = fileURLToPath(new URL('results', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.json`);
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  process.stdout.write(`${file}\n`);
}

const loadBefore = loadavg();
if (parts.has('up')) await measureUp(1, 1.5);
if (parts.has('up3')) await measureUp(3, 3);
if (['memory', 'idle', 'pods', 'burst', 'exec', 'service'].some((part) => parts.has(part))) await measureCluster();
process.stdout.write(`${machine(loadBefore[0] as number)}\n${formatTable(results)}\n`);
if (values.json) writeResults({ loadBefore, measurements: results });
