import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** The kit cannot go on for a reason that the person who runs it can mend. */
export class KitError extends Error {
  override name = 'KitError';
}

export interface CommandOptions { cwd?: string; env?: Record<string, string>; signal?: AbortSignal; detached?: boolean }

/** Runs a command to its end and gives what it printed; throws with its error output when it fails. */
export async function output(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { ...options, env: { ...process.env, ...options.env }, maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new KitError(`${command} ${args.slice(0, 3).join(' ')} failed: ${(stderr || message).trim().split('\n').slice(-15).join('\n')}`);
  }
}

/** Runs a command whose messages go to the terminal. */
export async function show(command: string, args: string[], options: CommandOptions = {}): Promise<void> {
  const child = spawn(command, args, { ...options, env: { ...process.env, ...options.env }, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new KitError(`${command} ${args.slice(0, 3).join(' ')} failed`);
}

export async function isInstalled(command: string): Promise<boolean> {
  return output('sh', ['-c', `command -v ${command}`]).then(() => true, () => false);
}
