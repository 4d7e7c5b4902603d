import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program prints. */
export async function runOnce(program: string, parameters: string[]): Promise<string> {
  return (await promisify(execFile)(program, parameters)).stdout;
}
