import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { clusterPaths } from '../../cluster/paths.ts';
import { requireCluster } from '../cluster-access.ts';
import { CommandError } from '../output.ts';

export function logs(name: string, options: { name: string; follow?: boolean; tail?: number }): Promise<void> {
  const config = requireCluster(options.name);
  const file = join(clusterPaths(config.name).logs, `${name}.log`);
  if (!existsSync(file)) throw new CommandError(`no log of ${name}; there are: control-plane, ${config.nodes.map((node) => node.name).join(', ')}`);
  const flags = ['-n', options.tail ? String(options.tail) : '+1', ...(options.follow ? ['-F'] : [])];
  const tail = spawn('tail', [...flags, file], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    tail.once('error', reject);
    tail.once('exit', () => resolve());
  });
}
