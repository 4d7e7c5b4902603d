import { open } from 'node:fs/promises';
import type { ContainerState } from '../../runtime/runtime.ts';
import { LABEL } from './labels.ts';

const MESSAGE_BYTES = 4096;
const LOG_BYTES = 2048;
const LOG_LINES = 80;
/** Holds so many lines with so much text, whatever came before. */
const LOG_TAIL_BYTES = 64 * 1024;

/** What an ended container left at its terminationMessagePath, or the end of its log when its policy says so. */
export async function terminationMessage(container: ContainerState): Promise<string> {
  const file = container.labels[LABEL.terminationMessageFile];
  let message = '';
  if (file) {
    message = await readHead(file, MESSAGE_BYTES).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? '' : `unable to read termination message: ${error.message}`));
  }
  const fallBack = container.labels[LABEL.terminationMessagePolicy] === 'FallbackToLogsOnError' && container.exitCode !== 0;
  return message === '' && fallBack ? logTail(container.logPath) : message;
}

async function readHead(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

async function readTail(file: string, bytes: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, Math.max(0, size - bytes));
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** The last lines a container wrote, without the log format's times and tags. */
export async function logTail(logPath: string): Promise<string> {
  const text = await readTail(logPath, LOG_TAIL_BYTES).catch(() => '');
  const lines = text.split('\n').slice(-LOG_LINES - 1);
  const content = lines.map((line) => {
    const match = /^\S+ \S+ ([FP])(?:\S*) (.*)$/.exec(line);
    return match ? match[2] + (match[1] === 'F' ? '\n' : '') : '';
  }).join('');
  const bytes = Buffer.from(content);
  return bytes.length <= LOG_BYTES ? content : bytes.subarray(bytes.length - LOG_BYTES).toString('utf8');
}
