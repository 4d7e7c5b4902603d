import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { cgroupFile, cgroupLayout } from './cgroup.ts';
import { hasCode } from './libc.ts';

export interface CgroupStats {
  cpuNanosecondsTotal: number; throttledPeriods: number; periods: number; throttledNanoseconds: number;
  memoryUsageBytes: number; memoryWorkingSetBytes: number; memoryRssBytes: number; pageFaults: number; majorPageFaults: number;
  /** 0: no limit. */
  memoryLimitBytes: number;
  pids: number;
}

/** What the kernel counts for a cgroup; zeros for what it does not have. */
export async function cgroupStats(path: string): Promise<CgroupStats> {
  const { version } = cgroupLayout();
  const text = async (controller: string, file: string): Promise<string> => {
    const name = cgroupFile(controller, path, file);
    if (name === undefined) return '';
    return readFile(name, 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return '';
      throw error;
    });
  };
  const [cpu, usage, memory, memoryStat, limit, pids] = version === 1
    ? await Promise.all([text('cpu', 'cpu.stat'), text('cpuacct', 'cpuacct.usage'), text('memory', 'memory.usage_in_bytes'),
      text('memory', 'memory.stat'), text('memory', 'memory.limit_in_bytes'), text('pids', 'pids.current')])
    : await Promise.all([text('cpu', 'cpu.stat'), '', text('memory', 'memory.current'), text('memory', 'memory.stat'),
      text('memory', 'memory.max'), text('pids', 'pids.current')]);
  const cpuStat = parsePairs(cpu), stat = parsePairs(memoryStat);
  const value = (pairs: Map<string, number>, name: string): number => pairs.get(version === 1 ? `total_${name}` : name) ?? pairs.get(name) ?? 0;
  const memoryUsageBytes = Number(memory) || 0;
  const rawLimit = Number(limit) || 0;
  return {
    cpuNanosecondsTotal: version === 1 ? Number(usage) || 0 : (cpuStat.get('usage_usec') ?? 0) * 1000,
    periods: cpuStat.get('nr_periods') ?? 0, throttledPeriods: cpuStat.get('nr_throttled') ?? 0,
    throttledNanoseconds: cpuStat.get('throttled_time') ?? (cpuStat.get('throttled_usec') ?? 0) * 1000,
    memoryUsageBytes, memoryWorkingSetBytes: Math.max(0, memoryUsageBytes - value(stat, 'inactive_file')),
    memoryRssBytes: value(stat, version === 1 ? 'rss' : 'anon'), pageFaults: value(stat, 'pgfault'), majorPageFaults: value(stat, 'pgmajfault'),
    memoryLimitBytes: rawLimit >= 2 ** 62 ? 0 : rawLimit, pids: Number(pids) || 0,
  };
}

/** Lines of `name value`. */
export function parsePairs(text: string): Map<string, number> {
  const pairs = new Map<string, number>();
  for (const line of text.split('\n')) {
    const blank = line.indexOf(' ');
    if (blank > 0) pairs.set(line.slice(0, blank), Number(line.slice(blank + 1)));
  }
  return pairs;
}

/** How many processes of the cgroup the kernel killed for want of memory. */
export function oomKills(path: string): number {
  const name = cgroupLayout().version === 1 ? cgroupFile('memory', path, 'memory.oom_control') : cgroupFile('memory', path, 'memory.events');
  try {
    return name === undefined ? 0 : parsePairs(readFileSync(name, 'utf8')).get('oom_kill') ?? 0;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV')) return 0;
    throw error;
  }
}
