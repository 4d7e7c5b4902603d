import type { Clock, Timer } from '../../base/clock.ts';

const INTERVAL_MILLISECONDS = 500;
const FAILURES_UNTIL_DOWN = 2;

/** Asks nodes again and again whether they answer: the cluster hears only after most of a minute that one has died. */
export class NodeProbes {
  private readonly probe: (address: string) => Promise<boolean>;
  private readonly clock: Clock;
  private readonly onChange: () => void;
  private readonly failures = new Map<string, number>();
  private addresses: string[] = [];
  private timer: Timer | undefined;
  private stopped = false;

  constructor(probe: (address: string) => Promise<boolean>, clock: Clock, onChange: () => void) {
    this.probe = probe;
    this.clock = clock;
    this.onChange = onChange;
  }

  /** Whom to ask from now on; nobody when no Service needs it. */
  watch(addresses: string[]): void {
    this.addresses = addresses;
    for (const address of this.failures.keys()) if (!addresses.includes(address)) this.failures.delete(address);
    if (addresses.length > 0) this.schedule();
  }

  isDown(address: string): boolean {
    return (this.failures.get(address) ?? 0) >= FAILURES_UNTIL_DOWN;
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private schedule(): void {
    if (this.stopped || this.addresses.length === 0) return;
    this.timer ??= this.clock.after(INTERVAL_MILLISECONDS, () => void this.round());
  }

  private async round(): Promise<void> {
    const before = this.addresses.filter((address) => this.isDown(address)).join();
    await Promise.all(this.addresses.map(async (address) => {
      const isUp = await this.probe(address).catch(() => false);
      if (isUp) this.failures.delete(address);
      else this.failures.set(address, (this.failures.get(address) ?? 0) + 1);
    }));
    this.timer = undefined;
    if (this.addresses.filter((address) => this.isDown(address)).join() !== before) this.onChange();
    this.schedule();
  }
}
