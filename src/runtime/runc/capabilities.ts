/** Capability names in the kernel's order: the index is the number. */
const NAMES = `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST
NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME
SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF
CHECKPOINT_RESTORE`.split(/\s+/).map((name) => `CAP_${name}`);

/** What a container has unless it says otherwise, as with containerd. */
export const DEFAULT_CAPABILITIES = `CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL
AUDIT_WRITE`.split(/\s+/).map((name) => `CAP_${name}`);

export function capabilityNames(numbers: Iterable<number>): string[] {
  return [...numbers].flatMap((number) => NAMES[number] ?? []);
}

/**
 * The capabilities of a container. `available` is what the node itself may give; what is asked beyond that is left out, since
 * no call could give it. Names come with or without `CAP_`; `ALL` adds or drops everything, before the single names count.
 */
export function containerCapabilities(request: { privileged: boolean; add: string[]; drop: string[] }, available: string[]): string[] {
  if (request.privileged) return available;
  const add = request.add.map(canonical), drop = request.drop.map(canonical);
  const chosen = new Set(add.includes('CAP_ALL') ? available : drop.includes('CAP_ALL') ? [] : DEFAULT_CAPABILITIES);
  for (const name of drop) chosen.delete(name);
  for (const name of add) chosen.add(name);
  return available.filter((name) => chosen.has(name));
}

function canonical(name: string): string {
  const upper = name.toUpperCase();
  return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
}
