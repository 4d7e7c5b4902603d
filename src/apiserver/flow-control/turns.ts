/**
 * The server has one thread. What would hold it for long takes its turn here: between two turns new requests come in and
 * short ones are answered, so that a heap of long lists does not stand before them.
 */
export class Turns {
  private line: (() => void)[] = [];
  private next = 0;

  take(callback: () => void): void {
    this.line.push(callback);
    if (this.line.length - this.next === 1) setImmediate(this.run);
  }

  private readonly run = (): void => {
    const callback = this.line[this.next++];
    callback?.();
    if (this.next < this.line.length) {
      setImmediate(this.run);
      return;
    }
    this.line = [];
    this.next = 0;
  };
}
