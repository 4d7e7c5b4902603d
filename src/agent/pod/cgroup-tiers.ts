import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { cpuShares, podResources } from '../container/resources.ts';
import { milliUnits, wholeUnits, type ResourceList } from '../quantities.ts';
import type { System } from '../system.ts';
import { qosClass } from './qos.ts';

/**
 * The cgroups above the pods: all of them together get what the node has to give; burstable pods weigh as much as they ask for in
 * sum, best-effort ones next to nothing. So cpu is shared in proportion to requests between pods of different classes too.
 */
export class CgroupTiers {
  private readonly system: System;
  private readonly root: string;
  private readonly allocatable: () => ResourceList;
  private burstableShares = 0;

  constructor(system: System, cgroupRoot: string, allocatable: () => ResourceList) {
    this.system = system;
    this.root = `${cgroupRoot}/kubepods`;
    this.allocatable = allocatable;
  }

  create(): void {
    const allocatable = this.allocatable();
    this.system.createCgroup(this.root, { cpuShares: cpuShares(milliUnits(allocatable['cpu'])), memoryLimit: wholeUnits(allocatable['memory']) });
    this.system.createCgroup(`${this.root}/besteffort`, { cpuShares: cpuShares(0) });
    this.system.createCgroup(`${this.root}/burstable`, { cpuShares: cpuShares(0) });
  }

  update(active: Pod[]): void {
    const burstable = active.filter((pod) => qosClass(pod) === 'Burstable');
    const shares = cpuShares(burstable.reduce((sum, pod) => sum + podResources(pod).requests.cpu, 0));
    if (shares === this.burstableShares) return;
    this.burstableShares = shares;
    this.system.setCgroupLimits(`${this.root}/burstable`, { cpuShares: shares });
  }
}
