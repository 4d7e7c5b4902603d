/** Client programs in other languages: built once into a cache outside of the tree, and again when their sources or tools change. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
const CACHE = process.env['NARU_CLIENTS_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'naru-clients');

export interface Language {
  /** Its folder here, too. */
  name: string;
  library: string;
  /** Commands that must be there; each prints what it is, which the cache depends on. */
  tools: string[];
  /** The oldest tool that will do: a shell command that fails with an older one. */
  newEnough?: string;
  /** Shell commands, run in the copy of the folder. */
  build: string;
  command(folder: string): string[];
}

export const LANGUAGES: Language[] = [
  {
    name: 'javascript', library: '@kubernetes/client-node', tools: ['npm --version'],
    build: 'npm ci --no-audit --no-fund --loglevel=error', command: (folder) => [process.execPath, join(folder, 'client.js')],
  },
  {
    name: 'python', library: 'kubernetes', tools: ['python3 --version'], newEnough: 'python3 -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"',
    build: 'rm -rf venv && python3 -m venv venv && venv/bin/pip install -q --no-deps --disable-pip-version-check -r requirements.txt',
    command: (folder) => [join(folder, 'venv/bin/python'), join(folder, 'client.py')],
  },
  {
    name: 'java', library: 'io.kubernetes:client-java', tools: ['javac -version', 'mvn -v'], newEnough: 'javac --release 17 --version',
    build: 'mvn -B -q compile dependency:copy-dependencies -DoutputDirectory=target/lib',
    command: (folder) => ['java', '-cp', `${join(folder, 'target/classes')}:${join(folder, 'target/lib/*')}`, 'Client'],
  },
  {
    name: 'rust', library: 'kube', tools: ['cargo --version'], newEnough: 'cargo --version | awk \'{ split($2, v, "."); exit !(v[1] > 1 || v[2] >= 89) }\'',
    build: 'cargo build --quiet --target-dir target', command: (folder) => [join(folder, 'target/debug/client')],
  },
];

const BUILD_TIMEOUT = 15 * 60_000;

interface Outcome { failed: boolean; printed: string }

function shell(command: string, folder = SOURCES): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile('nice', ['-n', '5', 'sh', '-ec', command], { cwd: folder, timeout: BUILD_TIMEOUT, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ failed: error !== null, printed: stdout + stderr });
    });
  });
}

/** Why this machine cannot build it. */
export async function missingTool(language: Language): Promise<string | undefined> {
  for (const tool of language.tools) {
    const name = tool.split(' ')[0];
    if ((await shell(`command -v ${name}`)).failed) return `${name} is not installed`;
  }
  if (language.newEnough && (await shell(language.newEnough)).failed) return `${language.tools[0]?.split(' ')[0]} is too old or not whole`;
  return undefined;
}

/** Gives the command that runs the program, built if need be. */
export async function prepare(language: Language): Promise<string[]> {
  const folder = join(CACHE, language.name);
  const stamp = join(folder, 'made-from');
  const wanted = await fingerprint(language);
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(stamp, { force: true });
    mkdirSync(folder, { recursive: true });
    cpSync(join(SOURCES, language.name), folder, { recursive: true });
    const { failed, printed } = await shell(language.build, folder);
    if (failed) throw new Error(`building the ${language.name} client failed:\n${printed.slice(-4000)}`);
    writeFileSync(stamp, wanted);
  }
  return language.command(folder);
}

async function fingerprint(language: Language): Promise<string> {
  const hash = createHash('sha256').update(language.build);
  for (const tool of language.tools) hash.update((await shell(tool)).printed);
  const folder = join(SOURCES, language.name);
  for (const file of filesBelow(folder)) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}

/** Their paths from the folder on. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort().filter((name) => statSync(join(folder, name)).isFile());
}
