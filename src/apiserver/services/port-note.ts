import type { KubernetesObject } from '../../api/object.ts';
import type { Storage } from '../../storage/storage.ts';
import type { StoredForm } from '../registry/stored-form.ts';

/** Which node ports are taken, in a store that several servers share. */
export interface PortNote {
  /** `ports` is undefined before the first is noted. */
  read(): Promise<{ ports: number[] | undefined; revision: number }>;
  /** False when somebody else has written since `revision`. */
  write(ports: number[], revision: number): Promise<boolean>;
}

type RangeAllocation = KubernetesObject & { range: string; data: string };

/** In upstream's form, a RangeAllocation, so that its servers agree too: bit n of the number `data` stands for the n-th port of the range. */
export function portNote(storage: Storage, form: StoredForm, [first, last]: [number, number]): PortNote {
  const key = form.prefix({ group: '', resource: 'pods' }).replace(/pods\/$/, 'ranges/servicenodeports');
  const range = `${first}-${last}`;
  return {
    async read() {
      const entry = await storage.get(key);
      if (!entry) return { ports: undefined, revision: 0 };
      const note = form.decode(entry.value) as RangeAllocation;
      // Written for another range: it says nothing about this one.
      if (note.range !== range) return { ports: undefined, revision: entry.modRevision };
      return { ports: bitsOf(Buffer.from(note.data ?? '', 'base64')).map((bit) => first + bit), revision: entry.modRevision };
    },
    async write(ports, revision) {
      const data = numberOf(ports.filter((port) => port >= first && port <= last).map((port) => port - first)).toString('base64');
      const note: RangeAllocation = { kind: 'RangeAllocation', apiVersion: 'v1', metadata: {}, range, data };
      return (await storage.put(key, form.encode(note), { modRevision: revision })).ok;
    },
  };
}

/** The bits that are set in a number whose most significant byte comes first. */
export function bitsOf(number: Uint8Array): number[] {
  const bits: number[] = [];
  for (let index = number.length - 1; index >= 0; index--) {
    for (let bit = 0; bit < 8; bit++) if ((number[index] as number) & (1 << bit)) bits.push(8 * (number.length - 1 - index) + bit);
  }
  return bits;
}

export function numberOf(bits: number[]): Buffer {
  const number = Buffer.alloc(bits.length ? Math.floor(Math.max(...bits) / 8) + 1 : 0);
  for (const bit of bits) {
    const index = number.length - 1 - Math.floor(bit / 8);
    number[index] = (number[index] as number) | (1 << (bit % 8));
  }
  return number;
}
