/** Counts values by upper bounds, as Prometheus' histograms do. */
export class Histogram {
  private readonly bounds: number[];
  private readonly counts: number[];
  private sum = 0;
  private total = 0;

  constructor(bounds: number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  get count(): number {
    return this.total;
  }

  observe(value: number): void {
    this.total++;
    this.sum += value;
    for (let index = 0; index < this.bounds.length; index++) {
      if (value > (this.bounds[index] as number)) continue;
      this.counts[index] = (this.counts[index] as number) + 1;
      return;
    }
  }

  /** Takes in all that another one with the same bounds has counted. */
  add(other: Histogram): void {
    this.sum += other.sum;
    this.total += other.total;
    other.counts.forEach((count, index) => { this.counts[index] = (this.counts[index] as number) + count; });
  }

  /** Samples in Prometheus' text form; none before the first value. `labels`: `a="b",c="d"`, or empty. */
  lines(name: string, labels: string): string[] {
    if (this.total === 0) return [];
    let below = 0;
    const before = labels ? `${labels},` : '', alone = labels ? `{${labels}}` : '';
    const buckets = this.bounds.map((bound, index) => `${name}_bucket{${before}le="${bound}"} ${(below += this.counts[index] as number)}`);
    return [...buckets, `${name}_bucket{${before}le="+Inf"} ${this.total}`, `${name}_sum${alone} ${this.sum}`, `${name}_count${alone} ${this.total}`];
  }
}
