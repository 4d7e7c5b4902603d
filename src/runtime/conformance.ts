import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sleep } from '../base/clock.ts';
import { bindMount, setPropagation, unmount } from '../linux/mount.ts';
import type { ContainerConfig, ContainerState, Runtime, SandboxConfig } from './runtime.ts';

/** What the suite needs of an implementation. */
export interface RuntimeUnderTest {
  runtime: Runtime;
  /** Id of a present image with a shell, `sleep`, `id`, `cat`, `stty`, `nc`. */
  imageId: string;
  /** A cgroup path for pods, `/naru-...`. */
  cgroupParent: string;
  /** Closes this one as a dying agent would, and opens its state again. */
  restart(): Promise<Runtime>;
  close(): Promise<void>;
}

const PATIENCE_MILLISECONDS = 10_000;

/** What every runtime does, whatever runs the containers. */
export function runtimeConformance(name: string, open: () => Promise<RuntimeUnderTest>): void {
  describe(`${name}: runtime conformance`, () => {
    let subject: RuntimeUnderTest, runtime: Runtime, directory: string;
    let sandbox: SandboxConfig;

    before(async () => {
      subject = await open();
      runtime = subject.runtime;
      directory = await mkdtemp(join(tmpdir(), 'naru-runtime-test-'));
      sandbox = sandboxConfig('first');
      await runtime.createSandbox(sandbox);
    });
    after(async () => {
      await Promise.all(runtime.listSandboxes().map(({ id }) => runtime.removeSandbox(id)));
      await subject.close();
      await rm(directory, { recursive: true, force: true });
    });

    const sandboxConfig = (id: string, more: Partial<SandboxConfig> = {}): SandboxConfig => ({
      id: `${id}-0`, podUid: id, podName: id, podNamespace: 'default', hostname: `${id}-host`, hostNetwork: false, hostPID: false, hostIPC: false,
      shareProcessNamespace: false, cgroupParent: `${subject.cgroupParent}/pod${id}`, sysctls: {}, logDirectory: `${directory}/logs-${id}`, labels: {}, ...more,
    });
    const containerConfig = (command: string[], more: Partial<ContainerConfig> = {}): ContainerConfig => {
      const id = randomBytes(32).toString('hex');
      return {
        id, sandboxId: sandbox.id, name: 'main', attempt: 0, imageId: subject.imageId, command, environment: [], mounts: [], devices: [],
        stdin: false, stdinOnce: false, tty: false, logPath: `${id.slice(0, 8)}/0.log`, labels: { purpose: 'test' },
        security: {
          supplementalGroups: [], supplementalGroupsPolicy: 'Merge', privileged: false, readOnlyRootFilesystem: false, allowPrivilegeEscalation: true,
          addCapabilities: [], dropCapabilities: [], seccomp: { type: 'Unconfined' }, unmaskedProc: false,
        },
        resources: { cpuShares: 2, cpuQuota: 0, cpuPeriod: 100_000, memoryLimit: 0, oomScoreAdjust: 500 }, ...more,
      };
    };
    const shell = (script: string, more: Partial<ContainerConfig> = {}): ContainerConfig => containerConfig(['sh', '-c', script], more);
    const start = async (config: ContainerConfig): Promise<string> => {
      await runtime.createContainer(config);
      await runtime.startContainer(config.id);
      return config.id;
    };
    const ended = async (id: string, of = runtime): Promise<ContainerState> => {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      for (;;) {
        const state = of.container(id);
        if (state?.state === 'exited') return state;
        assert.ok(Date.now() < deadline, `container is ${state?.state}, not exited`);
        await sleep(5);
      }
    };
    /** What it printed, without the log format's times. */
    const output = async (config: ContainerConfig): Promise<string> => {
      const state = await ended(await start(config));
      const text = await readFile(state.logPath, 'utf8').catch(() => '');
      return text.split('\n').filter(Boolean).map((line) => line.split(' ').slice(3).join(' ')).join('\n');
    };
    const running = (): Promise<string> => start(containerConfig(['sleep', '1000']));
    const security = (more: Partial<ContainerConfig['security']>): Partial<ContainerConfig> => ({ security: { ...containerConfig([]).security, ...more } });

    test('a container runs, logs in the CRI format, and its exit code is told', async () => {
      const config = shell('echo out; echo err >&2; exit 7');
      const seen: string[] = [];
      const stop = runtime.onChange((state) => { if (state.id === config.id) seen.push(state.state); });
      const state = await ended(await start(config));
      for (let patience = 0; !seen.includes('exited') && patience < 500; patience++) await sleep(5);
      stop();
      assert.equal(state.exitCode, 7);
      assert.equal(state.oomKilled, false);
      assert.ok((state.finishedAt ?? 0) >= (state.startedAt ?? Infinity));
      assert.deepEqual(seen, ['created', 'running', 'exited']);
      const log = await readFile(state.logPath, 'utf8');
      assert.match(log, /^\d{4}-\d\d-\d\dT[\d:.]+\S* stdout F out$/m);
      assert.match(log, /^\S+ stderr F err$/m);
      assert.equal(state.labels['purpose'], 'test');
    });

    test('a command that is not there makes the start fail and the container exit with 128', async () => {
      const config = containerConfig(['/no/such/program']);
      await runtime.createContainer(config);
      await assert.rejects(runtime.startContainer(config.id), /no such file/);
      const state = runtime.container(config.id);
      assert.equal(state?.state, 'exited');
      assert.equal(state?.exitCode, 128);
      assert.match(state?.message ?? '', /no such file/);
    });

    test('an image that is not present makes creation fail and leaves nothing', async () => {
      const config = containerConfig(['true'], { imageId: `sha256:${'0'.repeat(64)}` });
      await assert.rejects(runtime.createContainer(config), /not present/);
      assert.equal(runtime.container(config.id), undefined);
    });

    test('environment, working directory and hostname are what was asked', async () => {
      const text = await output(shell('env; pwd; hostname', { environment: [['data-1', 'odd name'], ['PLAIN', 'a=b\tc']], workingDirectory: '/tmp' }));
      assert.match(text, /^data-1=odd name$/m);
      assert.match(text, /^PLAIN=a=b\tc$/m);
      assert.match(text, /^\/tmp$/m);
      assert.match(text, /^first-host$/m);
    });

    test('user, group and supplemental groups', async () => {
      const text = await output(shell('id -u; id -g; id -G', security({ user: 1001, group: 2002, supplementalGroups: [3003, 4004] })));
      assert.deepEqual(text.split('\n'), ['1001', '2002', '2002 3003 4004']);
    });

    test('a user name that the image does not know is refused at creation', async () => {
      await assert.rejects(runtime.createContainer(containerConfig(['true'], security({ userName: 'nobodyhere' }))), /unable to find user/);
    });

    test('capabilities are the default set, and can be dropped, added, or all be there', async () => {
      const effective = async (more: Partial<ContainerConfig['security']>): Promise<bigint> =>
        BigInt('0x' + (/CapEff:\s*(\w+)/.exec(await output(shell('cat /proc/self/status', security(more))))?.[1] ?? '0'));
      assert.equal(await effective({}), 0xa80425fbn);
      assert.equal(await effective({ dropCapabilities: ['ALL'], addCapabilities: ['NET_BIND_SERVICE'] }), 1n << 10n);
      assert.ok((await effective({ privileged: true }) & (1n << 21n)) !== 0n, 'privileged has SYS_ADMIN');
    });

    test('no_new_privs and seccomp follow the security settings', async () => {
      const confined = await output(shell('cat /proc/self/status', security({ allowPrivilegeEscalation: false, seccomp: { type: 'RuntimeDefault' } })));
      assert.match(confined, /NoNewPrivs:\s*1/);
      assert.match(confined, /Seccomp:\s*2/);
      const free = await output(shell('cat /proc/self/status'));
      assert.match(free, /NoNewPrivs:\s*0/);
      assert.match(free, /Seccomp:\s*0/);
    });

    test('a read-only root refuses writes, /dev/shm takes them', async () => {
      const text = await output(shell('touch /file || echo refused; touch /dev/shm/file && echo taken', security({ readOnlyRootFilesystem: true })));
      assert.match(text, /refused/);
      assert.match(text, /taken/);
    });

    test('/proc/sys is read-only unless privileged, and /proc/kcore is masked', async () => {
      assert.match(await output(shell('echo 1 > /proc/sys/vm/swappiness || echo refused')), /refused/);
      assert.equal(await output(shell('wc -c < /proc/timer_list')), '0');
    });

    test('mounts: a file, a directory, read-only, and one below another', async () => {
      await writeFile(`${directory}/a`, 'from host\n');
      const text = await output(shell('cat /etc/hosts; cat /data/inner/a; echo x > /data/inner/b || echo refused', {
        mounts: [
          { hostPath: directory, containerPath: '/data/inner', readOnly: true, propagation: 'private' },
          { hostPath: '/tmp', containerPath: '/data', readOnly: false, propagation: 'rslave' },
          { hostPath: `${directory}/a`, containerPath: '/etc/hosts', readOnly: false, propagation: 'private' },
        ],
      }));
      assert.deepEqual(text.split('\n').slice(0, 2), ['from host', 'from host']);
      assert.match(text, /refused/);
    });

    test('mounts pass in both directions when asked', async () => {
      const shared = `${directory}/shared`;
      await mkdir(`${shared}/below`, { recursive: true });
      bindMount(shared, shared);
      setPropagation(shared, 'shared');
      try {
        const taking = await start(shell('exec sleep 1000', { mounts: [{ hostPath: shared, containerPath: '/s', readOnly: false, propagation: 'rslave' }] }));
        const giving = await start(shell('mkdir /s/given; mount -t tmpfs given /s/given && touch /s/given/file; exec sleep 1000', {
          mounts: [{ hostPath: shared, containerPath: '/s', readOnly: false, propagation: 'rshared' }], ...security({ privileged: true }),
        }));
        const deadline = Date.now() + PATIENCE_MILLISECONDS;
        while ((await runtime.execSync(taking, ['ls', '/s/given'], 5000)).stdout !== 'file\n') assert.ok(Date.now() < deadline, 'the mount does not arrive');
        assert.deepEqual(await readdir(`${shared}/given`), ['file']);
        await Promise.all([taking, giving].map((id) => runtime.removeContainer(id)));
      } finally {
        while (unmount(`${shared}/given`));
        unmount(shared);
      }
    });

    test('an image mounted as a volume is there to read', async () => {
      const text = await output(shell('ls /volume/passwd && (touch /volume/x || echo refused)', {
        mounts: [{ hostPath: '', containerPath: '/volume', readOnly: true, propagation: 'private', imageReference: subject.imageId, imageSubPath: 'etc' }],
      }));
      assert.match(text, /passwd/);
      assert.match(text, /refused/);
    });

    test('containers of a sandbox share network and IPC, but not processes or files', async () => {
      const first = await running(), second = await running();
      const namespaces = async (id: string): Promise<string[]> =>
        (await runtime.execSync(id, ['sh', '-c', 'for n in net ipc uts pid mnt; do readlink /proc/self/ns/$n; done'], 5000)).stdout.trim().split('\n');
      const [left, right] = [await namespaces(first), await namespaces(second)];
      assert.deepEqual(left.slice(0, 3), right.slice(0, 3));
      assert.notEqual(left[3], right[3]);
      assert.notEqual(left[4], right[4]);
      assert.equal((await runtime.execSync(first, ['sh', '-c', 'echo shared > /dev/shm/x'], 5000)).exitCode, 0);
      assert.equal((await runtime.execSync(second, ['cat', '/dev/shm/x'], 5000)).stdout, 'shared\n');
    });

    test('a shared PID namespace shows the processes of all containers, and a container\'s end ends only its own', async () => {
      const shared = sandboxConfig('shared', { shareProcessNamespace: true });
      await runtime.createSandbox(shared);
      const first = await start(containerConfig(['sleep', '1001'], { sandboxId: shared.id }));
      const second = await start(shell('sleep 1002 & wait', { sandboxId: shared.id }));
      const list = (id: string): Promise<string> => runtime.execSync(id, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'], 5000).then((result) => result.stdout);
      const seen = await list(first);
      assert.match(seen, /sleep 1001/);
      assert.match(seen, /sleep 1002/);
      await runtime.stopContainer(second, 0);
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while (/sleep 1002/.test(await list(first))) assert.ok(Date.now() < deadline, 'the child outlives its container');
      assert.equal(runtime.container(first)?.state, 'running');
      await runtime.removeSandbox(shared.id);
    });

    test('a container can join another\'s PID namespace', async () => {
      const target = await start(containerConfig(['sleep', '1003']));
      const text = await output(shell('tr "\\0" " " < /proc/1/cmdline; echo', { targetContainerId: target }));
      assert.match(text, /^sleep 1003 /);
      assert.equal(runtime.container(target)?.state, 'running');
    });

    test('sysctls hold in the sandbox only', async () => {
      const tuned = sandboxConfig('tuned', { sysctls: { 'net.ipv4.ip_local_port_range': '20000 30000', 'kernel.shm_rmid_forced': '1' } });
      await runtime.createSandbox(tuned);
      const text = await output(shell('cat /proc/sys/net/ipv4/ip_local_port_range /proc/sys/kernel/shm_rmid_forced', { sandboxId: tuned.id }));
      assert.deepEqual(text.split('\n'), ['20000\t30000', '1']);
      await assert.rejects(runtime.createSandbox(sandboxConfig('odd', { sysctls: { 'net.no.such': '1' } })));
      assert.ok(!runtime.listSandboxes().some(({ id }) => id === 'odd-0'));
      await runtime.removeSandbox(tuned.id);
    });

    test('stop sends the stop signal first, and kills when that does not help', async () => {
      const gentle = await start(shell('trap "exit 5" TERM; while :; do sleep 0.01; done'));
      await untilSet(gentle);
      await runtime.stopContainer(gentle, 5000);
      assert.equal(runtime.container(gentle)?.exitCode, 5);
      const stubborn = await start(shell('trap "" TERM; while :; do sleep 0.01; done'));
      await untilSet(stubborn);
      await runtime.stopContainer(stubborn, 100);
      assert.equal(runtime.container(stubborn)?.exitCode, 137);
      const custom = await start(shell('trap "exit 6" USR1; while :; do sleep 0.01; done', { stopSignal: 'SIGUSR1' }));
      await untilSet(custom);
      await runtime.stopContainer(custom, 5000);
      assert.equal(runtime.container(custom)?.exitCode, 6);
      await runtime.stopContainer(custom, 5000);
    });
    /** A shell whose loop runs has set its traps. */
    async function untilSet(id: string): Promise<void> {
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while (!(await runtime.execSync(id, ['sh', '-c', 'cat /proc/[0-9]*/comm'], 5000)).stdout.includes('sleep')) assert.ok(Date.now() < deadline);
    }

    test('a container that takes more memory than it may is killed, and that is told', async () => {
      const id = await start(shell('exec tail -c 200m /dev/zero', { resources: { cpuShares: 2, cpuQuota: 0, cpuPeriod: 100_000, memoryLimit: 32 << 20, oomScoreAdjust: 900 } }));
      const state = await ended(id);
      assert.equal(state.exitCode, 137);
      assert.equal(state.oomKilled, true);
    });

    test('exec gives exit code and both streams, and says when the command is not there', async () => {
      const id = await running();
      assert.deepEqual(await runtime.execSync(id, ['sh', '-c', 'echo out; echo err >&2; exit 3'], 5000),
        { exitCode: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false });
      await assert.rejects(runtime.execSync(id, ['no-such-command'], 5000), /executable file not found/);
      await assert.rejects(runtime.execSync('0'.repeat(64), ['true'], 5000), /not found/);
    });

    test('exec is ended after its time', async () => {
      const id = await running();
      const result = await runtime.execSync(id, ['sleep', '1004'], 200);
      assert.equal(result.timedOut, true);
      const left = await runtime.execSync(id, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'], 5000);
      assert.ok(!/sleep 1004/.test(left.stdout));
    });

    test('an exec whose command left somebody behind who holds its output ends after its time too', { timeout: 20_000 }, async () => {
      const id = await running();
      assert.deepEqual(await runtime.execSync(id, ['sh', '-c', 'sleep 1005 & echo out'], 500), { exitCode: 137, stdout: 'out\n', stderr: '', timedOut: true });
    });

    test('a streamed exec passes input on and ends with the code', async () => {
      const session = await runtime.exec(await running(), { command: ['sh', '-c', 'cat; exit 9'], tty: false, stdin: true });
      session.stdin?.end('through\n');
      assert.equal(await text(session.stdout), 'through\n');
      assert.equal(await session.done, 9);
    });

    test('an exec on a terminal has its size, and resizes', async () => {
      const session = await runtime.exec(await running(), { command: ['sh', '-c', 'read a; stty size; read b; stty size'], tty: true, stdin: true });
      session.resize(132, 43);
      let seen = '';
      session.stdout?.on('data', (chunk: Buffer) => { seen += String(chunk); });
      const closed = new Promise((resolve) => session.stdout?.once('end', resolve));
      const until = async (pattern: RegExp): Promise<void> => {
        const deadline = Date.now() + PATIENCE_MILLISECONDS;
        while (!pattern.test(seen)) {
          assert.ok(Date.now() < deadline, `terminal shows ${JSON.stringify(seen)}`);
          await sleep(10);
        }
      };
      await sleep(300);
      session.stdin?.write('\n');
      await until(/43 132/);
      session.resize(80, 24);
      await sleep(100);
      session.stdin?.write('\n');
      await until(/24 80/);
      assert.equal(await session.done, 0);
      await closed;
    });

    test('attach joins the streams of a running container', async () => {
      const id = await start(shell('read line; echo "got $line"; echo bad >&2; exit 4', { stdin: true, stdinOnce: true }));
      const session = await runtime.attach(id, { stdin: true, tty: false });
      session.stdin?.write('input\n');
      const [out, err] = await Promise.all([text(session.stdout), text(session.stderr)]);
      assert.equal(out, 'got input\n');
      assert.equal(err, 'bad\n');
      assert.equal(await session.done, 4);
    });

    test('attach to a terminal', async () => {
      const id = await start(shell('read line; stty size; echo "got $line"', { stdin: true, tty: true }));
      const session = await runtime.attach(id, { stdin: true, tty: true });
      session.resize(100, 30);
      await sleep(100);
      session.stdin?.write('input\n');
      const seen = await text(session.stdout);
      assert.match(seen, /30 100/);
      assert.match(seen, /got input/);
      assert.equal(session.stderr, undefined);
    });

    test('a port of the sandbox is reached, and a closed one refuses', async () => {
      await start(shell('while :; do echo hello | nc -l -p 8099; done'));
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      for (let reply = ''; reply !== 'hello\n';) {
        assert.ok(Date.now() < deadline, 'no answer from the port');
        reply = await runtime.portForward(sandbox.id, 8099).then(text, () => '');
      }
      await assert.rejects(runtime.portForward(sandbox.id, 1), /ECONNREFUSED/);
    });

    test('stats count what a container uses', async () => {
      const id = await start(shell('dd if=/dev/zero of=/file bs=1M count=2 2>/dev/null; echo done; exec sleep 1000'));
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while ((await runtime.stats(id)).logBytes === 0) {
        assert.ok(Date.now() < deadline);
        await sleep(20);
      }
      const stats = await runtime.stats(id);
      assert.ok(stats.cpuNanosecondsTotal > 0);
      assert.ok(stats.memoryWorkingSetBytes > 0 && stats.memoryWorkingSetBytes <= stats.memoryUsageBytes);
      assert.ok(stats.pids >= 1);
    });

    test('limits can be changed while it runs', async () => {
      const id = await running();
      await runtime.updateResources(id, { cpuShares: 512, cpuQuota: 20_000, cpuPeriod: 100_000, memoryLimit: 64 << 20, oomScoreAdjust: 0 });
      assert.equal(runtime.container(id)?.state, 'running');
    });

    test('a rotated log is opened anew', async () => {
      const id = await start(shell('while :; do echo tick; sleep 0.02; done'));
      const path = runtime.container(id)?.logPath as string;
      await rename(path, `${path}.1`);
      await runtime.reopenLog(id);
      const deadline = Date.now() + PATIENCE_MILLISECONDS;
      while (!/tick/.test(await readFile(path, 'utf8'))) {
        assert.ok(Date.now() < deadline);
        await sleep(10);
      }
      await runtime.stopContainer(id, 0);
    });

    test('many containers start at once', async () => {
      const configs = Array.from({ length: 6 }, (_, index) => shell(`exit ${index}`));
      await Promise.all(configs.map(start));
      const states = await Promise.all(configs.map(({ id }) => ended(id)));
      assert.deepEqual(states.map((state) => state.exitCode), [0, 1, 2, 3, 4, 5]);
    });

    test('everything is found again after a restart, also ends that came meanwhile', async () => {
      const survivor = await running();
      const leaver = await start(shell('sleep 0.3; exit 8'));
      const created = containerConfig(['true']);
      await runtime.createContainer(created);
      runtime = await subject.restart();
      assert.equal(runtime.container(survivor)?.state, 'running');
      assert.equal((await ended(leaver, runtime)).exitCode, 8);
      assert.equal(runtime.container(created.id)?.state, 'created');
      assert.ok(runtime.listSandboxes().some(({ id }) => id === sandbox.id));
      assert.equal((await runtime.execSync(survivor, ['echo', 'alive'], 5000)).stdout, 'alive\n');
      await runtime.startContainer(created.id);
      assert.equal((await ended(created.id, runtime)).exitCode, 0);
    });

    test('removing is thorough and may be repeated', async () => {
      const id = await running();
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      assert.equal(runtime.container(id), undefined);
      const brief = sandboxConfig('brief');
      await runtime.createSandbox(brief);
      const inside = await start(containerConfig(['sleep', '1000'], { sandboxId: brief.id }));
      await runtime.removeSandbox(brief.id);
      await runtime.removeSandbox(brief.id);
      assert.equal(runtime.container(inside), undefined);
    });
  });
}

async function text(stream: NodeJS.ReadableStream | undefined): Promise<string> {
  let all = '';
  for await (const chunk of stream ?? []) all += String(chunk);
  return all;
}
