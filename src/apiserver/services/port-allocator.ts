import type { Random } from '../../base/random.ts';
import { AllocationError } from './ip-allocator.ts';
import { AllocationMetrics } from './metrics.ts';

const ALLOCATED = 'provided port is already allocated';
/** Behind the ports that nodes can have for Services. */
const NO_PORT = 32768;

export interface PortPicker {
  /** Throws AllocationError. */
  take(port: number): void;
  takeAny(): number;
  free(port: number): void;
}

/** Node ports: which are taken, in memory. */
export class PortAllocator implements PortPicker {
  private readonly first: number;
  private readonly last: number;
  private readonly random: Random;
  private readonly taken = new Map<number, number>();
  private readonly metrics = new AllocationMetrics();

  constructor([first, last]: [number, number], random: Random) {
    this.first = first;
    this.last = last;
    this.random = random;
  }

  /** For what is stored already: no complaint about the range or a second use. */
  note(port: number): void {
    this.taken.set(port, (this.taken.get(port) ?? 0) + 1);
  }

  /** What is taken is exactly this, from now on. */
  replace(ports: number[]): void {
    this.taken.clear();
    for (const port of ports) this.taken.set(port, 1);
  }

  inUse(): number[] {
    return [...this.taken.keys()];
  }

  /** In Prometheus' text form. */
  metricsText(): string {
    return this.metrics.text('kube_apiserver_nodeport_allocator', 'ports', '', this.taken.size, this.last - this.first + 1);
  }

  /** Throws AllocationError. */
  take(port: number): void {
    try {
      this.check(port);
    } catch (error) {
      this.metrics.refused('static');
      throw error;
    }
    this.taken.set(port, 1);
    this.metrics.given('static');
  }

  private check(port: number): void {
    if (port < this.first || port > this.last) {
      throw new AllocationError(`provided port is not in the valid range. The range of valid ports is ${this.first}-${this.last}`);
    }
    if (this.taken.has(port)) throw new AllocationError(ALLOCATED);
  }

  takeAny(): number {
    const size = this.last - this.first + 1;
    // The lowest ports are left to those who ask for one, as upstream does.
    const reserved = size < 16 ? 0 : Math.max(16, Math.min(128, Math.floor(size / 32)));
    const start = reserved + Math.floor(this.random.fraction() * (size - reserved));
    for (let step = 0; step < size; step++) {
      const port = this.first + ((start + size - step) % size);
      if (this.taken.has(port)) continue;
      this.taken.set(port, 1);
      this.metrics.given('dynamic');
      return port;
    }
    this.metrics.refused('dynamic');
    throw new AllocationError('range is full');
  }

  /** For a dry run, which takes nothing: asked ports may be any that nobody has, others are shown one that nobody can get. */
  dry(): PortPicker {
    let highest = NO_PORT;
    return {
      take: (port) => {
        if (this.taken.has(port)) throw new AllocationError(ALLOCATED);
        highest = highest === NO_PORT ? port : Math.max(highest, port);
      },
      takeAny: () => ++highest,
      free: () => undefined,
    };
  }

  free(port: number): void {
    const uses = this.taken.get(port) ?? 0;
    if (uses > 1) this.taken.set(port, uses - 1);
    else this.taken.delete(port);
  }
}
