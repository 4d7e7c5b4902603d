import { closeSync, existsSync, readFileSync } from 'node:fs';
import { call, hasCode, libc } from './libc.ts';

/** A process named so that a reused process id is never mistaken for it. */
export interface ProcessIdentity {
  pid: number;
  /** Clock ticks after the machine's start, from /proc/<pid>/stat. */
  startTicks: number;
}

/** undefined when there is no such process (a zombie counts as none). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid);
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTicks: Number(fields[19]) };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTicks === identity.startTicks;
}

/** The fields of /proc/<pid>/stat after the name: [0] is the state. */
function statFields(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}

// The same number on every architecture since Linux 5.1 and 5.3.
const SYS_PIDFD_SEND_SIGNAL = 424;
const SYS_PIDFD_OPEN = 434;

/** Sends a signal to exactly that process. False when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: number): boolean {
  const descriptor = Number(libc('long syscall(long, int, unsigned int)')(SYS_PIDFD_OPEN, identity.pid, 0));
  if (descriptor < 0) return false;
  try {
    if (!isAlive(identity)) return false;
    call('long syscall(long, int, int, void*, unsigned int)', `pid ${identity.pid}`, SYS_PIDFD_SEND_SIGNAL, descriptor, signal, null, 0);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Capabilities this process may pass on, as numbers. */
export function boundingCapabilities(): Set<number> {
  const mask = BigInt('0x' + (/CapBnd:\s*([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'));
  const permitted = BigInt('0x' + (/CapPrm:\s*([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'));
  const found = new Set<number>();
  for (let index = 0; index < 64; index++) if ((mask & permitted) >> BigInt(index) & 1n) found.add(index);
  return found;
}

/** The score the kernel holds against this process; without CAP_SYS_RESOURCE nobody may go below it. */
export function ownOomScoreAdjust(): number {
  return Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
}

export function seccompAvailable(): boolean {
  return existsSync('/proc/sys/kernel/seccomp/actions_avail');
}
