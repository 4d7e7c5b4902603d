import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLogger } from '../../src/base/log.ts';
import { removeCgroup } from '../../src/linux/cgroup.ts';
import { type FileLock, lockFile } from '../../src/linux/file-lock.ts';
import { unmountBelow } from '../../src/linux/mount.ts';
import { createImageService } from '../../src/runtime/images/service.ts';
import { createImageStore } from '../../src/runtime/images/store.ts';
import { createRuncRuntime } from '../../src/runtime/runc/runtime.ts';
import type { ContainerState } from '../../src/runtime/runtime.ts';

const DATA = '/var/lib/naru/test-runtime-killed', STATE = '/run/naru/test-runtime-killed', CGROUP = '/naru-test-runtime-killed';

async function clear(): Promise<void> {
  await removeCgroup(CGROUP);
  unmountBelow(STATE);
  unmountBelow(DATA);
  await rm(STATE, { recursive: true, force: true });
  await rm(DATA, { recursive: true, force: true });
}
let lock: FileLock | undefined;
before(async () => {
  await mkdir('/run/naru', { recursive: true });
  lock = await lockFile(`${STATE}.lock`, 'exclusive', true);
  await clear();
});
after(async () => {
  await clear();
  await lock?.release();
});

test('a container outlives its killed agent, goes on logging, and the next agent sees it end', async () => {
  const script = fileURLToPath(new URL('runtime-support/start-and-wait.ts', import.meta.url));
  const agent = spawn(process.execPath, [script, DATA, STATE, CGROUP], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(agent.stdout, 'data') as [Buffer];
  const id = String(line).trim();
  agent.kill('SIGKILL');
  await once(agent, 'exit');

  const images = createImageService(await createImageStore(`${DATA}/images`), { node: 'killed' });
  const runtime = await createRuncRuntime({ root: `${DATA}/node`, stateDirectory: STATE, images, logger: createLogger('next', 'error') });
  try {
    assert.equal(runtime.container(id)?.state, 'running');
    const end = new Promise<ContainerState>((resolve) => runtime.onChange((state) => { if (state.state === 'exited') resolve(state); }));
    assert.equal((await runtime.execSync(id, ['touch', '/dev/shm/go'], 5000)).exitCode, 0);
    const state = await end;
    assert.equal(state.exitCode, 11);
    assert.match(readFileSync(state.logPath, 'utf8'), /stdout F still writing/);
    await runtime.removeSandbox('left-0');
    assert.deepEqual(runtime.listContainers(), []);
  } finally {
    await runtime.close();
  }
});
