/** Thrown when the program itself is wrong, never for bad input. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}

/** States what must hold here; throws AssertionError when it does not. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}
