/** Where a part of the network hears of objects: an `Informer` is one. */
export interface ObjectHandler<T> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  delete?(object: T): void;
}
export interface ObjectSource<T> {
  /** Hears of every object there is now, then of every change. Returns the function that ends it. */
  onEvent(handler: ObjectHandler<T>): () => void;
  /** Resolves once everything there was at the start has been told. */
  synced(): Promise<void>;
}

/** Calls `set` for every object there is and every change, `remove` when one goes. Returns the function that ends it. */
export function follow<T>(source: ObjectSource<T>, set: (object: T) => void, remove: (object: T) => void): () => void {
  return source.onEvent({ add: set, update: set, delete: remove });
}
