import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilityNames, containerCapabilities } from './capabilities.ts';
import { parseReport, runcMessage } from './conmon.ts';
import { signalNumber } from './containers.ts';
import { type SpecInput, buildSpec, commandLine } from './oci-spec.ts';
import { defaultSeccompProfile } from './seccomp.ts';

const ALL = capabilityNames(Array.from({ length: 41 }, (_, index) => index));

function input(change: (input: SpecInput) => void = () => undefined): SpecInput {
  const made: SpecInput = {
    container: {
      id: 'c1', sandboxId: 's1', name: 'main', attempt: 0, imageId: 'sha256:1', command: ['run'], environment: [['A', '2']], mounts: [], devices: [],
      stdin: false, stdinOnce: false, tty: false, logPath: 'main/0.log', labels: {},
      security: {
        supplementalGroups: [30], supplementalGroupsPolicy: 'Merge', privileged: false, readOnlyRootFilesystem: false, allowPrivilegeEscalation: false,
        addCapabilities: [], dropCapabilities: [], seccomp: { type: 'RuntimeDefault' }, unmaskedProc: false,
      },
      resources: { cpuShares: 512, cpuQuota: 0, cpuPeriod: 0, memoryLimit: 1 << 20, oomScoreAdjust: -997, pidsLimit: 10 },
    },
    sandbox: {
      id: 's1', podUid: 'u', podName: 'p', podNamespace: 'n', hostname: 'h', hostNetwork: false, hostPID: false, hostIPC: false,
      shareProcessNamespace: false, cgroupParent: '/naru/pod', sysctls: {}, logDirectory: '/logs', labels: {},
    },
    image: { id: 'sha256:1', repoTags: [], repoDigests: [], size: 0, environment: ['A=1', 'PATH=/x'], workingDirectory: '/work' },
    rootPath: '/root', namespaces: { network: '/ns/net', ipc: '/ns/ipc', uts: '/ns/uts' }, sharedMemoryPath: '/ns/shm',
    user: { uid: 5, gid: 6, additionalGroups: [20], home: '/' }, mounts: [], devices: [],
    node: { cgroupVersion: 1, architecture: 'x64', capabilities: ALL, openFilesLimit: 1024, lowestOomScoreAdjust: 0 },
  };
  change(made);
  return made;
}

test('a pod\'s command and args against the image\'s', () => {
  const image = { entrypoint: ['entry'], command: ['default'] };
  assert.deepEqual(commandLine({}, image), ['entry', 'default']);
  assert.deepEqual(commandLine({ args: ['own'] }, image), ['entry', 'own']);
  assert.deepEqual(commandLine({ command: ['own'] }, image), ['own']);
  assert.deepEqual(commandLine({ command: ['own'], args: ['x'] }, image), ['own', 'x']);
  assert.throws(() => commandLine({}, {}), /no command specified/);
});

test('environment: the pod\'s over the image\'s over the defaults', () => {
  const { env, cwd } = buildSpec(input()).process;
  assert.deepEqual(env, ['PATH=/x', 'HOSTNAME=h', 'A=2']);
  assert.equal(cwd, '/work');
});

test('groups: the image\'s are merged in, or left out when strict', () => {
  assert.deepEqual(buildSpec(input()).process.user, { uid: 5, gid: 6, additionalGids: [6, 20, 30] });
  const strict = buildSpec(input((made) => { made.container.security.supplementalGroupsPolicy = 'Strict'; }));
  assert.deepEqual(strict.process.user.additionalGids, [6, 30]);
});

test('an oom score below what this process may give is raised to that', () => {
  assert.equal(buildSpec(input()).process.oomScoreAdj, 0);
  assert.equal(buildSpec(input((made) => { made.node.lowestOomScoreAdjust = -1000; })).process.oomScoreAdj, -997);
});

test('namespaces: pinned ones by path, the node\'s left out', () => {
  assert.deepEqual(buildSpec(input()).linux.namespaces, [{ type: 'mount' }, { type: 'pid' }, { type: 'network', path: '/ns/net' }, { type: 'ipc', path: '/ns/ipc' }, { type: 'uts', path: '/ns/uts' }]);
  const host = buildSpec(input((made) => {
    made.namespaces = {};
    made.sandbox.hostPID = made.sandbox.hostNetwork = made.sandbox.hostIPC = true;
    made.node.cgroupVersion = 2;
  }));
  assert.deepEqual(host.linux.namespaces, [{ type: 'mount' }, { type: 'cgroup' }]);
});

