import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageBuildConfig, ImageFiles } from '../src/runtime/images/image-builder.ts';
import { IMAGES, KIT } from './cache.ts';
import { ImageLayout } from './image-layout.ts';
import { addPackaged, addTree, packaged, runPackaged } from './packages.ts';
import { moduleFolder, program } from './programs.ts';

/**
 * What e2e.test is told about registries: every image is `localhost/...` and made here, so no test reaches outside. `localhost:1`
 * answers nobody, for tests that expect a pull to fail.
 */
export const REGISTRIES = {
  promoterE2eRegistry: 'localhost/e2e-test-images', buildImageRegistry: 'localhost/build-image', gcEtcdRegistry: 'localhost', gcRegistry: 'localhost',
  sigStorageRegistry: 'localhost/sig-storage', dockerLibraryRegistry: 'localhost/library', cloudProviderGcpRegistry: 'localhost/cloud-provider-gcp',
  invalidRegistry: 'localhost:1/invalid', privateRegistry: 'localhost:1/k8s-authenticated-test',
};

const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PASSWD = `root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
user-defined-in-image:x:1000:1000::/home:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`;
const GROUP = `root:x:0:
www-data:x:33:
user-defined-in-image:x:1000:
group-defined-in-image:x:50000:user-defined-in-image
nogroup:x:65534:
`;
const NGINX = `user nobody nogroup;
pid /tmp/nginx.pid;
error_log /dev/stderr;
events {}
http {
  include mime.types;
  access_log /dev/stdout;
  server { listen 80; root /usr/share/nginx/html; }
}
`;
const LOOKUP_TOOLS = ['/usr/bin/dig', '/usr/bin/nslookup', '/usr/bin/host', '/usr/bin/getent'];
const NETWORK_TOOLS = ['/bin/nc.openbsd', '/usr/bin/curl', '/bin/ip', '/bin/ss', '/usr/bin/socat', '/usr/bin/iperf'];

/** Makes the images anew when what they are made of has changed. */
export async function makeImages(say: (message: string) => void): Promise<void> {
  const stamp = join(IMAGES, 'made-from');
  const wanted = await ingredients();
  if (await readFile(stamp, 'utf8').catch(() => '') === wanted) return;
  say('making the test images');
  await rm(IMAGES, { recursive: true, force: true });
  await mkdir(IMAGES, { recursive: true });
  const layout = new ImageLayout(IMAGES);
  const upstream = join(await moduleFolder('k8s.io/kubernetes'), 'test', 'images');
  await makeSmallImages(layout);
  await makeAgnhostImages(layout, upstream);
  await layout.finish();
  await writeFile(stamp, wanted);
}

async function ingredients(): Promise<string> {
  const own = await Promise.all(['images.ts', 'image-layout.ts', 'packages.ts'].map((file) => readFile(join(KIT, file), 'utf8')));
  const programs = await Promise.all(['agnhost', 'nnp', 'sample-apiserver', 'pause', 'shell', 'etcd', 'etcdctl'].map(async (name) => (await stat(program(name))).mtimeMs));
  return JSON.stringify([own, programs]);
}

