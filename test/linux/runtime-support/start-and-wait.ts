/** An agent to be killed: starts a container for the test that runs this, says its id, and lives until it is ended. */
import { randomBytes } from 'node:crypto';
import { createLogger } from '../../../src/base/log.ts';
import { BASE_IMAGE, ensureBaseImage } from '../../../src/runtime/images/base-image.ts';
import { createImageService } from '../../../src/runtime/images/service.ts';
import { createImageStore } from '../../../src/runtime/images/store.ts';
import { createRuncRuntime } from '../../../src/runtime/runc/runtime.ts';

const [data = '', state = '', cgroup = ''] = process.argv.slice(2);
const store = await createImageStore(`${data}/images`);
const images = createImageService(store, { node: 'killed' });
await ensureBaseImage(store, images);
const runtime = await createRuncRuntime({ root: `${data}/node`, stateDirectory: state, images, logger: createLogger('killed', 'error') });
await runtime.createSandbox({
  id: 'left-0', podUid: 'left', podName: 'left', podNamespace: 'default', hostname: 'left', hostNetwork: false, hostPID: false, hostIPC: false,
  shareProcessNamespace: false, cgroupParent: `${cgroup}/left`, sysctls: {}, logDirectory: `${data}/logs`, labels: {},
});
const id = randomBytes(32).toString('hex');
await runtime.createContainer({
  id, sandboxId: 'left-0', name: 'main', attempt: 0, imageId: (await images.resolve(BASE_IMAGE))?.id ?? '',
  command: ['sh', '-c', 'while [ ! -e /dev/shm/go ]; do sleep 0.02; done; echo still writing; exit 11'], environment: [], mounts: [], devices: [],
  stdin: false, stdinOnce: false, tty: false, logPath: 'main/0.log', labels: {},
  security: {
    supplementalGroups: [], supplementalGroupsPolicy: 'Merge', privileged: false, readOnlyRootFilesystem: false, allowPrivilegeEscalation: true,
    addCapabilities: [], dropCapabilities: [], seccomp: { type: 'Unconfined' }, unmaskedProc: false,
  },
  resources: { cpuShares: 2, cpuQuota: 0, cpuPeriod: 100_000, memoryLimit: 0, oomScoreAdjust: 500 },
});
await runtime.startContainer(id);
process.stdout.write(`${id}\n`);
setInterval(() => undefined, 1000);
