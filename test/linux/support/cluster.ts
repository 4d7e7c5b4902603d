/** A real cluster for a test: made by the command, spoken to by kubectl, gone afterwards also when the test crashed before. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Output { code: number; stdout: string; stderr: string }

export interface TestCluster {
  name: string;
  kubeconfig: string;
  /** Runs naru; rejects when it fails. */
  naru(...parameters: string[]): Promise<string>;
  /** Runs kubectl; rejects when it fails, with what it printed. */
  kubectl(...parameters: string[]): Promise<string>;
  /** Runs kubectl whatever comes of it. */
  tryKubectl(...parameters: string[]): Promise<Output>;
  start(...parameters: string[]): ChildProcess;
  stop(): Promise<void>;
}

export function run(command: string, parameters: string[], environment: NodeJS.ProcessEnv = process.env): Promise<Output> {
  return new Promise((resolve) => {
    execFile(command, parameters, { env: environment, maxBuffer: 64 * 1024 * 1024, timeout: 180_000 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

async function must(what: string, output: Promise<Output>): Promise<string> {
  const { code, stdout, stderr } = await output;
  if (code !== 0) throw new Error(`${what} failed with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/** The program as it is shipped, in the Node it is shipped with. */
const naruCommand = (parameters: string[]): [string, string[]] => [process.execPath, [join(ROOT, 'dist/naru/main.js'), ...parameters]];

export async function startTestCluster(name: string, ...upOptions: string[]): Promise<TestCluster> {
  const directory = mkdtempSync(join(tmpdir(), 'naru-test-'));
  const kubeconfig = join(directory, 'kubeconfig');
  const environment = { ...process.env, KUBECONFIG: kubeconfig };
  const naru = (...parameters: string[]): Promise<string> => must(`naru ${parameters.join(' ')}`, run(...naruCommand(parameters), environment));
  // What a crashed run left.
  await naru('down', '--name', name).catch(() => undefined);
  await naru('up', '--name', name, '--no-egress', '--kubeconfig', kubeconfig, ...upOptions);
  const kubectlFlags = ['--kubeconfig', kubeconfig];
  return {
    name, kubeconfig, naru,
    kubectl: (...parameters) => must(`kubectl ${parameters.join(' ')}`, run('kubectl', [...kubectlFlags, ...parameters], environment)),
    tryKubectl: (...parameters) => run('kubectl', [...kubectlFlags, ...parameters], environment),
    start: (...parameters) => spawn('kubectl', [...kubectlFlags, ...parameters], { env: environment }),
    async stop() {
      await naru('down', '--name', name);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Asks again until `check` holds or the time is up; the last failure is what is thrown. */
export async function eventually<T>(what: string, check: () => Promise<T>, milliseconds = 30_000): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }
}
