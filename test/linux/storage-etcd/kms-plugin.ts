/** A key management service of version 2 for tests, as a plugin would be: it encrypts with a key of its own that can be changed. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { decode, encode, message, type MessageType } from '../../../src/storage/etcd/wire.ts';

interface Annotation { name: string; value: Uint8Array }
interface Ciphertext { plaintext: Uint8Array; ciphertext: Uint8Array; keyId: string }

const annotation = message<Annotation>({ name: [1, 'string'], value: [2, 'bytes'] });
const status = message<{ version: string; healthz: string; keyId: string }>({ version: [1, 'string'], healthz: [2, 'string'], keyId: [3, 'string'] });
const encryptRequest = message<Pick<Ciphertext, 'plaintext'>>({ plaintext: [1, 'bytes'] });
const encryptResponse = message<Omit<Ciphertext, 'plaintext'> & { annotations: Annotation[] }>({ ciphertext: [1, 'bytes'], keyId: [2, 'string'], annotations: [3, annotation, 'repeated'] });
const decryptRequest = message<Omit<Ciphertext, 'plaintext'> & { annotations: Annotation[] }>({ ciphertext: [1, 'bytes'], keyId: [3, 'string'], annotations: [4, annotation, 'repeated'] });
const decryptResponse = message<Pick<Ciphertext, 'plaintext'>>({ plaintext: [1, 'bytes'] });

const NOTE = 'version.encryption.test';

export class KmsPlugin {
  calls = { encrypt: 0, decrypt: 0 };
  private readonly keys = new Map<string, Buffer>();
  private keyId = '';
  private readonly server = new grpc.Server();

  static async start(socket: string): Promise<KmsPlugin> {
    const plugin = new KmsPlugin();
    plugin.rotate('key-1');
    const method = (name: string): Pick<grpc.MethodDefinition<Buffer, Buffer>, 'path' | 'requestStream' | 'responseStream' | 'requestSerialize' | 'requestDeserialize' | 'responseSerialize' | 'responseDeserialize'> => {
      const same = (bytes: Buffer): Buffer => bytes;
      return { path: `/v2.KeyManagementService/${name}`, requestStream: false, responseStream: false, requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same };
    };
    const serve = <Request extends object, Response extends object>(request: MessageType<Request>, response: MessageType<Response>, answer: (given: Request) => Partial<Response>): grpc.handleUnaryCall<Buffer, Buffer> =>
      (call, reply) => {
        try {
          reply(null, encode(response, answer(decode(request, call.request))));
        } catch (error) {
          reply({ code: grpc.status.INTERNAL, details: (error as Error).message });
        }
      };
    plugin.server.addService({ Status: method('Status'), Encrypt: method('Encrypt'), Decrypt: method('Decrypt') }, {
      Status: serve(message<object>({}), status, () => ({ version: 'v2', healthz: 'ok', keyId: plugin.keyId })),
      Encrypt: serve(encryptRequest, encryptResponse, ({ plaintext }) => plugin.encrypt(plaintext)),
      Decrypt: serve(decryptRequest, decryptResponse, (request) => plugin.decrypt(request.keyId, request.ciphertext, request.annotations)),
    });
    await new Promise<void>((resolve, reject) => plugin.server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve())));
    return plugin;
  }

  rotate(keyId: string): void {
    this.keyId = keyId;
    this.keys.set(keyId, Buffer.alloc(32, keyId));
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private encrypt(plaintext: Uint8Array): { ciphertext: Uint8Array; keyId: string; annotations: Annotation[] } {
    this.calls.encrypt++;
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keys.get(this.keyId) as Buffer, nonce);
    return { ciphertext: Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]), keyId: this.keyId, annotations: [{ name: NOTE, value: Buffer.from('1') }] };
  }

  private decrypt(keyId: string, ciphertext: Uint8Array, annotations: Annotation[]): { plaintext: Uint8Array } {
    this.calls.decrypt++;
    const key = this.keys.get(keyId);
    if (!key) throw new Error(`no key ${keyId}`);
    if (annotations[0]?.name !== NOTE) throw new Error('the annotations did not come back');
    const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, 12)).setAuthTag(ciphertext.subarray(-16));
    return { plaintext: Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]) };
  }
}