async function makeSmallImages(layout: ImageLayout): Promise<void> {
  const base = await system();
  const image = (names: string[], files: ImageFiles, config: ImageBuildConfig): Promise<void> => layout.add(names, [base, files], { WorkingDir: '/', Env: [PATH], ...config });
  const pause: ImageFiles = new Map();
  await addTree(pause, program('pause'), 'pause', 0o755);
  await layout.add(['pause:3.10.2'], [pause], { WorkingDir: '/', Env: [PATH], Entrypoint: ['/pause'] });
  await layout.add(['e2e-test-images/busybox:1.37.0-2', 'e2e-test-images/busybox:1.36.1-1'], [base], { WorkingDir: '/', Env: [PATH], Cmd: ['sh'] });

  const privileges: ImageFiles = new Map();
  await addTree(privileges, program('nnp'), 'usr/local/bin/nnp', 0o6755);
  await image(['e2e-test-images/nonewprivs:1.4'], privileges, { Cmd: ['nnp'] });

  const nginx: ImageFiles = new Map();
  await addPackaged(nginx, '/usr/sbin/nginx');
  nginx.set('etc/nginx/nginx.conf', text(NGINX));
  await addTree(nginx, packaged('/etc/nginx/mime.types'), 'etc/nginx/mime.types');
  await addTree(nginx, packaged('/usr/share/nginx/html'), 'usr/share/nginx/html');
  for (const directory of ['var/lib/nginx', 'var/log/nginx']) nginx.set(directory, { directory: 0o755 });
  await image(['e2e-test-images/nginx:1.27.0-2', 'e2e-test-images/nginx:1.28.0-2'], nginx, { Cmd: ['nginx', '-g', 'daemon off;'] });

  const lookups: ImageFiles = new Map();
  await addPackaged(lookups, ...LOOKUP_TOOLS);
  await image(['e2e-test-images/glibc-dns-testing:2.1.1'], lookups, { Cmd: ['sh'] });

  const server: ImageFiles = new Map();
  await addTree(server, program('sample-apiserver'), 'sample-apiserver', 0o755);
  await image(['e2e-test-images/sample-apiserver:1.29.2'], server, { Entrypoint: ['/sample-apiserver'] });
  const store: ImageFiles = new Map();
  for (const name of ['etcd', 'etcdctl']) await addTree(store, program(name), `usr/local/bin/${name}`, 0o755);
  await image(['etcd:3.7.0-0'], store, { Entrypoint: ['/usr/local/bin/etcd'] });
}

async function makeAgnhostImages(layout: ImageLayout, upstream: string): Promise<void> {
  const base = await system();
  const agnhost: ImageFiles = new Map();
  await addTree(agnhost, program('agnhost'), 'agnhost', 0o755);
  agnhost.set('agnhost-2', { link: 'agnhost' });
  for (const name of ['localhost.crt', 'localhost.key']) await addTree(agnhost, join(upstream, 'agnhost', 'porter', name), name);
  agnhost.set('uploads', { directory: 0o755 });
  await addPackaged(agnhost, ...NETWORK_TOOLS, ...LOOKUP_TOOLS);
  // Instead of busybox's.
  for (const [path, target] of [['usr/bin/nc', '/bin/nc.openbsd'], ['bin/nc', '/bin/nc.openbsd'], ['sbin/ip', '/bin/ip']] as const) agnhost.set(path, { link: target });

  const config = { WorkingDir: '/', Env: [PATH], Entrypoint: ['/agnhost'] };
  await layout.add(['e2e-test-images/agnhost:2.66.1', 'e2e-test-images/agnhost:2.55'], [base, agnhost], { ...config, Cmd: ['pause'] });
  for (const name of ['kitten', 'nautilus']) {
    const page: ImageFiles = new Map();
    await addTree(page, join(upstream, name, 'html'), '');
    await layout.add([`e2e-test-images/${name}:1.8`], [base, agnhost, page], { ...config, Cmd: ['test-webserver'] });
  }
}

/** busybox under all its names, bash, accounts. */
async function system(): Promise<ImageFiles> {
  const files: ImageFiles = new Map();
  const applets = (await runPackaged('/bin/busybox', false, '--list')).split('\n').filter(Boolean);
  for (const applet of applets) files.set(`bin/${applet}`, { link: 'busybox' });
  await addPackaged(files, '/bin/bash', '/bin/busybox');
  await addTree(files, program('shell'), 'bin/sh', 0o755);
  files.set('etc/passwd', text(PASSWD));
  files.set('etc/group', text(GROUP));
  files.set('etc/nsswitch.conf', text('hosts: files dns\n'));
  // A test of image volumes looks for upstream's base, by name, in this file.
  files.set('etc/os-release', text('NAME="test image of naru, where upstream has Alpine Linux"\n'));
  for (const directory of ['root', 'home', 'run', 'var/run']) files.set(directory, { directory: 0o755 });
  files.set('tmp', { directory: 0o1777 });
  return files;
}

function text(data: string): { data: Buffer; mode: number } {
  return { data: Buffer.from(data), mode: 0o644 };
}
