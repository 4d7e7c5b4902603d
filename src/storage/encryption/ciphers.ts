import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Random } from '../../base/random.ts';

/** Turns an object's bytes into what is stored and back. `key` is the object's place in the store, which some bind the bytes to. */
export interface Cipher {
  seal(plain: Uint8Array, key: string): Uint8Array | Promise<Uint8Array>;
  /** Throws when the bytes were not sealed with this. */
  open(sealed: Uint8Array, key: string): Opened | Promise<Opened>;
}

/** `stale`: it would be sealed in another way today. */
export interface Opened { plain: Uint8Array; stale: boolean }

const GCM_NONCE = 12;
const GCM_TAG = 16;
const CBC_BLOCK = 16;
const SECRETBOX_NONCE = 24;

/** AES in CBC with PKCS#7 padding: a random block, then the bytes. Nothing tells whether they were changed. */
export function aesCbc(secret: Uint8Array, random: Random): Cipher {
  const algorithm = `aes-${secret.length * 8}-cbc`;
  return {
    seal(plain) {
      const start = random.bytes(CBC_BLOCK);
      const cipher = createCipheriv(algorithm, secret, start);
      return Buffer.concat([start, cipher.update(plain), cipher.final()]);
    },
    open(sealed) {
      if (sealed.length < CBC_BLOCK) throw new Error('the stored data was shorter than the required size');
      const cipher = createDecipheriv(algorithm, secret, sealed.subarray(0, CBC_BLOCK));
      try {
        return { plain: Buffer.concat([cipher.update(sealed.subarray(CBC_BLOCK)), cipher.final()]), stale: false };
      } catch {
        throw new Error('invalid padding on input');
      }
    },
  };
}

/** AES in GCM, bound to the key in the store: a random number, the bytes, a tag. */
export function aesGcm(secret: Uint8Array, random: Random): Cipher {
  const algorithm = `aes-${secret.length * 8}-gcm` as 'aes-256-gcm';
  return {
    seal(plain, key) {
      const nonce = random.bytes(GCM_NONCE);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, key) {
      if (sealed.length < GCM_NONCE + GCM_TAG) throw new Error('the stored data was shorter than the required size');
      const cipher = createDecipheriv(algorithm, secret, sealed.subarray(0, GCM_NONCE)).setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(-GCM_TAG));
      try {
        return { plain: Buffer.concat([cipher.update(sealed.subarray(GCM_NONCE, -GCM_TAG)), cipher.final()]), stale: false };
      } catch {
        throw new Error('cipher: message authentication failed');
      }
    },
  };
}

type SecretboxLibrary = Pick<typeof import('@noble/ciphers/salsa.js'), 'xsalsa20poly1305'>;

/** XSalsa20 and Poly1305, as NaCl's secretbox has them: a random number, a tag, the bytes. */
export function secretbox(secret: Uint8Array, random: Random, { xsalsa20poly1305 }: SecretboxLibrary): Cipher {
  return {
    seal(plain) {
      const nonce = random.bytes(SECRETBOX_NONCE);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    open(sealed) {
      if (sealed.length < SECRETBOX_NONCE) throw new Error('the stored data was shorter than the required size');
      try {
        return { plain: xsalsa20poly1305(secret, sealed.subarray(0, SECRETBOX_NONCE)).decrypt(sealed.subarray(SECRETBOX_NONCE)), stale: false };
      } catch {
        throw new Error('output array was not large enough for encryption');
      }
    },
  };
}

const MARK = Buffer.from('k8s:enc:');

/** The bytes as they are. */
export const IDENTITY: Cipher = {
  seal: (plain) => plain,
  open(sealed) {
    if (startsWith(sealed, MARK)) throw new Error('identity transformer tried to read encrypted data');
    return { plain: sealed, stale: false };
  },
};

/** `close`: nothing more is begun with the cipher; what runs is finished. */
export interface Prefixed { prefix: string; cipher: Cipher; close?(): void }

/**
 * Several ciphers told apart by what stands before the bytes. The first one seals; all whose prefix fits are tried to open, as two
 * keys of one name may be in use at a time.
 */
export function firstOf(ciphers: Prefixed[], noneFits: string): Cipher {
  const known = ciphers.map(({ prefix, cipher }) => ({ mark: Buffer.from(prefix), cipher }));
  const first = known[0] as (typeof known)[number];
  const attempt = (sealed: Uint8Array, key: string, from: number, failures: string[]): Opened | Promise<Opened> => {
    for (let index = from; index < known.length; index++) {
      const { mark, cipher } = known[index] as (typeof known)[number];
      if (!startsWith(sealed, mark)) continue;
      const told = ({ plain, stale }: Opened): Opened => ({ plain, stale: stale || index > 0 });
      const failed = (error: unknown): void => { failures.push((error as Error).message); };
      try {
        const opened = cipher.open(sealed.subarray(mark.length), key);
        if (!(opened instanceof Promise)) return told(opened);
        return opened.then(told, (error: unknown) => {
          failed(error);
          return attempt(sealed, key, index + 1, failures);
        });
      } catch (error) {
        failed(error);
      }
    }
    if (failures.length === 0) throw new Error(noneFits);
    throw new Error(failures.length === 1 ? failures[0] : `[${[...new Set(failures)].join(', ')}]`);
  };
  return {
    seal(plain, key) {
      const marked = (sealed: Uint8Array): Uint8Array => (first.mark.length === 0 ? sealed : Buffer.concat([first.mark, sealed]));
      const sealed = first.cipher.seal(plain, key);
      return sealed instanceof Promise ? sealed.then(marked) : marked(sealed);
    },
    open: (sealed, key) => attempt(sealed, key, 0, []),
  };
}

function startsWith(bytes: Uint8Array, mark: Uint8Array): boolean {
  return bytes.length >= mark.length && mark.every((byte, index) => bytes[index] === byte);
}
