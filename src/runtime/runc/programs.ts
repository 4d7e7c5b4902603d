import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const PLACES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Where a program is: daemons are started with odd PATHs, so the usual places count too. */
export function findProgram(name: string): string {
  for (const directory of [...(process.env['PATH'] ?? '').split(':').filter(Boolean), ...PLACES]) {
    if (existsSync(`${directory}/${name}`)) return `${directory}/${name}`;
  }
  throw new Error(`${name} is not installed`);
}

/** What a program prints. */
export async function runOnce(program: string, parameters: string[]): Promise<string> {
  return (await promisify(execFile)(program, parameters)).stdout;
}

/** The long options that this conmon knows; distributions carry versions years apart. */
export async function conmonOptions(conmon: string): Promise<Set<string>> {
  const help = await runOnce(conmon, ['--help']);
  return new Set([...help.matchAll(/--[a-z][a-z-]*/g)].map((match) => match[0]));
}
