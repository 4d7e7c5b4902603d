/** Short ones that go in one turn, before a long one. */
const SHORT_ONES = 16;

/**
 * The server has one thread. What would hold it for long takes its turn here, one a turn: in between new requests come in
 * and short ones are answered, so that a heap of long lists does not stand before them.
 */
export class Turns {
  private readonly short = new Line();
  private readonly long = new Line();
  private running = false;

  take(isLong: boolean, callback: () => void): void {
    (isLong ? this.long : this.short).add(callback);
    if (this.running) return;
    this.running = true;
    setImmediate(this.run);
  }

  private readonly run = (): void => {
    for (let count = 0; count < SHORT_ONES && this.short.size > 0; count++) this.short.next();
    this.long.next();
    this.running = this.short.size > 0 || this.long.size > 0;
    if (this.running) setImmediate(this.run);
  };
}

class Line {
  private callbacks: (() => void)[] = [];
  private first = 0;

  get size(): number {
    return this.callbacks.length - this.first;
  }

  add(callback: () => void): void {
    this.callbacks.push(callback);
  }

  next(): void {
    const callback = this.callbacks[this.first++];
    if (this.first >= this.callbacks.length) {
      this.callbacks = [];
      this.first = 0;
    }
    callback?.();
  }
}
