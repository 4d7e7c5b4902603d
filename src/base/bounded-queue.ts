/** A first-in-first-out queue with a limit. What happens at the limit is the caller's named decision: `push` says no. */
export class BoundedQueue<T> {
  private items: T[] = [];
  private head = 0;
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  /** False when the queue is full; the item was not taken then. */
  push(item: T): boolean {
    if (this.length >= this.limit) return false;
    this.items.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.head === this.items.length) return undefined;
    const item = this.items[this.head] as T;
    this.items[this.head] = undefined as T;
    this.head++;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  clear(): void {
    this.items = [];
    this.head = 0;
  }
}
