import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { after } from 'node:test';
import { createLogger } from '../../src/base/log.ts';
import { cgroupProcesses, removeCgroup } from '../../src/linux/cgroup.ts';
import { type FileLock, lockFile } from '../../src/linux/file-lock.ts';
import { listMounts, unmountBelow } from '../../src/linux/mount.ts';
import { type RuntimeUnderTest, runtimeConformance } from '../../src/runtime/conformance.ts';
import { BASE_IMAGE, ensureBaseImage } from '../../src/runtime/images/base-image.ts';
import { createImageService } from '../../src/runtime/images/service.ts';
import { createImageStore } from '../../src/runtime/images/store.ts';
import { createRuncRuntime } from '../../src/runtime/runc/runtime.ts';

const DATA = '/var/lib/naru/test-runtime', STATE = '/run/naru/test-runtime', CGROUP = '/naru-test-runtime';
const logger = createLogger('test-runtime', 'error');

/** Also what a crashed run left. */
async function clear(): Promise<void> {
  await removeCgroup(CGROUP);
  unmountBelow(STATE);
  unmountBelow(DATA);
  await rm(STATE, { recursive: true, force: true });
  await rm(DATA, { recursive: true, force: true });
}

/** Against a second run of this test at the same time. */
let lock: FileLock | undefined;

runtimeConformance('runc', async (): Promise<RuntimeUnderTest> => {
  await mkdir('/run/naru', { recursive: true });
  lock = await lockFile(`${STATE}.lock`, 'exclusive', true);
  await clear();
  const store = await createImageStore(`${DATA}/images`);
  const images = createImageService(store, { node: 'test' });
  await ensureBaseImage(store, images);
  const image = await images.resolve(BASE_IMAGE);
  assert.ok(image);
  const open = () => createRuncRuntime({ root: `${DATA}/node`, stateDirectory: STATE, images, logger });
  let runtime = await open();
  return {
    runtime, imageId: image.id, cgroupParent: CGROUP,
    async restart() {
      await runtime.close();
      return runtime = await open();
    },
    close: () => runtime.close(),
  };
});

after(async () => {
  // All is removed by now: nothing may be left over.
  assert.deepEqual(listMounts().filter(({ mountPoint }) => mountPoint.startsWith(`${STATE}/`) || mountPoint.startsWith(`${DATA}/`)), []);
  assert.deepEqual(cgroupProcesses(CGROUP), []);
  await clear();
  await lock?.release();
});
