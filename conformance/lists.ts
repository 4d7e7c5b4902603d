import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KIT } from './cache.ts';
import type { Result } from './report.ts';
import type { Lists } from './selection.ts';

const PASSING = join(KIT, 'passing.txt'), SECONDS = join(KIT, 'seconds.txt');

export async function readLists(): Promise<Lists> {
  const [tests, passing, seconds] = await Promise.all([readLines(join(KIT, 'tests.txt')), readLines(PASSING), readLines(SECONDS)]);
  return {
    tests, passing: new Set(passing),
    seconds: new Map(seconds.map((line) => [line.slice(line.indexOf(' ') + 1), Number(line.split(' ', 1)[0])])),
  };
}

/** The ratchet: what passed is added, nothing is taken away. Gives the names that are new. */
export async function addPassing(lists: Lists, results: Result[]): Promise<string[]> {
  const passed = results.filter((result) => result.state === 'passed' && lists.tests.includes(result.name));
  const added = passed.map((result) => result.name).filter((name) => !lists.passing.has(name));
  await writeLines(PASSING, [...lists.passing, ...added]);
  const seconds = new Map(lists.seconds);
  for (const { name, seconds: taken } of passed) seconds.set(name, Math.ceil(taken));
  const byName = [...seconds].sort(([left], [right]) => left < right ? -1 : 1);
  await writeFile(`${SECONDS}.new`, byName.map(([name, taken]) => `${taken} ${name}\n`).join(''));
  await rename(`${SECONDS}.new`, SECONDS);
  return added;
}

export async function readLines(file: string | number): Promise<string[]> {
  const text = await readFile(file === 0 ? '/dev/stdin' : file as string, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && (file === PASSING || file === SECONDS)) return '';
    throw error;
  });
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

async function writeLines(file: string, lines: string[]): Promise<void> {
  await writeFile(`${file}.new`, [...lines].sort().map((line) => `${line}\n`).join(''));
  await rename(`${file}.new`, file);
}
