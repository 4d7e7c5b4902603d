import { randomBytes, randomUUID } from 'node:crypto';

/** The product's only source of chance. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** A version 4 UUID, the form of `metadata.uid`. */
  uuid(): string;
  bytes(count: number): Uint8Array;
}

export const systemRandom: Random = {
  fraction: () => Math.random(),
  uuid: () => randomUUID(),
  bytes: (count) => new Uint8Array(randomBytes(count)),
};

// No vowels and no digits that look like letters, so that a name never spells a word: the alphabet Kubernetes uses.
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A random name part such as the five characters behind `generateName`. */
export function nameSuffix(length = 5, random: Random = systemRandom): string {
  let name = '';
  for (let index = 0; index < length; index++) name += NAME_ALPHABET[Math.floor(random.fraction() * NAME_ALPHABET.length)];
  return name;
}

/** `milliseconds` lengthened by a random share of up to `factor`, so that many clients do not act at the same moment. */
export function jitter(milliseconds: number, factor: number, random: Random = systemRandom): number {
  return milliseconds * (1 + random.fraction() * factor);
}
