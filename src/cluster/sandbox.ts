import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLUSTERS_DIRECTORY, IMAGES_DIRECTORY, nodePaths, type NodePaths } from './paths.ts';
import { livePid, writeRecord } from './processes.ts';

/** `src/cluster` and `dist/naru` lie equally deep. */
const PROGRAM_ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * A node's own network, mount, UTS and IPC namespace and its file tree, held by one `sleep`. The tree is an overlay over the
 * machine's root: what the node writes stays in the node, so hostPath differs by node. /proc, /sys and /dev are the machine's, /run
 * and /tmp the node's own; the node's state, the shared images and this program are seen under the same paths as on the machine. Keys and
 * data of clusters are hidden: a pod that mounts the node's root must not find them.
 */
const SETUP = `set -e
tree=$1; state=$2; run=$3; images=$4; name=$5; clusters=$6; program=$7
mount --make-rprivate /
mount -t overlay overlay -o lowerdir=/,upperdir=$tree/upper,workdir=$tree/work $tree/merged
cd $tree/merged
for part in proc sys dev; do mount --rbind /$part $part; done
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p .$clusters
mount -t tmpfs -o mode=700 tmpfs .$clusters
for part in $state $run $images $program; do mkdir -p .$part; mount --bind $part .$part; done
mount --make-private .$run
mkdir -p .old-root
pivot_root . .old-root
umount -l /.old-root
mount --make-rshared /
printf '%s\\n' "$name" > /proc/sys/kernel/hostname
echo ready
exec 1>&- 2>&-
exec sleep infinity`;

export function holderRecord(cluster: string, node: string): string {
  return join(nodePaths(cluster, node).run, 'holder.pid');
}

/** Starts the holder and resolves with its pid once the node's namespaces and file tree stand. */
export async function createSandbox(cluster: string, node: string, logFile: string): Promise<number> {
  const paths = nodePaths(cluster, node);
  const running = livePid(holderRecord(cluster, node));
  if (running !== undefined) return running;
  makeDirectories(paths);
  const log = openSync(logFile, 'a');
  const child = spawn('unshare', ['-m', '-n', '-u', '-i', '/bin/sh', '-c', SETUP, 'naru-node', paths.tree, paths.root, paths.run, IMAGES_DIRECTORY, node, CLUSTERS_DIRECTORY, PROGRAM_ROOT], {
    detached: true, stdio: ['ignore', 'pipe', log], cwd: '/',
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the namespaces of node ${node} could not be made (code ${code}); ${logFile} says why`)));
    child.stdout?.once('data', () => resolve());
  });
  child.removeAllListeners('exit');
  child.stdout?.destroy();
  child.unref();
  writeRecord(holderRecord(cluster, node), child.pid as number);
  return child.pid as number;
}

function makeDirectories(paths: NodePaths): void {
  for (const directory of [join(paths.tree, 'upper'), join(paths.tree, 'work'), join(paths.tree, 'merged'), paths.root, paths.run, IMAGES_DIRECTORY]) {
    mkdirSync(directory, { recursive: true });
  }
}

/** The command that runs `command` inside the node. */
export function enterSandbox(holderPid: number, command: string[]): string[] {
  return ['nsenter', `--mount=/proc/${holderPid}/ns/mnt`, `--net=/proc/${holderPid}/ns/net`, `--uts=/proc/${holderPid}/ns/uts`, `--ipc=/proc/${holderPid}/ns/ipc`, ...command];
}

export function networkNamespaceOf(holderPid: number): string {
  return `/proc/${holderPid}/ns/net`;
}
