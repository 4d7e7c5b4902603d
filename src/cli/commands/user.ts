import { writeFileSync } from 'node:fs';
import { userKubeconfig } from '../../cluster/lifecycle.ts';
import { requireCluster } from '../cluster-access.ts';
import { CommandError } from '../output.ts';

export async function createUser(user: string, options: { name: string; group?: string[]; output?: string; namespace?: string }): Promise<void> {
  const config = requireCluster(options.name);
  if (user.startsWith('system:')) throw new CommandError(`${user} cannot be a person: names that begin with system: belong to the cluster`);
  const text = await userKubeconfig(config, user, options.group ?? [], options.namespace);
  if (options.output === '-') {
    process.stdout.write(text);
    return;
  }
  const file = options.output ?? `${user}.kubeconfig`;
  writeFileSync(file, text, { mode: 0o600 });
  process.stderr.write(`Wrote ${file}. ${user} may do nothing yet; give rights with, for example:\n  kubectl create rolebinding ${user}-edit --clusterrole=edit --user=${user}\n`);
}
