/**
 * A number for each set of endpoints a Service may choose among. All endpoints of all Services stand in one map of the
 * kernel, under the number of their set and their place in it. A number is never used twice in the life of a table.
 */
export class ChoiceIds {
  private readonly ids = new Map<string, number>();
  private next = 1;

  of(name: string): number {
    let id = this.ids.get(name);
    if (id === undefined) this.ids.set(name, (id = this.next++));
    return id;
  }

  release(name: string): void {
    this.ids.delete(name);
  }
}
