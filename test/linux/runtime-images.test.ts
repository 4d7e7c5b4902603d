import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { sleep } from '../../src/base/clock.ts';
import { listMounts, unmount } from '../../src/linux/mount.ts';
import { loadArchive } from '../../src/runtime/images/archive.ts';
import { sha256 } from '../../src/runtime/images/digest.ts';
import { collectGarbage, forgetNode } from '../../src/runtime/images/gc.ts';
import { createImageService } from '../../src/runtime/images/service.ts';
import { type ImageStore, createImageStore } from '../../src/runtime/images/store.ts';
import { unpackLayer } from '../../src/runtime/images/unpack.ts';
import { mountOverlay } from '../../src/runtime/runc/rootfs.ts';

const DATA = '/var/lib/naru/test-images';
const ALL = { highPercent: 0, lowPercent: 0, minimumAgeMilliseconds: 0 };
type TarEntry = Partial<Header> & { name: string; text?: string };

async function tarOf(entries: TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { text, ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, text ?? '');
  tar.finalize();
  return Buffer.concat(await Readable.from(tar).toArray() as Buffer[]);
}

/** An image of two layers, the upper of which removes and replaces. */
async function makeImage(compress: (data: Buffer) => Buffer) {
  const lower = await tarOf([{ name: 'etc/', type: 'directory', mode: 0o755 }, { name: 'etc/old', text: 'old' }, { name: 'etc/kept', text: 'kept' },
    { name: 'full/', type: 'directory', mode: 0o755 }, { name: 'full/a', text: 'a' }]);
  const upper = await tarOf([{ name: 'etc/.wh.old' }, { name: 'full/', type: 'directory', mode: 0o700 }, { name: 'full/.wh..wh..opq' }, { name: 'full/b', text: 'b' },
    { name: 'bin/su', text: 'x', mode: 0o4755, uid: 7, gid: 8 }, { name: 'bin/hard', type: 'link', linkname: 'bin/su' },
    { name: 'link', type: 'symlink', linkname: '/etc' }, { name: 'link/through', text: 'through' }, { name: 'pipe', type: 'fifo', mode: 0o600 }]);
  const config = Buffer.from(JSON.stringify({
    architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [sha256(lower), sha256(upper)] },
    config: { User: 'app', Entrypoint: ['/bin/su'], Cmd: ['-x'], Env: ['A=b'], WorkingDir: '/w', StopSignal: 'SIGINT' },
  }));
  const layers = [compress(lower), compress(upper)];
  const describeBlob = (data: Buffer, mediaType: string) => ({ mediaType, digest: sha256(data), size: data.length });
  const manifest = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: describeBlob(config, 'application/vnd.oci.image.config.v1+json'),
    layers: layers.map((layer) => describeBlob(layer, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  }));
  const index = Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [
      { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'1'.repeat(64)}`, size: 1, platform: { os: 'windows', architecture: 'amd64' } },
      { ...describeBlob(manifest, 'application/vnd.oci.image.manifest.v1+json'), platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch } },
    ],
  }));
  return { config, layers, manifest, index, plain: [lower, upper], id: sha256(config) };
}
type TestImage = Awaited<ReturnType<typeof makeImage>>;

/** Reads through a mount of the image's layers. */
async function inMounted<T>(store: ImageStore, id: string, look: (root: string) => T): Promise<T> {
  const image = await store.image(id);
  const target = `${DATA}/mounted`;
  await mkdir(target, { recursive: true });
  await mountOverlay({ layers: (image?.layers ?? []).map((name) => store.layerDirectory(name)), target });
  try {
    return look(target);
  } finally {
    unmount(target);
  }
}

describe('images', () => {
  let store: ImageStore, scratch: string;
  before(async () => {
    while (unmount(`${DATA}/mounted`));
    await rm(DATA, { recursive: true, force: true });
    scratch = await mkdtemp(join(tmpdir(), 'naru-images-test-'));
    store = await createImageStore(DATA);
  });
  after(async () => {
    assert.deepEqual(listMounts().filter(({ mountPoint }) => mountPoint.startsWith(`${DATA}/`)), []);
    await rm(DATA, { recursive: true, force: true });
    await rm(scratch, { recursive: true, force: true });
  });

  test('layers unpack to what the image means: whiteouts, opaque directories, links, modes, owners', async () => {
    const made = await makeImage((data) => gzipSync(data));
    const image = await store.add(made.config, made.layers.map((layer) => ({ digest: sha256(layer), open: async () => Readable.from([layer]) })));
    assert.equal(image.id, made.id);
    assert.deepEqual(image.config, { user: 'app', entrypoint: ['/bin/su'], command: ['-x'], environment: ['A=b'], workingDirectory: '/w', stopSignal: 'SIGINT' });
    await inMounted(store, image.id, (root) => {
      assert.deepEqual(readdirSync(`${root}/etc`).sort(), ['kept', 'through']);
      assert.deepEqual(readdirSync(`${root}/full`), ['b']);
      const program = lstatSync(`${root}/bin/su`);
      assert.equal(program.mode & 0o7777, 0o4755);
      assert.deepEqual([program.uid, program.gid, program.nlink], [7, 8, 2]);
      assert.ok(lstatSync(`${root}/pipe`).isFIFO());
      assert.equal(readFileSync(`${root}/etc/through`, 'utf8'), 'through');
    });
  });

  test('an image of very many layers can be mounted', async () => {
    const plain = await Promise.all(Array.from({ length: 120 }, (_, index) => tarOf([{ name: `file${index}`, text: 'x' }, { name: 'last', text: String(index) }])));
    const config = Buffer.from(JSON.stringify({ rootfs: { diff_ids: plain.map(sha256) } }));
    const image = await store.add(config, plain.map((layer) => ({ open: async () => Readable.from([layer]) })));
    await inMounted(store, image.id, (root) => {
      assert.equal(readdirSync(root).length, 121);
      assert.equal(readFileSync(`${root}/last`, 'utf8'), '119');
    });
  });

  test('a layer cannot write outside its directory', async () => {
    const target = `${scratch}/escape`;
    await mkdir(`${target}/layer`, { recursive: true });
    writeFileSync(`${target}/outside`, 'safe');
    for (const entries of [
      [{ name: '../outside', text: 'bad' }],
      [{ name: 'up', type: 'symlink', linkname: '..' }, { name: 'up/outside', text: 'bad' }],
      [{ name: 'abs', type: 'symlink', linkname: target }, { name: 'abs/outside', text: 'bad' }],
      [{ name: 'hard', type: 'link', linkname: '../outside' }, { name: 'hard', text: 'bad' }],
      [{ name: 'file', type: 'symlink', linkname: `${target}/outside` }, { name: 'file', text: 'bad' }],
    ] as TarEntry[][]) {
      await unpackLayer(Readable.from([await tarOf(entries)]), `${target}/layer`).catch(() => undefined);
      assert.equal(readFileSync(`${target}/outside`, 'utf8'), 'safe', JSON.stringify(entries));
    }
  });

  test('a layer that does not hold what the config says is refused and leaves nothing', async () => {
    const made = await makeImage((data) => data);
    const config = Buffer.from(made.config.toString().replace('"amd64"', '"other"').replace(sha256(made.plain[1] as Buffer), `sha256:${'2'.repeat(64)}`));
    await assert.rejects(store.add(config, made.layers.map((layer) => ({ open: async () => Readable.from([layer]) }))), /does not hold/);
    assert.equal(await store.image(sha256(config)), undefined);
    assert.deepEqual(readdirSync(`${DATA}/tmp`), []);
  });

  test('archives: docker save, OCI layout as folder and as compressed tar, zstd layers', async () => {
    const made = await makeImage((data) => zstdCompressSync(data));
    const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: ['app:one', 'localhost:5000/team/app:two'], Layers: ['l0/layer.tar', 'l1/layer.tar'] }]);
    const folder = `${scratch}/docker`;
    await layOut(folder, { 'manifest.json': manifest, 'config.json': made.config, 'l0/layer.tar': made.plain[0] as Buffer, 'l1/layer.tar': made.plain[1] as Buffer });
    await tarFolder(folder, `${scratch}/docker.tar`);
    assert.deepEqual((await loadArchive(store, `${scratch}/docker.tar`)).map(({ image, tags }) => [image.id, tags]),
      [[made.id, ['docker.io/library/app:one', 'localhost:5000/team/app:two']]]);
    const layout = `${scratch}/layout`;
    const files: Record<string, Buffer | string> = {
      'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
      'index.json': JSON.stringify({ manifests: [{ digest: sha256(made.index), size: made.index.length, annotations: { 'io.containerd.image.name': 'example.test/app:v1' } }] }),
    };
    for (const blob of [made.index, made.manifest, made.config, ...made.layers]) files[`blobs/sha256/${sha256(blob).slice(7)}`] = blob;
    await layOut(layout, files);
    for (const path of [layout, await tarFolder(layout, `${scratch}/layout.tar.gz`, 'z')]) {
      const [loaded] = await loadArchive(store, path);
      assert.equal(loaded?.image.id, made.id);
      assert.deepEqual(loaded?.tags, ['example.test/app:v1']);
    }
    await writeFile(`${scratch}/noise`, 'no archive at all');
    await assert.rejects(loadArchive(store, `${scratch}/noise`));
  });

  test('each node has its own view; what nobody has is collected, what a container holds is not', async () => {
    const made = await makeImage((data) => data);
    const folder = `${scratch}/docker`;
    const left = createImageService(store, { node: 'left' }), right = createImageService(store, { node: 'right' });
    await left.load(folder);
    assert.equal((await left.resolve('app:one'))?.id, made.id);
    assert.equal((await left.resolve(made.id.slice(7)))?.id, made.id);
    assert.equal(await right.resolve('app:one'), undefined);
    await right.tag(made.id, ['other:name']);
    await left.hold('container1', made.id);
    await assert.rejects(left.remove(made.id), /in use/);
    assert.deepEqual(await left.unused(), []);
    await left.release('container1');
    assert.deepEqual((await left.unused()).map(({ id }) => id), [made.id]);
    await left.hold('vanished.0', made.id);
    await left.releaseOthers(new Set(['container1']));
    assert.deepEqual((await left.unused()).map(({ id }) => id), [made.id]);
    assert.deepEqual((await left.reclaim(ALL)).removed, [], 'no registry would give it again');
    await left.remove(made.id);
    assert.ok(await store.image(made.id), 'the other node still has it');
    await forgetNode(store, 'right');
    const collected = await collectGarbage(store);
    assert.ok((collected?.layers ?? 0) >= 2);
    assert.deepEqual(readdirSync(`${DATA}/layers`), []);
    assert.deepEqual(readdirSync(`${DATA}/blobs/sha256`), []);
    const usage = await left.filesystemUsage();
    assert.ok(usage.capacityBytes > usage.availableBytes && usage.inodes > 0);
  });

  test('pull with a bearer token, from a registry that redirects to another host', async () => {
    const made = await makeImage((data) => gzipSync(data));
    const seen: string[] = [];
    const blobs = await serve((request, response) => {
      seen.push(`blob auth=${request.headers.authorization ?? 'none'}`);
      const digest = request.url?.slice(1) ?? '';
      response.end([made.config, ...made.layers].find((data) => sha256(data) === digest));
    });
    const registry: Server = await serve((request, response) => {
      const url = new URL(request.url ?? '', 'http://x');
      if (url.pathname === '/token') {
        const right = request.headers.authorization === `Basic ${Buffer.from('user:pass').toString('base64')}`;
        seen.push(`token scope=${url.searchParams.get('scope')} service=${url.searchParams.get('service')}`);
        response.writeHead(right ? 200 : 401).end(JSON.stringify({ token: 'opensesame' }));
      } else if (request.headers.authorization !== 'Bearer opensesame') {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="http://127.0.0.1:${port(registry)}/token",service="me",scope="repository:team/app:pull"` }).end();
      } else if (url.pathname === '/v2/team/app/manifests/v1') response.end(made.index);
      else if (url.pathname === `/v2/team/app/manifests/${sha256(made.manifest)}`) response.end(made.manifest);
      else if (url.pathname.startsWith('/v2/team/app/blobs/')) response.writeHead(307, { location: `http://127.0.0.1:${port(blobs)}/${url.pathname.split('/').at(-1)}` }).end();
      else response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    });
    try {
      const images = createImageService(store, { node: 'puller' });
      const name = `127.0.0.1:${port(registry)}/team/app`;
      const progress: string[] = [];
      await assert.rejects(images.pull(`${name}:v1`, []), { reason: 'ErrImagePull', message: /may require authorization/ });
      const info = await images.pull(`${name}:v1`, [{ username: 'wrong', password: 'no' }, { username: 'user', password: 'pass' }], (line) => progress.push(line));
      assert.equal(info.id, made.id);
      assert.deepEqual(info.repoTags, [`${name}:v1`]);
      assert.deepEqual(info.repoDigests, [`${name}@${sha256(made.index)}`]);
      assert.equal(progress.length, 2);
      assert.ok(seen.includes('token scope=repository:team/app:pull service=me'));
      assert.ok(seen.filter((line) => line.startsWith('blob')).every((line) => line === 'blob auth=none'));
      assert.equal((await images.resolve(`${name}@${sha256(made.index)}`))?.id, made.id);
      await assert.rejects(images.pull(`${name}:nope`, [{ username: 'user', password: 'pass' }]), { reason: 'ErrImagePull', message: /:nope: not found/ });
      await assert.rejects(images.pull('team/UPPER', []), { reason: 'InvalidImageName' });
      const free = await freePort();
      await assert.rejects(images.pull(`127.0.0.1:${free}/x`, []), { reason: 'RegistryUnavailable' });
      assert.deepEqual((await images.reclaim({ ...ALL, highPercent: 100 })).removed, []);
      assert.deepEqual((await images.reclaim(ALL)).removed, [made.id]);
      assert.equal(await images.resolve(`${name}:v1`), undefined);
    } finally {
      registry.close();
      blobs.close();
    }
  });

  test('damaged bytes from a registry are refused', async () => {
    const made = await makeImage((data) => gzipSync(data));
    const registry: Server = await serve((request, response) => {
      const path = request.url ?? '';
      if (path.includes('/manifests/')) return void response.end(made.manifest);
      const data = [made.config, ...made.layers].find((blob) => path.endsWith(sha256(blob))) ?? Buffer.alloc(0);
      response.end(data === made.layers[1] ? made.layers[0] : data);
    });
    try {
      const images = createImageService(store, { node: 'puller' });
      await assert.rejects(images.pull(`127.0.0.1:${port(registry)}/app`, []), { reason: 'ErrImagePull', message: /damaged/ });
      assert.deepEqual(await images.list(), []);
    } finally {
      registry.close();
    }
  });

  test('a registry\'s name can be answered by a mirror', async () => {
    const made = await makeImage((data) => data);
    const mirror: Server = await serve((request, response) => {
      const path = request.url ?? '';
      if (path === '/v2/team/app/manifests/v1') return void response.end(made.manifest);
      response.end([made.config, ...made.layers].find((blob) => path === `/v2/team/app/blobs/${sha256(blob)}`));
    });
    try {
      await writeFile(`${DATA}/registries.json`, JSON.stringify({ 'registry.test': { url: `http://127.0.0.1:${port(mirror)}` } }));
      const images = createImageService(store, { node: 'mirrored' });
      const info = await images.pull('registry.test/team/app:v1', []);
      assert.deepEqual(info.repoTags, ['registry.test/team/app:v1']);
      await images.remove(info.id);
    } finally {
      await rm(`${DATA}/registries.json`, { force: true });
      mirror.close();
    }
  });

  test('a download that breaks off fails and leaves nothing', async () => {
    const made = await makeImage((data) => data);
    const registry: Server = await serve((request, response) => {
      const path = request.url ?? '';
      if (path.includes('/manifests/')) return void response.end(made.manifest);
      const data = [made.config, ...made.layers].find((blob) => path.endsWith(sha256(blob))) ?? Buffer.alloc(0);
      if (data !== made.layers[1]) return void response.end(data);
      response.writeHead(200, { 'content-length': data.length });
      response.write(data.subarray(0, 700), () => setTimeout(() => response.destroy(), 20));
    });
    try {
      const images = createImageService(store, { node: 'puller' });
      await assert.rejects(images.pull(`127.0.0.1:${port(registry)}/app`, []), { reason: 'ErrImagePull' });
      assert.deepEqual(readdirSync(`${DATA}/tmp`), []);
      assert.equal(await store.image(made.id), undefined);
    } finally {
      registry.close();
    }
  });

  test('Debian\'s docker-registry, with a password', async () => {
    const made = await makeImage((data) => gzipSync(data));
    const registry = await startRegistry(`${scratch}/registry`);
    try {
      const authorization = `Basic ${Buffer.from('user:secret').toString('base64')}`;
      const base = `http://127.0.0.1:${registry.port}/v2/team/app`;
      for (const blob of [made.config, ...made.layers]) {
        const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
        const location = new URL(begun.headers.get('location') ?? '', base);
        location.searchParams.set('digest', sha256(blob));
        const stored = await fetch(location, { method: 'PUT', body: new Uint8Array(blob), headers: { authorization, 'content-type': 'application/octet-stream' } });
        assert.equal(stored.status, 201);
      }
      const pushed = await fetch(`${base}/manifests/v1`, {
        method: 'PUT', body: new Uint8Array(made.manifest), headers: { authorization, 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      });
      assert.equal(pushed.status, 201);
      const images = createImageService(store, { node: 'puller' });
      const name = `localhost:${registry.port}/team/app:v1`;
      await assert.rejects(images.pull(name, []), { reason: 'ErrImagePull' });
      assert.equal((await images.pull(name, [{ username: 'user', password: 'secret' }])).id, made.id);
      await inMounted(store, made.id, (root) => assert.deepEqual(readdirSync(`${root}/full`), ['b']));
    } finally {
      registry.child.kill();
      await once(registry.child, 'exit');
    }
  });
});

