import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { storageConformance } from '../conformance.ts';
import { openMemoryStorage } from '../memory/memory-storage.ts';
import type { StoreEvent } from '../storage.ts';
import { rulesFrom, ruleFor, type Provider } from './configuration.ts';
import { EncryptedStorage } from './encrypted-storage.ts';
import { callTimeout } from './kms.ts';

const secretOf = (bytes: number, fill: number): string => Buffer.alloc(bytes, fill).toString('base64');
const key = (name: string, bytes = 32, fill = 7) => ({ name, secret: secretOf(bytes, fill) });
const document = (providers: Provider[], resources = ['secrets']) => ({
  apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources, providers }],
});
const rules = (providers: Provider[], resources?: string[]) => rulesFrom(document(providers, resources), { random: systemRandom });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);
const resourceOf = (path: string): string | undefined => path.split('/')[2];
const KEY = '/registry/secrets/default/a';

for (const provider of [{ aesgcm: { keys: [key('k')] } }, { secretbox: { keys: [key('k')] } }] satisfies Provider[]) {
  storageConformance(`encrypted (${Object.keys(provider)[0]})`, async () => {
    const rule = await rules([provider], ['*.*']);
    return { open: async () => new EncryptedStorage(openMemoryStorage(), rule, () => 'secrets') };
  });
}

describe('encryption at rest', () => {
  const PROVIDERS: [string, Provider][] = [
    ['k8s:enc:aesgcm:v1:one:', { aesgcm: { keys: [key('one')] } }], ['k8s:enc:aesgcm:v1:one:', { aesgcm: { keys: [key('one', 16)] } }],
    ['k8s:enc:aescbc:v1:one:', { aescbc: { keys: [key('one')] } }], ['k8s:enc:aescbc:v1:one:', { aescbc: { keys: [key('one', 24)] } }],
    ['k8s:enc:secretbox:v1:one:', { secretbox: { keys: [key('one')] } }],
  ];

  for (const [prefix, provider] of PROVIDERS) {
    it(`${prefix} with ${JSON.stringify(provider).length} characters of configuration: seals, marks and opens`, async () => {
      const inner = openMemoryStorage();
      const storage = new EncryptedStorage(inner, await rules([provider]), resourceOf);
      await storage.put(KEY, bytes('a secret of some length'), {});
      const stored = (await inner.get(KEY))?.value;
      assert.ok(text(stored).startsWith(prefix));
      assert.ok(!text(stored).includes('secret of'));
      // By somebody who was not there when it was written.
      const later = new EncryptedStorage(inner, await rules([provider]), resourceOf);
      assert.equal(text((await later.get(KEY))?.value), 'a secret of some length');
      assert.equal((await later.get(KEY))?.stale, undefined);
    });
  }

  it('leaves other resources as they are', async () => {
    const inner = openMemoryStorage();
    const storage = new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('k')] } }]), resourceOf);
    await storage.put('/registry/configmaps/default/a', bytes('open'), {});
    assert.equal(text((await inner.get('/registry/configmaps/default/a'))?.value), 'open');
  });

  it('binds aesgcm to the place in the store', async () => {
    const inner = openMemoryStorage();
    const storage = new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('k')] } }]), resourceOf);
    await storage.put(KEY, bytes('mine'), {});
    await inner.put('/registry/secrets/other/a', new Uint8Array((await inner.get(KEY))?.value as Uint8Array), {});
    assert.match(String((await storage.get('/registry/secrets/other/a'))?.unreadable), /message authentication failed/);
  });

  it('reads with every key, writes with the first, and says what is to be written again', async () => {
    const inner = openMemoryStorage();
    const old: Provider = { aescbc: { keys: [key('old', 32, 1)] } };
    await new EncryptedStorage(inner, await rules([{ identity: {} }]), resourceOf).put(`${KEY}0`, bytes('plain'), {});
    await new EncryptedStorage(inner, await rules([old]), resourceOf).put(KEY, bytes('x'), {});
    const storage = new EncryptedStorage(inner, await rules([{ secretbox: { keys: [key('new')] } }, old, { identity: {} }]), resourceOf);
    const before = (await storage.range({ prefix: '/registry/secrets/' })).entries;
    assert.deepEqual(before.map(({ value, stale }) => [text(value), stale]), [['x', true], ['plain', true]]);
    await storage.put(KEY, bytes('x'), {});
    assert.equal((await storage.get(KEY))?.stale, undefined);
    assert.ok(text((await inner.get(KEY))?.value).startsWith('k8s:enc:secretbox:v1:new:'));
  });

  it('tries all keys of one name', async () => {
    const inner = openMemoryStorage();
    await new EncryptedStorage(inner, await rules([{ aescbc: { keys: [key('k', 32, 1)] } }]), resourceOf).put(KEY, bytes('x'), {});
    const storage = new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('k', 32, 2)] } }, { aescbc: { keys: [key('k', 32, 2)] } }, { aescbc: { keys: [key('k', 32, 1)] } }]), resourceOf);
    assert.equal(text((await storage.get(KEY))?.value), 'x');
  });

  it('names the reason when keys are missing, and shows the others', async () => {
    const inner = openMemoryStorage();
    await new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('gone', 32, 1)] } }]), resourceOf).put(KEY, bytes('x'), {});
    const attempts: Provider[][] = [[{ identity: {} }], [{ secretbox: { keys: [key('k')] } }], [{ aesgcm: { keys: [key('k')] } }]];
    const reasons = await Promise.all(attempts.map(async (providers) => {
      const storage = new EncryptedStorage(inner, await rules(providers), resourceOf);
      return (await storage.get(KEY))?.unreadable?.message;
    }));
    assert.deepEqual(reasons, [
      'identity transformer tried to read encrypted data', 'no matching prefix found', 'no matching key was found for the provided AES transformer',
    ].map((reason) => `data from the storage is not transformable revision=0: ${reason}`));
  });

  it('ends watches when keys change, and reads with the new ones', async () => {
    const inner = openMemoryStorage();
    const storage = new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('a', 32, 1)] } }]), resourceOf);
    let ended: Error | undefined;
    const told: StoreEvent[] = [];
    storage.watch('/registry/', storage.revision(), { events: (events) => { told.push(...events); }, ended: (error) => { ended = error; } });
    await storage.put(KEY, bytes('x'), {});
    await storage.put(KEY, bytes('y'), {});
    assert.deepEqual(told.map(({ entry, previous }) => [text(entry.value), previous && text(previous.value)]), [['x', undefined], ['y', 'x']]);
    storage.changeRules(await rules([{ aesgcm: { keys: [key('b', 32, 2), key('a', 32, 1)] } }]));
    assert.match(String(ended), /configuration was changed/);
    assert.ok((await new EncryptedStorage(inner, await rules([{ aesgcm: { keys: [key('b', 32, 2), key('a', 32, 1)] } }]), resourceOf).get(KEY))?.stale);
  });
});

