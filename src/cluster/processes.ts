import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sleep, systemClock } from '../base/clock.ts';

/**
 * Processes that outlive the command which started them. Each runs under a restart loop of a small shell: exit code 0 is an
 * end, anything else a crash, and the process comes back after a second. Known by pid and start time, so that a pid which the
 * kernel gave to somebody else is never signalled.
 */
const RESTART_LOOP = 'trap "" HUP; [ -z "$NARU_CGROUP" ] || echo $$ > "$NARU_CGROUP"; while :; do "$@"; code=$?; [ $code = 0 ] && exit 0; echo "ended with code $code, starting it again"; sleep 1; done';

/**
 * Settings of glibc's allocator: buffers of a large answer go back to the system when they are freed, and no thread has a heap of its own.
 * Without them a control plane that was under load keeps a hundred megabytes that nobody uses.
 */
const ALLOCATOR = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

export interface ProcessRecord { pid: number; startTime: string }

/** Field 22 of /proc/PID/stat; undefined when there is no such process. */
export function processStartTime(pid: number): string | undefined {
  return statFields(pid)?.[19];
}

/** /proc/PID/stat from its third field on (state, parent, group, ...); undefined when the process is gone or has ended. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}

export function writeRecord(file: string, pid: number): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ pid, startTime: processStartTime(pid) ?? '' } satisfies ProcessRecord));
}

/** The process's pid while it lives. */
export function livePid(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const { pid, startTime } = JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  return processStartTime(pid) === startTime ? pid : undefined;
}

/**
 * Starts `command` under the restart loop, its output appended to `logFile`; the loop's pid goes to `recordFile`. With `processList`
 * (a cgroup's cgroup.procs) the loop joins that cgroup before it starts anything.
 */
export function startSupervised(command: string[], recordFile: string, logFile: string, environment: Record<string, string> = {}, processList = ''): number {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn('/bin/sh', ['-c', RESTART_LOOP, 'naru', ...command], {
    detached: true, stdio: ['ignore', log, log], env: { ...ALLOCATOR, ...process.env, ...environment, NARU_CGROUP: processList }, cwd: '/',
  });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`could not start ${command[0]}`);
  writeRecord(recordFile, child.pid);
  return child.pid;
}

/** Ends the loop and what it runs: the signal to the group, SIGKILL after the grace; resolves once they are gone. Fine when they are. */
export async function stopSupervised(recordFile: string, graceMilliseconds: number, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  const pid = livePid(recordFile);
  if (pid !== undefined) {
    const members = groupMembers(pid);
    signalGroup(pid, signal);
    const deadline = systemClock.monotonic() + graceMilliseconds;
    while (members.some(isLive) && systemClock.monotonic() < deadline) await sleep(10);
    signalGroup(pid, 'SIGKILL');
  }
  rmSync(recordFile, { force: true });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended on its own.
  }
}

/** The living processes of a group. Asking the kernel for the group would count those whose parent has yet to reap them. */
function groupMembers(group: number): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => pid > 0 && statFields(pid)?.[2] === String(group));
}

function isLive(pid: number): boolean {
  return processStartTime(pid) !== undefined;
}
