import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { KIT, PROGRAMS, PROJECT } from './cache.ts';
import { KitError, isInstalled, output } from './commands.ts';

/** Upstream's version that the kit tests with; programs/kube/go.mod requires it. */
export const VERSION = 'v1.37.2';

interface Program {
  /** Folder with the go.mod: below programs/, or ELSEWHERE. */
  module: 'kube' | 'etcd' | 'loadgen' | 'helm';
  package: string;
  /** A test binary, as `go test -c` makes them. */
  isTest?: boolean;
  /** Not for the tests: built only when asked for by name. */
  isExtra?: boolean;
}

const TABLE: Record<string, Program> = {
  'kubectl': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kubectl' },
  'e2e.test': { module: 'kube', package: 'k8s.io/kubernetes/test/e2e', isTest: true },
  'ginkgo': { module: 'kube', package: 'github.com/onsi/ginkgo/v2/ginkgo' },
  'agnhost': { module: 'kube', package: 'k8s.io/kubernetes/test/images/agnhost' },
  'nnp': { module: 'kube', package: 'k8s.io/kubernetes/test/images/nonewprivs' },
  'sample-apiserver': { module: 'kube', package: 'k8s.io/sample-apiserver' },
  'pause': { module: 'kube', package: './pause' },
  'shell': { module: 'kube', package: './shell' },
  'etcd': { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'etcdctl': { module: 'etcd', package: 'go.etcd.io/etcd/etcdctl/v3' },
  'kube-apiserver': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kube-apiserver', isExtra: true },
  'kube-controller-manager': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kube-controller-manager', isExtra: true },
  'kube-scheduler': { module: 'kube', package: 'k8s.io/kubernetes/cmd/kube-scheduler', isExtra: true },
  'loadgen': { module: 'loadgen', package: '.', isExtra: true },
  'helm': { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm', isExtra: true },
};

const ELSEWHERE: Record<string, string> = { loadgen: join(PROJECT, 'bench', 'loadgen'), helm: join(PROJECT, 'test', 'clients', 'helm') };

const SUITE_PROGRAMS = Object.keys(TABLE).filter((name) => !TABLE[name]?.isExtra);

/** A folder with programs that somebody else built from the same versions; those that it has are taken from there. */
const READY = process.env['NARU_UPSTREAM_PROGRAMS'];

/** Where a built program lies. */
export function program(name: string): string {
  const ready = READY && join(READY, name);
  return ready && existsSync(ready) ? ready : join(PROGRAMS, name);
}

export async function missingPrograms(names = SUITE_PROGRAMS): Promise<string[]> {
  const present = await Promise.all(names.map((name) => stat(program(name)).then(() => true, () => false)));
  return names.filter((_, index) => !present[index]);
}

/** Builds what is missing or made from other versions. The first time takes 10 to 15 minutes of two cores for the tests' programs. */
export async function buildPrograms(say: (message: string) => void, names = SUITE_PROGRAMS): Promise<void> {
  const missing = await missingPrograms(names);
  if (!await isInstalled('go')) {
    if (missing.length === 0) return;
    throw new KitError(`Go is missing, which builds ${missing.join(', ')}: install Go 1.26 or newer and put it into PATH`);
  }
  const go = (await output('go', ['env', 'GOVERSION'], { cwd: KIT, env: GO_ENVIRONMENT })).trim();
  await mkdir(PROGRAMS, { recursive: true });
  for (const name of names.filter((each) => program(each) === join(PROGRAMS, each))) {
    const entry = TABLE[name] as Program;
    const wanted = await fingerprint(entry, go);
    if (!missing.includes(name) && await readFile(`${program(name)}.made-from`, 'utf8').catch(() => '') === wanted) continue;
    say(`building ${name}`);
    await build(name, entry);
    await writeFile(`${program(name)}.made-from`, wanted);
  }
}

/** Folders of upstream's source that images take files from. */
export async function moduleFolder(module: string): Promise<string> {
  const folder = await output('go', ['list', '-m', '-f', '{{.Dir}}', module], { cwd: join(KIT, 'programs', 'kube'), env: GO_ENVIRONMENT });
  if (folder.trim()) return folder.trim();
  const answer = await output('go', ['mod', 'download', '-json', module], { cwd: join(KIT, 'programs', 'kube'), env: GO_ENVIRONMENT });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

// A toolchain that is too old says so instead of fetching another.
const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' };

async function build(name: string, entry: Program): Promise<void> {
  const made = `${program(name)}.new`;
  const verb = entry.isTest ? ['test', '-c'] : ['build'];
  await output('nice', ['-n', '5', 'go', ...verb, '-trimpath', '-ldflags', linkerFlags(entry), '-o', made, entry.package], { cwd: folderOf(entry), env: GO_ENVIRONMENT });
  await chmod(made, 0o755);
  await rename(made, program(name));
}

/** Without debug symbols; and the version that kubectl and agnhost report, which is no constant in their source. */
function linkerFlags(entry: Program): string {
  if (entry.module !== 'kube') return '-s -w';
  const minor = VERSION.split('.')[1] as string;
  const values = { gitVersion: VERSION, gitMajor: '1', gitMinor: minor, gitTreeState: 'clean', buildDate: '2026-01-01T00:00:00Z' };
  return ['-s -w', ...Object.entries(values).map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)].join(' ');
}

export async function fingerprint(entry: Program, go: string): Promise<string> {
  const hash = createHash('sha256').update([go, process.arch, entry.package, linkerFlags(entry)].join('\n'));
  const files = ['go.mod', 'go.sum'].map((file) => join(folderOf(entry), file));
  if (entry.package.startsWith('.')) files.push(...await sourcesIn(join(folderOf(entry), entry.package)));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}

async function sourcesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.go')).sort().map((file) => join(folder, file));
}

function folderOf(entry: Program): string {
  return ELSEWHERE[entry.module] ?? join(KIT, 'programs', entry.module);
}
