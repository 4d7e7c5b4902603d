import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

interface Named { name: string }
interface Kubeconfig { clusters?: Named[] | null; users?: Named[] | null; contexts?: Named[] | null; 'current-context'?: string; [other: string]: unknown }
const SECTIONS = ['clusters', 'users', 'contexts'] as const;

/** The file kubectl would use: the first of $KUBECONFIG, or ~/.kube/config. */
function defaultFile(): string {
  return process.env['KUBECONFIG']?.split(':').find(Boolean) ?? join(homedir(), '.kube', 'config');
}

/** Puts the entries of `source` into the person's kubeconfig, in place of entries of the same names, and makes its context current. */
export async function mergeKubeconfig(source: string, target = defaultFile()): Promise<string> {
  const added = await readFile(source, 'utf8');
  await mkdir(dirname(target), { recursive: true });
  if (!existsSync(target)) {
    await writeAtomically(target, added);
    return target;
  }
  const { parse, stringify } = await import('yaml');
  const ours = parse(added) as Kubeconfig;
  const theirs = (parse(await readFile(target, 'utf8')) ?? {}) as Kubeconfig;
  for (const section of SECTIONS) {
    const names = new Set((ours[section] ?? []).map((entry) => entry.name));
    theirs[section] = [...(theirs[section] ?? []).filter((entry) => !names.has(entry.name)), ...(ours[section] ?? [])];
  }
  theirs['current-context'] = ours['current-context'];
  await writeAtomically(target, stringify({ apiVersion: 'v1', kind: 'Config', ...theirs }));
  return target;
}

/** Takes a cluster's context, user and cluster out again; leaves everything else. */
export async function removeFromKubeconfig(context: string, target = defaultFile()): Promise<void> {
  if (!existsSync(target)) return;
  const { parse, stringify } = await import('yaml');
  const config = parse(await readFile(target, 'utf8')) as Kubeconfig | null;
  if (!config || !config.contexts?.some((entry) => entry.name === context)) return;
  const names = new Set([context, `${context}-admin`]);
  for (const section of SECTIONS) config[section] = (config[section] ?? []).filter((entry) => !names.has(entry.name));
  if (config['current-context'] === context) config['current-context'] = '';
  await writeAtomically(target, stringify(config));
}

async function writeAtomically(file: string, text: string): Promise<void> {
  await writeFile(`${file}.naru-new`, text, { mode: 0o600 });
  await chmod(`${file}.naru-new`, 0o600);
  await rename(`${file}.naru-new`, file);
}
