import { readFileSync, readdirSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { hasCode } from '../../linux/libc.ts';
import type { ProcessIdentity } from '../../linux/process.ts';
import type { ContainerConfig, Sandbox } from '../runtime.ts';
import type { RuntimePaths } from './paths.ts';

/** What is on disk of a container: one file a step of its life, so that each is written once. */
export interface ContainerRecord { config: ContainerConfig; createdAt: number; logPath: string; cgroup: string }
export interface StartedRecord { startedAt: number; process: ProcessIdentity }
export interface FinishedRecord { finishedAt: number; exitCode: number; oomKilled: boolean; message?: string }
export interface SandboxRecord { sandbox: Sandbox; pause?: ProcessIdentity }

export async function writeRecord(path: string, record: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

/** undefined when there is none, or when a crash left half of one. */
export function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The exit code that conmon wrote, and when; undefined while the container lives. */
export function readExit(paths: RuntimePaths, id: string): { exitCode: number; finishedAt: number } | undefined {
  const { exit } = paths.container(id);
  try {
    const text = readFileSync(exit, 'utf8').trim();
    if (text === '') return undefined;
    return { exitCode: Number(text), finishedAt: Math.floor(statSync(exit).mtimeMs) };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