test('mounts: parents before children, and a pod\'s mount replaces the standard one', () => {
  const spec = buildSpec(input((made) => {
    made.mounts = [
      { hostPath: '/b', containerPath: '/data/deep/er', readOnly: true, recursiveReadOnly: true, propagation: 'private' },
      { hostPath: '/a', containerPath: '/data/', readOnly: false, propagation: 'rshared' },
      { hostPath: '/shm', containerPath: '/dev/shm', readOnly: true, propagation: 'rslave' },
    ];
  }));
  const own = spec.mounts.filter((mount) => ['/a', '/b', '/shm'].includes(mount.source));
  assert.deepEqual(own.map(({ destination, options }) => [destination, ...options]),
    [['/data', 'rbind', 'rshared', 'rw'], ['/dev/shm', 'rbind', 'rslave', 'ro'], ['/data/deep/er', 'rbind', 'rprivate', 'rro']]);
  assert.equal(spec.mounts.filter(({ destination }) => destination === '/dev/shm').length, 1);
  assert.equal(spec.linux.rootfsPropagation, 'rshared');
});

test('privileged: every capability, nothing masked, no filter, all devices', () => {
  const { process: started, linux } = buildSpec(input((made) => { made.container.security.privileged = true; }));
  assert.deepEqual(started.capabilities.bounding, ALL);
  assert.equal(started.noNewPrivileges, false);
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths, linux.seccomp], [[], [], undefined]);
  assert.deepEqual(linux.resources.devices, [{ allow: true, access: 'rwm' }]);
});

test('limits in the words of each cgroup version', () => {
  assert.deepEqual(buildSpec(input()).linux.resources.memory, { limit: 1 << 20 });
  const two = buildSpec(input((made) => { made.node.cgroupVersion = 2; })).linux.resources;
  assert.deepEqual(two.memory, { limit: 1 << 20, swap: 1 << 20 });
  assert.equal(two.unified?.['memory.oom.group'], '1');
  assert.deepEqual(two.pids, { limit: 10 });
});

test('capabilities: what is dropped goes first, then what is added counts; nothing beyond what there is', () => {
  const of = (add: string[], drop: string[], available = ALL): string[] => containerCapabilities({ privileged: false, add, drop }, available);
  assert.equal(of([], []).length, 14);
  assert.deepEqual(of(['NET_ADMIN'], ['ALL']), ['CAP_NET_ADMIN']);
  assert.deepEqual(of(['CAP_SYS_TIME', 'kill'], ['all']), ['CAP_KILL', 'CAP_SYS_TIME']);
  assert.equal(of(['ALL'], ['CHOWN']).length, 40);
  assert.deepEqual(of(['SYS_RESOURCE'], ['ALL'], ['CAP_CHOWN']), []);
});

test('seccomp: namespaces may be cloned only by who may make them', () => {
  const plain = defaultSeccompProfile(['CAP_CHOWN'], 'x64'), admin = defaultSeccompProfile(['CAP_SYS_ADMIN'], 'x64');
  assert.ok(plain.syscalls?.some((rule) => rule.names.includes('clone') && rule.args));
  assert.ok(!plain.syscalls?.[0]?.names.includes('mount'));
  assert.ok(admin.syscalls?.[0]?.names.includes('mount') && admin.syscalls[0].names.includes('clone'));
  assert.ok(!plain.syscalls?.[0]?.names.includes('socket'));
});

test('what conmon reports and runc complains', () => {
  assert.deepEqual(parseReport('{"data":12}\n'), { pid: 12, message: '' });
  assert.deepEqual(parseReport('{"data":-1,"message":"no"}'), { pid: -1, message: 'no' });
  assert.deepEqual(parseReport('{"pid":7}'), { pid: 7, message: '' });
  assert.deepEqual(parseReport(''), { pid: -1, message: '' });
  assert.equal(runcMessage('time="2026" level=error msg="exec: \\"x\\": not found"'), 'exec: "x": not found');
  assert.equal(runcMessage('{"level":"error","msg":"bad \\"y\\""}'), 'bad "y"');
  assert.equal(runcMessage('plain\n'), 'plain');
});

test('signals by number, by name with and without SIG, and real-time ones', () => {
  assert.deepEqual(['9', 'SIGINT', 'quit', 'SIGRTMIN+3', 'SIGRTMAX-1', 'nonsense'].map(signalNumber), [9, 2, 3, 37, 63, 15]);
});
