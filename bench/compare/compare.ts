import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from '../../conformance/programs.ts';
import { sleep } from '../../src/base/clock.ts';
import { naru } from '../cluster.ts';
import { memoryOf, processesOf } from '../processes.ts';
import { drive, type Format, type LoadRow, type Part, type Target } from './load.ts';
import type { Sample, Side } from './ratios.ts';
import { startUpstream } from './upstream.ts';

export interface CompareOptions {
  cluster: string;
  /** How often both sides take their turn. */
  rounds: number;
  formats: Format[];
  parts: Part[];
  objects: number;
  sides: Side[];
  /** Also with the limits that upstream's scheduler and controllers put on themselves. */
  defaultLimits: boolean;
  say(message: string): void;
}

interface Step { part: Part; format: Format; settings: Record<string, number> }

const RAISED = ['--kube-api-qps=5000', '--kube-api-burst=10000'];
const SETTLE_MILLISECONDS = 3000;

/** Both sides in turn under the same load, `rounds` times. */
export async function compare(options: CompareOptions): Promise<Sample[]> {
  await buildPrograms(options.say, ['loadgen', 'etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']);
  const samples: Sample[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const side of options.sides) {
      options.say(`round ${round} of ${options.rounds}: ${side}`);
      samples.push(...await (side === 'upstream' ? upstreamTurn(options) : naruTurn(options)));
    }
  }
  return samples;
}

/** Objects made one after the other by a limited allocator, and pods bound to a thousand nodes, are slow rows: fewer of them. */
function stepsOf({ formats, parts, objects }: CompareOptions): Step[] {
  const fewer: Record<Part, number> = { verbs: 1, schedule: 1, services: 4 };
  return formats.flatMap((format) => parts.map((part) => ({ part, format, settings: { objects: Math.ceil(objects / fewer[part]) } })));
}

async function upstreamTurn(options: CompareOptions): Promise<Sample[]> {
  const { say } = options;
  const raised = await startUpstream({ withControllers: true, flags: { 'kube-controller-manager': RAISED, 'kube-scheduler': RAISED } }, say);
  const samples = await turn('upstream', raised, 'kube-apiserver', stepsOf(options), say).finally(() => raised.stop());
  if (!options.defaultLimits || !options.parts.includes('schedule')) return samples;
  const limited = await startUpstream({ withControllers: true }, say);
  try {
    await sleep(SETTLE_MILLISECONDS);
    const rows = await drive(limited, 'schedule', 'protobuf', { objects: Math.ceil(options.objects / 2) });
    return [...samples, ...rows.map((row) => ({ side: 'upstream' as const, name: `${row.row}, upstream's default limits`, unit: '/s' as const, value: row.perSecond, ...processorOf(row) }))];
  } finally {
    await limited.stop();
  }
}

async function naruTurn(options: CompareOptions): Promise<Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), 'naru-compare-'));
  const kubeconfig = join(folder, 'kubeconfig');
  try {
    // What an interrupted run may have left.
    await naru('down', '--name', options.cluster).catch(() => undefined);
    await naru('up', '--name', options.cluster, '--no-egress', '--kubeconfig', kubeconfig);
    const pid = processesOf(options.cluster).find((each) => memoryOf(each).command.includes('internal-control-plane') && !memoryOf(each).command.startsWith('/bin/sh'));
    if (pid === undefined) throw new Error('the control plane does not run');
    return await turn('naru', { kubeconfig, processes: [{ name: 'control-plane', pid }] }, 'control-plane', stepsOf(options), options.say);
  } finally {
    await naru('down', '--name', options.cluster);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function turn(side: Side, target: Target, apiServer: string, steps: Step[], say: (message: string) => void): Promise<Sample[]> {
  const samples: Sample[] = [];
  await sleep(SETTLE_MILLISECONDS);
  for (const { part, format, settings } of steps) {
    const rows = await drive(target, part, format, settings);
    for (const row of rows) {
      say(`  ${side} ${row.row}, ${format}: ${row.perSecond.toFixed(row.perSecond < 100 ? 1 : 0)}/s`);
      samples.push({ side, name: `${row.row}, ${format}`, unit: '/s', value: row.perSecond, ...processorOf(row) });
    }
  }
  const memory = target.processes.map(({ name, pid }) => ({ name, pss: memoryOf(pid).pssKilobytes / 1024 }));
  const sum = memory.reduce((total, { pss }) => total + pss, 0);
  samples.push({ side, name: 'memory of the API server after it', unit: 'MB', value: memory.find(({ name }) => name === apiServer)?.pss ?? 0 });
  samples.push({ side, name: 'memory of all servers after it', unit: 'MB', value: sum });
  return samples;
}

/** Milliseconds of all servers' processor time for each operation. */
function processorOf(row: LoadRow): { processorMilliseconds: number } {
  return { processorMilliseconds: Object.values(row.processor).reduce((total, seconds) => total + seconds, 0) / row.count * 1000 };
}
