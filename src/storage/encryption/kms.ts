import { createHash, createHmac } from 'node:crypto';
import type { Client, ServiceError } from '@grpc/grpc-js';
import { systemClock, type Clock } from '../../base/clock.ts';
import { parseGoDuration } from '../../base/go-duration.ts';
import { systemRandom, type Random } from '../../base/random.ts';
import { decode, encode, message, type MessageType } from '../etcd/wire.ts';
import { aesGcm, type Cipher, type Prefixed } from './ciphers.ts';
import type { KmsSettings } from './configuration.ts';

interface Annotation { name: string; value: Uint8Array }
interface StatusResponse { version: string; healthz: string; keyId: string }
interface EncryptRequest { plaintext: Uint8Array; uid: string }
interface EncryptResponse { ciphertext: Uint8Array; keyId: string; annotations: Annotation[] }
interface DecryptRequest { ciphertext: Uint8Array; uid: string; keyId: string; annotations: Annotation[] }
/** What stands in the store: the object under a key derived from a seed, and the seed as the service encrypted it. */
interface Envelope { data: Uint8Array; keyId: string; seed: Uint8Array; annotations: Annotation[]; seedType: number }

const annotation = message<Annotation>({ name: [1, 'string'], value: [2, 'bytes'] });
const statusRequest = message<object>({});
const statusResponse = message<StatusResponse>({ version: [1, 'string'], healthz: [2, 'string'], keyId: [3, 'string'] });
const encryptRequest = message<EncryptRequest>({ plaintext: [1, 'bytes'], uid: [2, 'string'] });
const encryptResponse = message<EncryptResponse>({ ciphertext: [1, 'bytes'], keyId: [2, 'string'], annotations: [3, annotation, 'repeated'] });
const decryptRequest = message<DecryptRequest>({ ciphertext: [1, 'bytes'], uid: [2, 'string'], keyId: [3, 'string'], annotations: [4, annotation, 'repeated'] });
const decryptResponse = message<{ plaintext: Uint8Array }>({ plaintext: [1, 'bytes'] });
const envelope = message<Envelope>({ data: [1, 'bytes'], keyId: [2, 'string'], seed: [3, 'bytes'], annotations: [4, annotation, 'repeated'], seedType: [5, 'int'] });

/** The plain seed is an AES key itself (0), or keys are derived from it, one for each write (1). */
const DERIVED = 1;
const SEED_BYTES = 32;
const INFO_BYTES = 32;
const KNOWN_SEEDS = 1000;
/** Asked again after so long whether the service's key has changed. */
const STATUS_MILLISECONDS = 60_000;
const DEFAULT_TIMEOUT_MILLISECONDS = 3000;

interface Sealing { seed: Uint8Array; sealedSeed: Uint8Array; keyId: string; annotations: Annotation[]; checkedAt: number }

/** Milliseconds a call may take. */
export function callTimeout({ timeout }: KmsSettings): number {
  const nanoseconds = timeout === undefined ? undefined : parseGoDuration(timeout);
  return nanoseconds === undefined ? DEFAULT_TIMEOUT_MILLISECONDS : Number(nanoseconds) / 1e6;
}

/** Calls of a key management service, version 2, at a Unix socket. */
class KmsConnection {
  private readonly settings: KmsSettings;
  private readonly clock: Clock;
  private client: Client | undefined;
  /** Operations, each of one or more calls. */
  private running = 0;
  private closed = false;

  constructor(settings: KmsSettings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** Closes the connection as soon as no operation runs. */
  close(): void {
    this.closed = true;
    if (this.running === 0) this.disconnect();
  }

  async during<T>(operation: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await operation();
    } finally {
      if (--this.running === 0 && this.closed) this.disconnect();
    }
  }

  private disconnect(): void {
    this.client?.close();
    this.client = undefined;
  }

  async call<Request extends object, Response extends object>(name: string, requestType: MessageType<Request>, responseType: MessageType<Response>, request: Partial<Request>): Promise<Response> {
    const grpc = await import('@grpc/grpc-js');
    const client = (this.client ??= new grpc.Client(`unix:${(this.settings.endpoint ?? '').slice('unix://'.length)}`, grpc.credentials.createInsecure(), { 'grpc.enable_http_proxy': 0 }));
    const deadline = this.clock.now() + callTimeout(this.settings);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(`/v2.KeyManagementService/${name}`, (value: Partial<Request>) => encode(requestType, value), (bytes: Buffer) => decode(responseType, bytes),
        request, new grpc.Metadata(), { deadline }, (error: ServiceError | null, response?: Response) => {
          if (error) reject(new Error(`rpc error: code = ${error.code} desc = ${error.details}`));
          else resolve(response as Response);
        });
    });
  }
}

