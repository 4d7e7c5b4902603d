import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressionOf } from './decompress.ts';
import { chainIds, sha256 } from './digest.ts';
import { imagesToRemove } from './gc.ts';
import { choosePlatform } from './manifest.ts';
import { type NodeImages, nameImage } from './node-view.ts';
import { parseReference, tagName } from './reference.ts';
import { parseChallenge } from './registry.ts';
import { safeName } from './unpack.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test('names are made whole as Docker makes them', () => {
  const whole = (text: string): string | undefined => tagName(parseReference(text));
  assert.equal(whole('nginx'), 'docker.io/library/nginx:latest');
  assert.equal(whole('team/app:1'), 'docker.io/team/app:1');
  assert.equal(whole('localhost/x:tag'), 'localhost/x:tag');
  assert.equal(whole('localhost:5000/x'), 'localhost:5000/x:latest');
  assert.equal(whole('registry.k8s.io/e2e-test-images/agnhost:2.53'), 'registry.k8s.io/e2e-test-images/agnhost:2.53');
  assert.equal(whole('host.test:443/a/b/c'), 'host.test:443/a/b/c:latest');
  assert.equal(whole('index.docker.io/busybox'), 'docker.io/library/busybox:latest');
});

test('digests: alone they leave no tag, beside a tag both stay', () => {
  assert.deepEqual(parseReference(`app@${DIGEST}`), { domain: 'docker.io', path: 'library/app', name: 'docker.io/library/app', digest: DIGEST });
  assert.equal(parseReference(`app:v1@${DIGEST}`).tag, 'v1');
});

test('what is no name is refused', () => {
  for (const text of ['', ' ', 'Team/App/X y', 'a/UPPER', 'app:', 'app:-x', 'app@sha256:12', 'a//b', '-a/b', `${'a'.repeat(260)}`, 'http://x/y']) {
    assert.throws(() => parseReference(text), { reason: 'InvalidImageName' }, text);
  }
});

test('a layer\'s name depends on those below it', () => {
  const [first, second] = chainIds(['sha256:1', 'sha256:2']);
  assert.equal(first, 'sha256:1');
  assert.equal(second, sha256('sha256:1 sha256:2'));
});

test('the entry for this machine is chosen from an index', () => {
  const entry = (os: string, architecture: string) => ({ digest: `${os}/${architecture}`, size: 1, platform: { os, architecture } });
  const list = [entry('windows', 'amd64'), entry('linux', 'arm64'), entry('linux', 'amd64')];
  assert.equal(choosePlatform(list, 'x64')?.digest, 'linux/amd64');
  assert.equal(choosePlatform(list, 'arm64')?.digest, 'linux/arm64');
  assert.equal(choosePlatform(list, 's390x'), undefined);
});

test('compression is seen from the first bytes', () => {
  assert.deepEqual([[0x1f, 0x8b], [0x28, 0xb5, 0x2f, 0xfd], [0x65, 0x74]].map((bytes) => compressionOf(Uint8Array.from(bytes))), ['gzip', 'zstd', 'none']);
});

test('a challenge\'s scheme and values', () => {
  assert.deepEqual(parseChallenge('Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"'),
    { scheme: 'bearer', values: { realm: 'https://a/t', service: 's', scope: 'repository:x:pull,push' } });
  assert.equal(parseChallenge('Basic realm="x"').scheme, 'basic');
});

test('names in archives become relative and never lead up', () => {
  assert.equal(safeName('/./a//b/'), 'a/b');
  assert.throws(() => safeName('a/../../b'));
});

test('a tag moves to the image that got it last', () => {
  const images: NodeImages = {};
  nameImage(images, 'one', ['a:1'], [], 5);
  nameImage(images, 'two', ['a:1'], ['a@x'], 6);
  assert.deepEqual(images, { one: { tags: [], digests: [], lastUsed: 5 }, two: { tags: ['a:1'], digests: ['a@x'], lastUsed: 6 } });
});

test('images are removed from the longest unused on, until the disk is below the lower mark', () => {
  const unused = [{ id: 'old', lastUsed: 0, size: 10 }, { id: 'fresh', lastUsed: 95, size: 50 }, { id: 'later', lastUsed: 10, size: 10 }, { id: 'last', lastUsed: 20, size: 10 }];
  const thresholds = { highPercent: 85, lowPercent: 70, minimumAgeMilliseconds: 20 };
  assert.deepEqual(imagesToRemove(unused, { capacityBytes: 100, availableBytes: 16 }, thresholds, 100), { ids: [], missingBytes: 0 });
  assert.deepEqual(imagesToRemove(unused, { capacityBytes: 100, availableBytes: 14 }, thresholds, 100), { ids: ['old', 'later'], missingBytes: 0 });
  assert.deepEqual(imagesToRemove(unused, { capacityBytes: 100, availableBytes: 0 }, thresholds, 25), { ids: ['old'], missingBytes: 20 });
});