describe('encryption configuration', () => {
  it('picks the first rule that fits, wildcards too', async () => {
    const providers = [{ identity: {} }];
    const list = await rulesFrom({
      apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration',
      resources: [['secrets'], ['deployments.apps'], ['*.apps'], ['*.'], ['*.*']].map((resources) => ({ resources, providers })),
    }, { random: systemRandom });
    const which = ['secrets', 'deployments.apps', 'daemonsets.apps', 'configmaps', 'pandas.bears.example'].map((resource) => list.indexOf(ruleFor(list, resource) as never));
    assert.deepEqual(which, [0, 1, 2, 3, 4]);
    assert.equal(ruleFor(await rules(providers, ['secrets']), 'configmaps'), undefined);
  });

  const refused: [string, unknown, RegExp][] = [
    ['another kind', { apiVersion: 'v1', kind: 'Pod' }, /no kind "Pod"/],
    ['no providers', document([]), /providers: Required value/],
    ['a short key', document([{ aescbc: { keys: [key('k', 7)] } }]), /secret is not of the expected length, got 7, expected one of \[16 24 32\]/],
    ['a key that is no base64', document([{ aesgcm: { keys: [{ name: 'k', secret: '!' }] } }]), /base64/],
    ['a key without name', document([{ secretbox: { keys: [{ secret: secretOf(32, 1) }] } }]), /name is a mandatory field/],
    ['two providers in one', document([{ identity: {}, aescbc: { keys: [key('k')] } }]), /more than one provider/],
    ['a bare star', document([{ identity: {} }], ['*']), /use '\*\.' to encrypt/],
    ['overlapping resources', document([{ identity: {} }], ['secrets', '*.']), /overlapping/],
    ['a masked rule', { ...document([{ identity: {} }]), resources: [['*.*'], ['secrets']].map((resources) => ({ resources, providers: [{ identity: {} }] })) }, /masked by earlier rule/],
    ['KMS version 1', document([{ kms: { name: 'k', endpoint: 'unix:///x' } }]), /expected providers|KMSv1 is deprecated/],
  ];
  for (const [what, given, message] of refused) {
    it(`refuses ${what}`, async () => { await assert.rejects(rulesFrom(given, { random: systemRandom }), message); });
  }
});

it('a key management service may take as long as its settings say, in any unit of Go', () => {
  assert.deepEqual([undefined, '5s', '500ms', '1m30s'].map((timeout) => callTimeout({ timeout })), [3000, 5000, 500, 90_000]);
});
