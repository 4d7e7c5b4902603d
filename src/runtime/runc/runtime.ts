import { type FSWatcher, watch } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { type Clock, sleep, systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { type CgroupLimits, cgroupLayout, setCgroupLimits } from '../../linux/cgroup.ts';
import { cgroupStats } from '../../linux/cgroup-stats.ts';
import { boundingCapabilities, ownOomScoreAdjust } from '../../linux/process.ts';
import { connectLocalhost } from '../../linux/socket.ts';
import type { ContainerResources, ContainerState, Runtime } from '../runtime.ts';
import { attachStream } from './attach.ts';
import type { ImageSource } from './bundle.ts';
import { capabilityNames } from './capabilities.ts';
import { reopenLogMessage, runcMessage, tellConmon } from './conmon.ts';
import {
  type Container, createContainer, discardContainer, noticeExit, noticeVanished, recoverContainer, signalContainer, signalNumber, startContainer,
  stateOf,
} from './containers.ts';
import { execStream, execSync } from './exec.ts';
import type { NodeFacts } from './oci-spec.ts';
import { runtimePaths } from './paths.ts';
import { conmonOptions, findProgram, runOnce } from './programs.ts';
import { namesIn } from './records.ts';
import { makeDirectories } from './rootfs.ts';
import { openSandboxes } from './sandboxes.ts';
import { usageCache } from './usage.ts';

export interface RuncRuntimeOptions {
  /** What containers write: `<root>/containers/<id>`. On a real file system, not on an overlay. */
  root: string;
  /** Records, sockets and pins, e.g. /run/naru/<cluster>/<node>/runtime. */
  stateDirectory: string;
  images: ImageSource;
  logger: Logger;
  clock?: Clock;
  runcBinary?: string; conmonBinary?: string;
}

const SWEEP_MILLISECONDS = 10_000;
const SWEEP_UNWATCHED_MILLISECONDS = 200;
const KILL_PATIENCE_MILLISECONDS = 60_000;
const REOPEN_PATIENCE_MILLISECONDS = 1_000;
const SIGKILL = 9, CAP_SYS_RESOURCE = 24;

/** Containers by runc under conmon. Finds what a former process left, and tells of ends that came meanwhile. */
export async function createRuncRuntime(options: RuncRuntimeOptions): Promise<Runtime> {
  const { images, logger, clock = systemClock } = options;
  const paths = runtimePaths(options.root, options.stateDirectory);
  const conmon = options.conmonBinary ?? findProgram('conmon');
  const known = conmonOptions(conmon);
  known.catch(() => undefined);
  const binaries = { runc: options.runcBinary ?? findProgram('runc'), conmon, conmonOptions: known };
  await makeDirectories(paths.runcRoot, paths.exits, paths.sockets, paths.sandboxes, paths.containers, `${paths.root}/containers`);
  const sandboxes = openSandboxes(paths, clock);
  const containers = new Map<string, Container>();
  const listeners = new Set<(state: ContainerState) => void>();
  const usage = usageCache(clock);
  const node = await nodeFacts();
  const execContext = { paths, runcBinary: binaries.runc };

  const emit = (container: Container): void => {
    const state = stateOf(container);
    for (const listener of listeners) listener(state);
  };
  const noteFailure = (error: unknown): void => logger.error('cannot note a container\'s end', { error });
  const checkExit = (container: Container): void => {
    noticeExit(container, paths).then((noticed) => { if (noticed) emit(container); }, noteFailure);
  };

  await recover();
  let sweepMilliseconds = SWEEP_MILLISECONDS;
  const watcher = watchExits(paths.exits, (id) => {
    const container = containers.get(id);
    if (container) checkExit(container);
  }, (error) => {
    // The machine has no watches left, say: then looking often must do.
    logger.warn('ends of containers are looked for instead of watched', { error });
    sweepMilliseconds = SWEEP_UNWATCHED_MILLISECONDS;
  });
  // Ends between reading the directory and watching it.
  for (const container of containers.values()) checkExit(container);
  let sweepTimer = clock.after(sweepMilliseconds, sweep);

  /** The watch tells of every end; this finds those whose conmon died, or whose notice the kernel dropped. */
  function sweep(): void {
    for (const container of containers.values()) {
      if (container.finished || !container.started) continue;
      checkExit(container);
      noticeVanished(container, paths, clock).then((noticed) => { if (noticed) emit(container); }, noteFailure);
    }
    sweepTimer = clock.after(sweepMilliseconds, sweep);
  }

  async function recover(): Promise<void> {
    for (const id of namesIn(paths.containers)) {
      const container = await recoverContainer(id, paths, clock);
      if (container && (sandboxes.get(container.record.config.sandboxId) || container.finished)) {
        containers.set(id, container);
        await noticeVanished(container, paths, clock);
      } else await discard(id, container);
    }
    for (const id of namesIn(`${paths.root}/containers`)) if (!containers.has(id)) await discard(id, undefined);
    await images.releaseOthers(new Set(containers.keys()));
  }

  async function discard(id: string, container: Container | undefined): Promise<void> {
    await container?.cleaned?.catch(() => undefined);
    await discardContainer(id, container?.record, paths);
    await images.release(id);
    usage.forget(paths.container(id).upper);
  }

  function need(id: string): Container {
    const container = containers.get(id);
    if (!container) throw new Error(`container ${id} not found`);
    return container;
  }
  function needRunning(id: string): Container & { started: NonNullable<Container['started']> } {
    const container = need(id);
    if (!container.started || container.finished) throw new Error(`container ${id} is not running`);
    return container as Container & { started: NonNullable<Container['started']> };
  }

  const runtime: Runtime = {
    createSandbox: (config) => sandboxes.create(config),
    async removeSandbox(id) {
      const members = [...containers.values()].filter((container) => container.record.config.sandboxId === id);
      await Promise.all(members.map((container) => runtime.removeContainer(container.id)));
      await sandboxes.remove(id);
    },
    listSandboxes: () => sandboxes.list(),

    async createContainer(config) {
      if (containers.has(config.id)) throw new Error(`container ${config.id} exists already`);
      const sandbox = sandboxes.get(config.sandboxId);
      if (!sandbox) throw new Error(`sandbox ${config.sandboxId} not found`);
      const logPath = isAbsolute(config.logPath) ? config.logPath : join(sandbox.config.logDirectory, config.logPath);
      const targetPid = config.targetContainerId === undefined ? undefined : needRunning(config.targetContainerId).started.process.pid;
      try {
        const container = await createContainer({
          config, sandbox, files: paths.container(config.id), sandboxFiles: paths.sandbox(sandbox.id), node, images,
          ...(targetPid === undefined ? {} : { targetPid }),
        }, logPath, clock);
        containers.set(config.id, container);
        emit(container);
      } catch (error) {
        await discard(config.id, undefined);
        throw error;
      }
    },
    async startContainer(id) {
      const container = need(id);
      if (container.starting || container.started || container.finished) throw new Error(`container ${id} was started already`);
      const start = startContainer(container, paths, binaries, clock);
      container.starting = start.catch(() => undefined);
      try {
        await start;
      } finally {
        delete container.starting;
        emit(container);
      }
      // A short command is over by now, and its notice came while it was still starting.
      checkExit(container);
    },
    async stopContainer(id, graceMilliseconds) {
      const container = containers.get(id);
      if (!container?.started || container.finished) return;
      if (graceMilliseconds > 0) {
        signalContainer(container, signalNumber(container.record.config.stopSignal ?? 'SIGTERM'));
        await within(container.exited, graceMilliseconds);
      }
      if (container.finished) return;
      signalContainer(container, SIGKILL);
      await within(container.exited, KILL_PATIENCE_MILLISECONDS);
      if (!container.finished) throw new Error(`container ${id} does not end`);
    },
    async removeContainer(id) {
      const container = containers.get(id);
      if (!container) return;
      await container.starting;
      await runtime.stopContainer(id, 0);
      await discard(id, container);
      containers.delete(id);
    },
    listContainers: () => [...containers.values()].map(stateOf),
    container(id) {
      const container = containers.get(id);
      return container && stateOf(container);
    },
    async updateResources(id, resources) {
      setCgroupLimits(need(id).record.cgroup, limitsOf(resources));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async execSync(id, command, timeoutMilliseconds) {
      needRunning(id);
      return execSync(execContext, id, command, timeoutMilliseconds);
    },
    async exec(id, execOptions) {
      needRunning(id);
      return execStream(execContext, id, execOptions);
    },
    async attach(id, attachOptions) {
      const container = needRunning(id);
      return attachStream(paths.container(id), attachOptions, container.exited.then((finished) => finished.exitCode));
    },
    async portForward(sandboxId, port) {
      const sandbox = sandboxes.get(sandboxId);
      if (!sandbox) throw new Error(`sandbox ${sandboxId} not found`);
      return connectLocalhost(sandbox.networkNamespacePath, port);
    },
    async stats(id) {
      const { record } = need(id);
      const [cgroup, rootFsUsedBytes, logBytes] = await Promise.all([
        cgroupStats(record.cgroup), usage.of(paths.container(id).upper), stat(record.logPath).then((entry) => entry.size, () => 0),
      ]);
      return {
        cpuNanosecondsTotal: cgroup.cpuNanosecondsTotal, memoryWorkingSetBytes: cgroup.memoryWorkingSetBytes, memoryUsageBytes: cgroup.memoryUsageBytes,
        memoryRssBytes: cgroup.memoryRssBytes, throttledPeriods: cgroup.throttledPeriods, pids: cgroup.pids, rootFsUsedBytes, logBytes,
        timestamp: clock.now(),
      };
    },
    async reopenLog(id) {
      const { record } = needRunning(id);
      await tellConmon(paths.container(id).control, reopenLogMessage);
      const deadline = clock.monotonic() + REOPEN_PATIENCE_MILLISECONDS;
      while (clock.monotonic() < deadline && !await stat(record.logPath).catch(() => undefined)) await sleep(2);
    },
    async version() {
      const text = await runOnce(binaries.runc, ['--version']);
      return { name: 'naru', version: /version (\S+)/.exec(text)?.[1] ?? runcMessage(text), apiVersion: 'v1' };
    },
    async close() {
      watcher?.close();
      sweepTimer.cancel();
      listeners.clear();
    },
  };
  return runtime;
}

function watchExits(directory: string, onName: (name: string) => void, onFailure: (error: unknown) => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => { if (name !== null) onName(name); });
    return watcher.on('error', onFailure);
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}

function limitsOf(resources: ContainerResources): CgroupLimits {
  return {
    cpuShares: resources.cpuShares, cpuQuota: resources.cpuQuota, cpuPeriod: resources.cpuPeriod, memoryLimit: resources.memoryLimit,
    ...(resources.pidsLimit === undefined ? {} : { pidsLimit: resources.pidsLimit }),
    ...(resources.cpusetCpus === undefined ? {} : { cpusetCpus: resources.cpusetCpus }),
  };
}

/** Resolves when the promise does or the time is over. */
async function within(promise: Promise<unknown>, milliseconds: number): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([promise, sleep(milliseconds, waiting.signal).catch(() => undefined)]);
  waiting.abort();
}

const OPEN_FILES_WANTED = 1_048_576;
async function nodeFacts(): Promise<NodeFacts> {
  const capabilities = boundingCapabilities();
  const hard = /Max open files\s+\S+\s+(\S+)/.exec(await readFile('/proc/self/limits', 'utf8'))?.[1] ?? '1024';
  return {
    cgroupVersion: cgroupLayout().version, architecture: process.arch, capabilities: capabilityNames(capabilities),
    openFilesLimit: hard === 'unlimited' ? OPEN_FILES_WANTED : Math.min(OPEN_FILES_WANTED, Number(hard)),
    lowestOomScoreAdjust: capabilities.has(CAP_SYS_RESOURCE) ? -1000 : ownOomScoreAdjust(),
  };
}
