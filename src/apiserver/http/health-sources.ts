import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Storage } from '../../storage/storage.ts';

/** Asks the store itself, also where it is another process. */
export function storeCheck(storage: Storage): () => Promise<void> {
  return async () => {
    storage.revision();
    await storage.check?.();
  };
}

/** Throws when the server's own certificate is not valid yet or any more. */
export function validityCheck(tls: { certificatePem: string }, clock: Clock): () => void {
  let range: { from: number; to: number } | undefined;
  return () => {
    if (!range) {
      const { validFrom, validTo } = new X509Certificate(tls.certificatePem);
      range = { from: Date.parse(validFrom), to: Date.parse(validTo) };
    }
    const now = clock.now();
    if (now < range.from || now > range.to) throw new Error('the certificate of the server is not valid now');
  };
}
