/** A failure that is the person's to mend: the command prints its message without a stack and ends with code 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}
