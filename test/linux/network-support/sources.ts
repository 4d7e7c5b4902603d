import type { ObjectHandler, ObjectSource } from '../../../src/network/source.ts';

/** An informer that a test fills by hand. */
export class ListSource<T extends { metadata?: { namespace?: string; name?: string } }> implements ObjectSource<T> {
  private readonly objects = new Map<string, T>();
  private readonly handlers = new Set<ObjectHandler<T>>();

  onEvent(handler: ObjectHandler<T>): () => void {
    this.handlers.add(handler);
    for (const object of this.objects.values()) handler.add?.(object);
    return () => this.handlers.delete(handler);
  }

  async synced(): Promise<void> {}

  get(namespace: string, name: string): T | undefined {
    return this.objects.get(`${namespace}/${name}`);
  }

  set(object: T): void {
    const old = this.objects.get(keyOf(object));
    this.objects.set(keyOf(object), object);
    for (const handler of this.handlers) {
      if (old) handler.update?.(object, old);
      else handler.add?.(object);
    }
  }

  remove(object: T): void {
    const old = this.objects.get(keyOf(object));
    if (!old) return;
    this.objects.delete(keyOf(object));
    for (const handler of this.handlers) handler.delete?.(old);
  }
}

function keyOf(object: { metadata?: { namespace?: string; name?: string } }): string {
  return `${object.metadata?.namespace}/${object.metadata?.name}`;
}

/** Answers the calls of a `Helper` with these operations. */
export function answer(operations: Record<string, (...parameters: never[]) => unknown>): void {
  process.on('message', (message: { id: number; operation: string; parameters: never[] }) => {
    const run = async (): Promise<unknown> => operations[message.operation]?.(...message.parameters);
    run().then(
      (result) => process.send?.({ id: message.id, result: result ?? null }),
      (error: Error) => process.send?.({ id: message.id, error: error.stack ?? error.message }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
