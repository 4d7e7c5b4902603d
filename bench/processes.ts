import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMemory { pid: number; command: string; pssKilobytes: number; privateKilobytes: number }

/** Every process of the cluster: what is in its nodes' cgroups, and its own processes with the shells that restart them. */
export function processesOf(cluster: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const command = read(pid, 'cmdline').split('\0');
    const isOwn = command.some((part, index) => part.startsWith('internal-') && command[index + 1] === cluster);
    return isOwn || read(pid, 'cgroup').includes(`/naru-${cluster}/`);
  });
}

export function memoryOf(pid: number): ProcessMemory {
  const rollup = read(pid, 'smaps_rollup');
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
  return {
    pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim(),
    pssKilobytes: field('Pss'), privateKilobytes: field('Private_Clean') + field('Private_Dirty'),
  };
}

/** Processor time the process used so far, in seconds; of itself and the children it waited for. */
export function processorSeconds(pid: number): number {
  const stat = read(pid, 'stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0) / 100;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
