import { chmod, lstat, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hasCode } from '../../linux/libc.ts';
import { bindMount } from '../../linux/mount.ts';
import { type ResolvedUser, parseGroup, parsePasswd, resolveUser } from '../../linux/passwd.ts';
import type { ContainerConfig, ImageInfo, Mount, Sandbox } from '../runtime.ts';
import { type NodeFacts, type OciDevice, buildSpec } from './oci-spec.ts';
import type { ContainerPaths, SandboxPaths } from './paths.ts';
import { joinInside, makeDirectories, mountOverlay, readInside } from './rootfs.ts';
import type { SeccompProfile } from './seccomp.ts';

/** Where the runtime gets root file systems from; `images/` implements it. */
export interface ImageSource {
  resolve(reference: string): Promise<ImageInfo | undefined>;
  /** Absolute directories of the unpacked layers, the topmost first. */
  layers(imageId: string): Promise<string[]>;
  /** Keeps the image's layers from being removed while `holder` (a container) exists. */
  hold(holder: string, imageId: string): Promise<void>;
  release(holder: string): Promise<void>;
  /** Releases what holders other than these held: containers that vanished with the machine's uptime. */
  releaseOthers(holders: Set<string>): Promise<void>;
}

export interface BundleRequest {
  config: ContainerConfig; sandbox: Sandbox; files: ContainerPaths; sandboxFiles: SandboxPaths; node: NodeFacts; images: ImageSource;
  /** Process id of the container whose PID namespace is joined. */
  targetPid?: number;
}

/** Mounts the container's root and writes its OCI bundle. */
export async function prepareBundle(request: BundleRequest): Promise<ImageInfo> {
  const { config, sandbox, files, sandboxFiles, images } = request;
  const image = await images.resolve(config.imageId);
  if (!image) throw new Error(`image ${config.imageId} is not present`);
  await images.hold(config.id, image.id);
  await makeDirectories(files.directory, files.persist, files.rootfs, files.upper, files.work);
  // The container's own root directory has the mode of this one.
  await chmod(files.upper, 0o755);
  await mountOverlay({ layers: await images.layers(image.id), target: files.rootfs, writable: { upper: files.upper, work: files.work } });
  const mounts = await settleMounts(config, files, images);
  const spec = buildSpec({
    container: config, sandbox: sandbox.config, image, rootPath: files.rootfs, mounts, node: request.node,
    namespaces: namespacePaths(request),
    sharedMemoryPath: sandbox.config.hostIPC ? '/dev/shm' : sandboxFiles.sharedMemory,
    user: await userOf(config, image, files.rootfs),
    devices: config.security.privileged ? await nodeDevices() : await requestedDevices(config),
    ...(config.security.seccomp.type === 'Localhost' ? { localhostSeccomp: await readProfile(config.security.seccomp.path) } : {}),
  });
  await writeFile(files.spec, JSON.stringify(spec));
  return image;
}

function namespacePaths({ sandbox: { config }, sandboxFiles, targetPid }: BundleRequest): { network?: string; ipc?: string; uts?: string; pid?: string } {
  const pid = targetPid !== undefined ? `/proc/${targetPid}/ns/pid`
    : config.shareProcessNamespace && !config.hostPID ? sandboxFiles.pid : undefined;
  return {
    ...(config.hostNetwork ? {} : { network: sandboxFiles.network, uts: sandboxFiles.uts }),
    ...(config.hostIPC ? {} : { ipc: sandboxFiles.ipc }),
    ...(pid === undefined ? {} : { pid }),
  };
}

async function userOf({ security }: ContainerConfig, image: ImageInfo, root: string): Promise<ResolvedUser> {
  const passwd = parsePasswd(await readInside(root, '/etc/passwd'));
  const groups = parseGroup(await readInside(root, '/etc/group'));
  const chosen = security.user !== undefined ? String(security.user) : security.userName;
  const resolved = resolveUser(chosen ?? image.user ?? '', passwd, groups);
  return security.group === undefined ? resolved : { ...resolved, gid: security.group };
}

async function settleMounts(config: ContainerConfig, files: ContainerPaths, images: ImageSource): Promise<Mount[]> {
  const settled: Mount[] = [];
  for (const [index, entry] of config.mounts.entries()) {
    settled.push(entry.imageReference === undefined ? entry : { ...entry, hostPath: await mountImage(entry, index, files, images), readOnly: true });
  }
  return settled;
}

async function mountImage(entry: Mount, index: number, files: ContainerPaths, images: ImageSource): Promise<string> {
  const image = await images.resolve(entry.imageReference as string);
  if (!image) throw new Error(`image ${entry.imageReference} is not present`);
  const target = `${files.imageMounts}/${index}`;
  await makeDirectories(target);
  await images.hold(`${basename(files.data)}.${index}`, image.id);
  await mountOverlay({ layers: await images.layers(image.id), target });
  if (!entry.imageSubPath) return target;
  const inside = await joinInside(target, entry.imageSubPath);
  await lstat(inside).catch(() => { throw new Error(`image ${entry.imageReference} has no ${entry.imageSubPath}`); });
  const subTarget = `${files.imageMounts}/${index}-sub`;
  await makeDirectories(subTarget);
  bindMount(inside, subTarget, { readOnly: true });
  return subTarget;
}

async function readProfile(path: string | undefined): Promise<SeccompProfile> {
  if (path === undefined) throw new Error('a Localhost seccomp profile needs a path');
  return JSON.parse(await readFile(path, 'utf8')) as SeccompProfile;
}

/** What a device file names; undefined for anything else. */
async function deviceAt(hostPath: string, containerPath: string): Promise<OciDevice | undefined> {
  const entry = await lstat(hostPath);
  const type = entry.isCharacterDevice() ? 'c' : entry.isBlockDevice() ? 'b' : undefined;
  if (!type) return undefined;
  const major = (entry.rdev >> 8) & 0xfff, minor = (entry.rdev & 0xff) | ((entry.rdev >> 12) & 0xfff00);
  return { path: containerPath, type, major, minor, fileMode: entry.mode & 0o777, uid: entry.uid, gid: entry.gid };
}

async function requestedDevices(config: ContainerConfig): Promise<OciDevice[]> {
  const found: OciDevice[] = [];
  for (const request of config.devices) {
    const device = await deviceAt(request.hostPath, request.containerPath);
    if (!device) throw new Error(`${request.hostPath} is not a device`);
    found.push(device);
  }
  return found;
}

/** Left out: what each container has of its own. */
const OWN_OF_CONTAINER = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console', 'ptmx', 'core', 'stdin', 'stdout', 'stderr']);

async function nodeDevices(directory = '/dev'): Promise<OciDevice[]> {
  const found: OciDevice[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (directory === '/dev' && OWN_OF_CONTAINER.has(entry.name)) continue;
    try {
      if (entry.isDirectory()) found.push(...await nodeDevices(path));
      else if (entry.isCharacterDevice() || entry.isBlockDevice()) found.push(await deviceAt(path, path) as OciDevice);
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
  return found;
}