async function layOut(folder: string, files: Record<string, Buffer | string>): Promise<void> {
  for (const [name, data] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), data);
  }
}
async function tarFolder(folder: string, target: string, flags = ''): Promise<string> {
  const child = spawn('tar', [`-c${flags}f`, target, '-C', folder, '.'], { stdio: 'ignore' });
  await once(child, 'exit');
  return target;
}
async function serve(handler: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(handler as Exclude<typeof handler, undefined>).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

async function startRegistry(directory: string): Promise<{ child: ChildProcess; port: number }> {
  const listen = await freePort();
  await mkdir(directory, { recursive: true });
  // The password is `secret`.
  await writeFile(`${directory}/htpasswd`, 'user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n');
  await writeFile(`${directory}/config.yml`, JSON.stringify({
    version: 0.1, storage: { filesystem: { rootdirectory: `${directory}/data` } }, http: { addr: `127.0.0.1:${listen}` },
    auth: { htpasswd: { realm: 'test', path: `${directory}/htpasswd` } },
  }));
  const child = spawn('docker-registry', ['serve', `${directory}/config.yml`], { stdio: 'ignore' });
  for (let attempt = 0; attempt < 200; attempt++) {
    if (await fetch(`http://127.0.0.1:${listen}/v2/`).then((response) => response.status === 401, () => false)) return { child, port: listen };
    await sleep(25);
  }
  child.kill();
  throw new Error('docker-registry does not answer');
}
