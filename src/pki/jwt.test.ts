import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { CompactSign } from 'jose/jws/compact/sign';
import { newKey } from './certificate.ts';
import { createTokenSigner, createTokenVerifier, decodeClaims } from './jwt.ts';

const publicPem = (key: ReturnType<typeof newKey>): string => key.publicKey.export({ type: 'spki', format: 'pem' }) as string;

test('a signed token verifies and gives its claims back', async () => {
  const key = newKey();
  const token = await createTokenSigner(key.privateKeyPem).sign({ iss: 'me', sub: 'you' });
  assert.deepEqual(await createTokenVerifier([publicPem(key)]).verify(token), { iss: 'me', sub: 'you' });
  assert.deepEqual(decodeClaims(token), { iss: 'me', sub: 'you' });
});

test('earlier keys still verify, foreign keys and changed tokens do not', async () => {
  const [old, current, foreign] = [newKey(), newKey(), newKey()];
  const verifier = createTokenVerifier([publicPem(current), publicPem(old)]);
  const token = await createTokenSigner(old.privateKeyPem).sign({ sub: 'a' });
  assert.deepEqual(await verifier.verify(token), { sub: 'a' });
  await assert.rejects(createTokenSigner(foreign.privateKeyPem).sign({ sub: 'a' }).then((made) => verifier.verify(made)));
  const [header, , signature] = token.split('.');
  await assert.rejects(verifier.verify([header, Buffer.from('{"sub":"b"}').toString('base64url'), signature].join('.')));
  await assert.rejects(verifier.verify(`${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`));
});

test('a token that names no key may be of any', async () => {
  const [old, current, foreign] = [newKey(), newKey(), newKey()];
  const verifier = createTokenVerifier([publicPem(current), publicPem(old)]);
  const nameless = (key: typeof old): Promise<string> =>
    new CompactSign(Buffer.from('{"sub":"a"}')).setProtectedHeader({ alg: 'ES256' }).sign(createPrivateKey(key.privateKeyPem));
  assert.deepEqual(await verifier.verify(await nameless(old)), { sub: 'a' });
  assert.deepEqual(await verifier.verify(await nameless(current)), { sub: 'a' });
  await assert.rejects(nameless(foreign).then((made) => verifier.verify(made)));
});

test('RSA keys sign RS256 and are published as a JWK', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const token = await createTokenSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string).sign({ sub: 'a' });
  const verifier = createTokenVerifier([publicKey.export({ type: 'spki', format: 'pem' }) as string]);
  assert.deepEqual(await verifier.verify(token), { sub: 'a' });
  const [jwk] = verifier.publicKeys();
  assert.equal(jwk?.alg, 'RS256');
  assert.ok(jwk?.['n'] && jwk.kid && !jwk['d']);
});

test('what is no JWT has no claims', () => {
  assert.equal(decodeClaims('abc'), undefined);
  assert.equal(decodeClaims('a.b.c'), undefined);
});
