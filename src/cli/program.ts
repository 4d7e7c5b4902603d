import { Command, InvalidArgumentError, Option } from 'commander';
import description from '../../package.json' with { type: 'json' };
import { API_SERVER_FLAGS } from '../cluster/api-server-flags.ts';

/** `4Gi`, `512Mi` or bytes. */
export function parseMemory(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T)?$/.exec(text);
  const factors: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
  if (!match) throw new InvalidArgumentError('a size looks like 4Gi or 512Mi');
  return Math.floor(Number(match[1]) * (match[2] ? (factors[match[2]] as number) : 1));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number from 1 on');
  return count;
}

function parseCpus(text: string): number {
  const count = Number(text);
  if (!(count > 0)) throw new InvalidArgumentError('a number of CPUs such as 2 or 0.5');
  return count;
}

const parseList = (text: string): string[] => text.split(',').filter(Boolean);

export function buildProgram(): Command {
  const program = new Command('naru').description('A complete Kubernetes on this machine: real pods, real Services, real volumes.')
    .version(`naru ${description.version} (Kubernetes v1.37.2)`).showHelpAfterError('(naru COMMAND --help says more)').enablePositionalOptions();
  const named = (command: Command): Command => command.option('-n, --name <name>', 'the cluster', 'naru');

  withApiServerFlags(named(program.command('up'))).description('start a cluster, or what of it is not running')
    .option('--nodes <count>', 'nodes of a new cluster', parseCount, 1)
    .option('--node-cpus <count>', 'CPUs each node offers', parseCpus)
    .option('--node-memory <size>', 'memory each node offers', parseMemory)
    .option('--addons <list>', 'add-ons to enable, by comma: load-balancer', parseList, [])
    .option('--allow-duplicate-ports', 'take pods in which a container port stands twice, as upstream does')
    .option('--etcd <urls>', 'the same as --etcd-servers: keep the cluster in this etcd instead of a store of its own')
    .option('--keys-from <directory>', 'begin with the authorities and the service-account key of another cluster, as of one on the same etcd')
    .option('--no-egress', 'pods get no way out of this machine')
    .option('--kubeconfig <file>', 'merge the access into this file instead of $KUBECONFIG or ~/.kube/config')
    .action(async ({ etcd, ...options }) => (await import('./commands/up.ts')).up({ ...(etcd ? { etcdServers: etcd } : {}), ...options }));
  named(program.command('down')).description('end a cluster and remove its data')
    .option('--keep-data', 'leave its data for the next up').option('--all', 'every cluster of this machine')
    .action(async (options) => (await import('./commands/down.ts')).down(options));
  named(program.command('status')).description('what runs of a cluster').action(async (options) => (await import('./commands/status.ts')).status(options));
  program.command('list').description('the clusters of this machine').action(async () => (await import('./commands/status.ts')).list());
  named(program.command('kubeconfig')).description('print the administrator\'s kubeconfig').action(async (options) => (await import('./commands/kubeconfig.ts')).printKubeconfig(options));
  named(program.command('logs')).description('print the logs of the cluster\'s own processes').argument('[process]', 'control-plane or a node', 'control-plane')
    .option('-f, --follow', 'go on printing').option('--tail <lines>', 'only the last lines', parseCount)
    .action(async (name, options) => (await import('./commands/logs.ts')).logs(name, options));
  addNodeCommands(program, named);
  addImageCommands(program);
  named(program.command('user').description('people who may use a cluster').command('create')).argument('<user>')
    .description('write a kubeconfig with a client certificate for a person').option('-g, --group <group...>', 'groups the person is in')
    .option('-o, --output <file>', 'where to, - for standard output; USER.kubeconfig by default').option('--namespace <namespace>', 'default namespace')
    .action(async (user, options) => (await import('./commands/user.ts')).createUser(user, options));
  addAddonCommands(program, named);
  program.command('kubectl').description('kubectl with the cluster\'s kubeconfig').helpOption(false).passThroughOptions().allowUnknownOption()
    .option('--name <name>', 'the cluster', 'naru').argument('[arguments...]')
    .action(async (parameters, options) => (await import('./commands/kubectl.ts')).kubectl(parameters, options));
  return program;
}

/** The API server's flags, `--name value` or `--name=value`, as upstream's are given. */
function withApiServerFlags(command: Command): Command {
  for (const [name, [kind, description]] of Object.entries(API_SERVER_FLAGS)) {
    const option = new Option(`--${name} ${kind === 'boolean' ? '[boolean]' : `<${kind}>`}`, description).helpGroup('API server:');
    command.addOption(kind === 'boolean' ? option.preset('true') : option);
  }
  return command;
}

function addNodeCommands(program: Command, named: (command: Command) => Command): void {
  const node = program.command('node').description('nodes of a running cluster');
  named(node.command('add')).argument('[node]').description('add a node').option('--node-cpus <count>', 'CPUs it offers', parseCpus).option('--node-memory <size>', 'memory it offers', parseMemory)
    .action(async (name, options) => (await import('./commands/node.ts')).addNodeCommand(name, options));
  for (const [verb, text] of [['remove', 'remove a node and its disk'], ['stop', 'end a node at once, as a power cut would'], ['start', 'start a stopped node']] as const) {
    named(node.command(verb)).argument('<node>').description(text).action(async (name, options) => (await import('./commands/node.ts')).nodeCommand(verb, name, options));
  }
}

function addImageCommands(program: Command): void {
  const image = program.command('image').description('images of this machine; every cluster sees them');
  image.command('load').argument('<path>', 'docker save, OCI archive, or OCI layout folder').description('load images from a file or folder')
    .action(async (path) => (await import('./commands/image.ts')).load(path));
  image.command('pull').argument('<reference>').description('pull an image from its registry').action(async (reference) => (await import('./commands/image.ts')).pull(reference));
  image.command('list').description('what is there').action(async () => (await import('./commands/image.ts')).list());
}

function addAddonCommands(program: Command, named: (command: Command) => Command): void {
  const addon = program.command('addon').description('add-ons of a running cluster');
  named(addon.command('list')).description('add-ons and whether they are on').action(async (options) => (await import('./commands/addon.ts')).listAddons(options));
  for (const verb of ['enable', 'disable'] as const) {
    named(addon.command(verb)).argument('<addon>').description(`${verb} an add-on`).action(async (name, options) => (await import('./commands/addon.ts')).setAddon(name, verb === 'enable', options));
  }
}
