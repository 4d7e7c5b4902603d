import { mkdir, readFile, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { constants } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import { removeCgroup } from '../../linux/cgroup.ts';
import { oomKills } from '../../linux/cgroup-stats.ts';
import { unmountAsync } from '../../linux/mount.ts';
import { identifyProcess, isAlive, signalProcess } from '../../linux/process.ts';
import type { ContainerState, ImageInfo } from '../runtime.ts';
import { type BundleRequest, prepareBundle } from './bundle.ts';
import { createWithConmon } from './conmon.ts';
import { containerCgroup } from './oci-spec.ts';
import type { RuntimePaths } from './paths.ts';
import { type ContainerRecord, type FinishedRecord, type StartedRecord, namesIn, readExit, readRecord, writeRecord } from './records.ts';
import { openStartFifo } from './start.ts';

/** A container as this process knows it; the files named in `paths` are the truth. */
export interface Container {
  id: string;
  record: ContainerRecord;
  started?: StartedRecord;
  finished?: FinishedRecord;
  /** Between the order to start and the process's first instruction. */
  starting?: Promise<void>;
  exited: Promise<FinishedRecord>;
  resolveExited(finished: FinishedRecord): void;
  cleaned?: Promise<void>;
}

export function newContainer(id: string, record: ContainerRecord): Container {
  const { promise, resolve } = Promise.withResolvers<FinishedRecord>();
  return { id, record, exited: promise, resolveExited: resolve };
}

export function stateOf({ id, record, started, finished }: Container): ContainerState {
  const { config } = record;
  return {
    id, sandboxId: config.sandboxId, name: config.name, attempt: config.attempt, imageId: config.imageId, labels: config.labels,
    state: finished ? 'exited' : started ? 'running' : 'created', createdAt: record.createdAt, logPath: record.logPath,
    ...(started ? { pid: started.process.pid, startedAt: started.startedAt } : {}),
    ...(finished ? {
      finishedAt: finished.finishedAt, exitCode: finished.exitCode, oomKilled: finished.oomKilled,
      ...(finished.message === undefined ? {} : { message: finished.message }),
    } : {}),
  };
}

/** Exit code of a container that could not be started, as containerd gives it. */
const START_FAILED = 128;
/** Exit code of a container whose end nobody saw. */
const END_UNSEEN = 137;

export interface Binaries { runc: string; conmon: string; conmonOptions: Promise<Set<string>> }

export async function createContainer(request: BundleRequest, logPath: string, clock: Clock): Promise<Container> {
  const { config, files, sandbox } = request;
  const image: ImageInfo = await prepareBundle(request);
  await mkdir(dirname(logPath), { recursive: true });
  const record: ContainerRecord = {
    config: { ...config, stopSignal: config.stopSignal ?? image.stopSignal ?? 'SIGTERM' },
    createdAt: clock.now(), logPath, cgroup: containerCgroup(sandbox.config, config.id),
  };
  await writeRecord(files.record, record);
  return newContainer(config.id, record);
}

/** Starts it; when that fails, the container is finished with runc's message, and the error is thrown. */
export async function startContainer(container: Container, paths: RuntimePaths, binaries: Binaries, clock: Clock): Promise<void> {
  const files = paths.container(container.id);
  const { config, logPath } = container.record;
  try {
    const pid = await createWithConmon({
      id: container.id, name: config.name, logPath, terminal: config.tty, stdin: config.stdin, stdinOnce: config.stdinOnce,
      runcBinary: binaries.runc, conmonBinary: binaries.conmon, conmonOptions: await binaries.conmonOptions,
    }, files, paths);
    const identity = identifyProcess(pid);
    if (!identity) throw new Error('the container\'s process ended before it was started');
    await openStartFifo(files.startFifo, identity);
    const started = { startedAt: clock.now(), process: identity };
    await writeRecord(files.started, started);
    container.started = started;
  } catch (error) {
    const finished = { finishedAt: clock.now(), exitCode: START_FAILED, oomKilled: false, message: (error as Error).message };
    await writeRecord(files.finished, finished);
    container.finished = finished;
    container.cleaned = removeCgroup(container.record.cgroup);
    container.cleaned.catch(() => undefined);
    container.resolveExited(finished);
    throw error;
  }
}

/** Notes the end that conmon wrote down. False when there is none yet, or when it was noted before. */
export async function noticeExit(container: Container, paths: RuntimePaths): Promise<boolean> {
  if (container.finished || container.starting || !container.started) return false;
  const exit = readExit(paths, container.id);
  return exit ? finish(container, paths, exit.exitCode, exit.finishedAt) : false;
}

async function finish(container: Container, paths: RuntimePaths, exitCode: number, finishedAt: number, message?: string): Promise<boolean> {
  const oomKilled = exitCode !== 0 && oomKills(container.record.cgroup) > 0;
  const finished: FinishedRecord = {
    finishedAt: Math.max(finishedAt, container.started?.startedAt ?? 0), exitCode, oomKilled, ...(message === undefined ? {} : { message }),
  };
  container.finished = finished;
  // What it left running (only possible where it shared a PID namespace) ends with it.
  container.cleaned = removeCgroup(container.record.cgroup);
  container.cleaned.catch(() => undefined);
  await writeRecord(paths.container(container.id).finished, finished);
  container.resolveExited(finished);
  return true;
}

/** For a container whose conmon died: its end is known only from its process being gone. */
export async function noticeVanished(container: Container, paths: RuntimePaths, clock: Clock): Promise<boolean> {
  const { started } = container;
  if (container.finished || !started || isAlive(started.process) || readExit(paths, container.id)) return false;
  const conmon = Number(await readFile(paths.container(container.id).conmonPidFile, 'utf8').catch(() => '0'));
  if (conmon > 0 && identifyProcess(conmon)) return false;
  return finish(container, paths, END_UNSEEN, clock.now(), 'the container ended while nobody watched it');
}

const REAL_TIME_MINIMUM = 34, REAL_TIME_MAXIMUM = 64;
/** A number, `SIGTERM`, `TERM`, `SIGRTMIN+3`. */
export function signalNumber(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const full = name.toUpperCase().startsWith('SIG') ? name.toUpperCase() : `SIG${name.toUpperCase()}`;
  const realTime = /^SIGRT(MIN|MAX)(?:([+-]\d+))?$/.exec(full);
  if (realTime) return (realTime[1] === 'MIN' ? REAL_TIME_MINIMUM : REAL_TIME_MAXIMUM) + Number(realTime[2] ?? 0);
  return constants.signals[full as NodeJS.Signals] ?? constants.signals.SIGTERM;
}

export function signalContainer(container: Container, signal: number): boolean {
  return container.started !== undefined && !container.finished && signalProcess(container.started.process, signal);
}

/** Removes everything of an ended container. */
export async function discardContainer(id: string, record: ContainerRecord | undefined, paths: RuntimePaths): Promise<void> {
  const files = paths.container(id);
  if (record) await removeCgroup(record.cgroup);
  for (const index of namesIn(files.imageMounts)) while (await unmountAsync(`${files.imageMounts}/${index}`));
  while (await unmountAsync(files.rootfs));
  await Promise.all([
    rm(files.data, { recursive: true, force: true }), rm(files.runcDirectory, { recursive: true, force: true }),
    unlink(files.exit).catch(() => undefined),
  ]);
  await rm(files.directory, { recursive: true, force: true });
}

/** Reads a container back from disk after a restart. undefined: half made, to be discarded. */
export async function recoverContainer(id: string, paths: RuntimePaths, clock: Clock): Promise<Container | undefined> {
  const files = paths.container(id);
  const record = readRecord<ContainerRecord>(files.record);
  if (!record) return undefined;
  const container = newContainer(id, record);
  const started = readRecord<StartedRecord>(files.started), finished = readRecord<FinishedRecord>(files.finished);
  if (started) container.started = started;
  if (finished) {
    container.finished = finished;
    container.resolveExited(finished);
  } else if (!started && namesIn(files.runcDirectory).length > 0) {
    await finish(container, paths, START_FAILED, clock.now(), 'the agent was interrupted while it started the container');
  }
  return container;
}

