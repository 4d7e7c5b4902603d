import { readFileSync, readdirSync } from 'node:fs';
import { type Family, family } from '../../base/metric-text.ts';
import { versionInfo } from './version.ts';

/** What is told of the process and of its build. Reads /proc; without it those samples are left out. */
export function processFamilies(startedSeconds: number): Family[] {
  const { user, system } = process.cpuUsage();
  const one = (name: string, type: Family['type'], help: string, value: number | undefined): Family => family(name, type, help, value === undefined ? [] : [`${name} ${value}`]);
  const { emulationMajor, emulationMinor, minCompatibilityMajor, minCompatibilityMinor, ...build } = versionInfo();
  const labels = { build_date: build['buildDate'], compiler: build['compiler'], git_commit: build['gitCommit'], git_tree_state: build['gitTreeState'], git_version: build['gitVersion'], go_version: build['goVersion'], major: build['major'], minor: build['minor'], platform: build['platform'] };
  const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`).join(',');
  return [
    one('process_cpu_seconds_total', 'counter', 'CPU time of the process.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Memory of the process that is in RAM.', process.memoryUsage.rss()),
    one('process_virtual_memory_bytes', 'gauge', 'Address space of the process.', pagesOf('/proc/self/statm')),
    one('process_start_time_seconds', 'gauge', 'When the process started, in seconds since 1970.', startedSeconds),
    one('process_open_fds', 'gauge', 'Open files of the process.', openFiles()),
    one('process_max_fds', 'gauge', 'How many files the process may open.', fileLimit()),
    one('process_virtual_memory_max_bytes', 'gauge', 'Address space that the process may have.', addressLimit()),
    one('process_network_receive_bytes_total', 'counter', 'Bytes that came over the network, of all in its namespace.', octets('InOctets')),
    one('process_network_transmit_bytes_total', 'counter', 'Bytes that went over the network, of all in its namespace.', octets('OutOctets')),
    family('kubernetes_build_info', 'gauge', 'Version of Kubernetes that is served.', [`kubernetes_build_info{${text}} 1`]),
    family('version_info', 'gauge', 'Version that is served and the oldest one that it goes with.',
      [`version_info{binary="${build['gitVersion']?.slice(1)}",component="kube",emulation="${emulationMajor}.${emulationMinor}",min_compat="${minCompatibilityMajor}.${minCompatibilityMinor}"} 1`]),
  ];
}

const PAGE_BYTES = 4096;

function pagesOf(file: string): number | undefined {
  const pages = Number(textOf(file)?.split(' ', 1)[0]);
  return pages ? pages * PAGE_BYTES : undefined;
}

function fileLimit(): number | undefined {
  return Number(/^Max open files\s+(\d+)/m.exec(textOf('/proc/self/limits') ?? '')?.[1]) || undefined;
}

/** Prometheus' clients tell "unlimited" as the largest number of 64 bits. */
function addressLimit(): number | undefined {
  const limit = /^Max address space\s+(\S+)/m.exec(textOf('/proc/self/limits') ?? '')?.[1];
  return limit === 'unlimited' ? 2 ** 64 : Number(limit) || undefined;
}

function octets(name: string): number | undefined {
  const [names = '', values = ''] = (textOf('/proc/self/net/netstat') ?? '').split('\n').filter((line) => line.startsWith('IpExt:'));
  const column = names.split(' ').indexOf(name);
  return column < 0 ? undefined : Number(values.split(' ')[column]);
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
