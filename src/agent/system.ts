import { cgroupDirectories, createCgroup, removeCgroup, setCgroupLimits, type CgroupLimits } from '../linux/cgroup.ts';
import { cgroupStats, type CgroupStats } from '../linux/cgroup-stats.ts';
import { bindMount, mount, unmount, unmountBelow, listMounts, MountFlag } from '../linux/mount.ts';

/** The kernel as the agent uses it: one seam, so that tests without root can stand in for it. */
export interface System {
  bindMount(source: string, target: string, readOnly: boolean): void;
  /** `options` as of tmpfs(5): `size=1048576,mode=1777`. */
  mountTmpfs(target: string, options: string): void;
  unmount(target: string): boolean;
  /** Unmounts all at and below a directory. */
  unmountBelow(directory: string): number;
  isMounted(target: string): boolean;
  createCgroup(path: string, limits: CgroupLimits): void;
  setCgroupLimits(path: string, limits: CgroupLimits): void;
  removeCgroup(path: string): Promise<void>;
  cgroupStats(path: string): Promise<CgroupStats>;
  /** Where the controllers keep this cgroup. */
  cgroupDirectories(path: string): string[];
}

export const linuxSystem: System = {
  bindMount: (source, target, readOnly) => bindMount(source, target, { readOnly, recursive: true }),
  mountTmpfs: (target, options) => mount({ source: 'tmpfs', target, type: 'tmpfs', flags: MountFlag.noSuid | MountFlag.noDev, data: options }),
  unmount,
  unmountBelow,
  isMounted: (target) => listMounts().some((entry) => entry.mountPoint === target),
  createCgroup, setCgroupLimits, removeCgroup, cgroupStats, cgroupDirectories,
};