/** A cipher whose keys are kept by a key management service; asked once a seed, not once an object. */
export function kmsCipher(settings: KmsSettings, clock: Clock = systemClock, random: Random = systemRandom): Prefixed {
  const service = new KmsConnection(settings, clock);
  const seeds = new Map<string, Uint8Array>();
  const asking = new Map<string, Promise<Uint8Array>>();
  let sealing: Sealing | undefined;
  let renewing: Promise<Sealing> | undefined;

  const renew = async (): Promise<Sealing> => {
    const status = await service.call('Status', statusRequest, statusResponse, {});
    if (status.healthz !== 'ok') throw new Error(`got unexpected healthz status: ${status.healthz}`);
    if (!['v2', 'v2beta1'].includes(status.version)) throw new Error(`expected KMSv2 API version v2, got ${status.version}`);
    if (sealing?.keyId === status.keyId) return (sealing = { ...sealing, checkedAt: clock.now() });
    const seed = random.bytes(SEED_BYTES);
    const made = await service.call('Encrypt', encryptRequest, encryptResponse, { plaintext: seed, uid: random.uuid() });
    return (sealing = { seed, sealedSeed: made.ciphertext, keyId: made.keyId, annotations: made.annotations, checkedAt: clock.now() });
  };

  const seedOf = async (stored: Envelope): Promise<Uint8Array> => {
    const { seed: ciphertext, keyId, annotations } = stored;
    const { plaintext } = await service.call('Decrypt', decryptRequest, decryptResponse, { ciphertext, uid: random.uuid(), keyId, annotations });
    if (seeds.size >= KNOWN_SEEDS) seeds.delete(seeds.keys().next().value as string);
    seeds.set(fingerprint(stored), plaintext);
    return plaintext;
  };

  /** A list's objects share a few seeds: each is asked for once, however many wait for it. */
  const sharedSeedOf = (stored: Envelope): Promise<Uint8Array> => {
    const name = fingerprint(stored);
    let asked = asking.get(name);
    if (!asked) asking.set(name, (asked = service.during(() => seedOf(stored)).finally(() => asking.delete(name))));
    return asked;
  };

  const seal = ({ seed, sealedSeed, keyId, annotations }: Sealing, plain: Uint8Array, key: string): Uint8Array => {
    const info = random.bytes(INFO_BYTES);
    const data = Buffer.concat([info, aesGcm(derivedKey(seed, info), random).seal(plain, key) as Uint8Array]);
    return encode(envelope, { data, keyId, seed: sealedSeed, annotations, seedType: DERIVED });
  };

  const cipher: Cipher = {
    seal(plain, key) {
      if (sealing && clock.now() - sealing.checkedAt < STATUS_MILLISECONDS) return seal(sealing, plain, key);
      renewing ??= service.during(renew).finally(() => { renewing = undefined; });
      return renewing.then((renewed) => seal(renewed, plain, key));
    },
    open(sealed, key) {
      const stored = decode(envelope, sealed);
      const unsealed = (seed: Uint8Array): { plain: Uint8Array; stale: boolean } => {
        const secret = stored.seedType === DERIVED ? derivedKey(seed, stored.data.subarray(0, INFO_BYTES)) : seed;
        const { plain } = aesGcm(secret, random).open(stored.seedType === DERIVED ? stored.data.subarray(INFO_BYTES) : stored.data, key) as { plain: Uint8Array };
        return { plain, stale: sealing !== undefined && sealing.keyId !== stored.keyId };
      };
      const known = sealing && Buffer.compare(sealing.sealedSeed, stored.seed) === 0 ? sealing.seed : seeds.get(fingerprint(stored));
      return known ? unsealed(known) : sharedSeedOf(stored).then(unsealed);
    },
  };
  return { prefix: `k8s:enc:kms:v2:${settings.name}:`, cipher, close: () => service.close() };
}

/** HKDF's second half with SHA-256, whose first block is all of an AES key. */
function derivedKey(seed: Uint8Array, info: Uint8Array): Uint8Array {
  return createHmac('sha256', seed).update(info).update(Uint8Array.of(1)).digest();
}

function fingerprint({ seed, keyId, annotations }: Envelope): string {
  const hash = createHash('sha256').update(`${keyId}\n`).update(seed);
  for (const { name, value } of annotations) hash.update(`\n${name}\n`).update(value);
  return hash.digest('base64');
}
