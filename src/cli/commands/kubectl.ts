import { spawn } from 'node:child_process';
import { clusterPaths } from '../../cluster/paths.ts';
import { requireCluster } from '../cluster-access.ts';
import { CommandError } from '../output.ts';

/** Runs kubectl in place of this command: its exit code is ours. */
export function kubectl(parameters: string[], options: { name: string }): Promise<void> {
  const config = requireCluster(options.name);
  const child = spawn('kubectl', parameters, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: clusterPaths(config.name).kubeconfig } });
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.once('error', () => reject(new CommandError('kubectl is not installed; naru up installs it')));
    child.once('exit', (code) => { process.exitCode = code ?? 1; resolve(); });
  });
}
