/** The rules of CONTRIBUTING.md that a program can check. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCE = join(ROOT, 'src');
const FILE_LIMIT = 800;
const MEDIAN_LIMIT = 120;
const FUNCTION_LIMIT = 70;

/** What each folder of src may import besides itself. The order is the way of a request. */
const MAY_IMPORT: Record<string, string[]> = {
  base: [],
  api: ['base'],
  pki: ['base'],
  cel: ['base', 'api'],
  linux: ['base'],
  storage: ['base', 'api'],
  client: ['base', 'api'],
  apiserver: ['base', 'api', 'storage', 'client', 'pki', 'cel'],
  controllers: ['base', 'api', 'client', 'pki'],
  scheduler: ['base', 'api', 'client'],
  runtime: ['base', 'linux'],
  network: ['base', 'api', 'client', 'linux'],
  agent: ['base', 'api', 'client', 'runtime', 'network', 'linux', 'pki'],
  cluster: ['base', 'pki', 'network', 'linux'],
  compose: ['base', 'api', 'storage', 'client', 'apiserver', 'controllers', 'scheduler', 'runtime', 'network', 'agent', 'cluster', 'pki', 'linux', 'cel'],
  cli: ['base', 'api', 'client', 'cluster', 'pki', 'runtime', 'compose'],
};
/** Tests may reach for what they need to set a scene. */
const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.includes('/testing/') || file.includes('test-') || file.endsWith('/conformance.ts');

/** Chance and time come from src/base alone, so that a simulation can replace them. */
const BANNED: [pattern: RegExp, instead: string][] = [
  [/\bDate\.now\(/, 'Clock.now()'], [/\bnew Date\(\)/, 'Clock.now()'], [/\bMath\.random\(/, 'Random'], [/\bperformance\.now\(/, 'Clock.monotonic()'],
  [/\brandomUUID\(/, 'Random.uuid()'],
];

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.name.endsWith('.ts') ? [path] : [];
  });
}

const files = filesBelow(SOURCE);
const text = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
const name = (file: string): string => relative(ROOT, file);

function importsOf(file: string): string[] {
  return [...(text.get(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string);
}

test('no source file is longer than 800 lines, and the median is small', () => {
  const lengths = files.map((file) => (text.get(file) ?? '').split('\n').length);
  const long = files.filter((_, index) => (lengths[index] as number) > FILE_LIMIT).map(name);
  assert.deepEqual(long, []);
  const median = lengths.sort((left, right) => left - right)[Math.floor(lengths.length / 2)] as number;
  assert.ok(median <= MEDIAN_LIMIT, `the median file has ${median} lines`);
});

/** Lines of each function without those of functions inside it, by indentation: the sources are formatted alike. */
function longFunctions(file: string): string[] {
  const lines = (text.get(file) ?? '').split('\n');
  const starts = /^(\s*)(?:export )?(?:default )?(?:(?:private |protected |public |static |override |readonly )*(?:async )?(?:function\*? ?\w*|\*?\w+)\s*(?:<[^>]*>)?\(.*(?:\{)$|.*=> \{$)/;
  const spans: { start: number; end: number }[] = [];
  lines.forEach((line, start) => {
    const match = starts.exec(line);
    if (!match || /^\s*(?:if|for|while|switch|catch|else|return|\}|describe|test)\b/.test(line)) return;
    const end = lines.findIndex((other, index) => index > start && other.startsWith(`${match[1]}}`));
    if (end > start) spans.push({ start, end });
  });
  return spans.filter(({ start, end }) => {
    const inner = spans.filter((other) => other.start > start && other.end < end);
    const outermost = inner.filter((span) => !inner.some((other) => other !== span && other.start < span.start && other.end > span.end));
    const own = end - start + 1 - outermost.reduce((sum, span) => sum + span.end - span.start + 1, 0);
    return own > FUNCTION_LIMIT;
  }).map(({ start }) => `${name(file)}:${start + 1}`);
}

test('functions fit on a screen', () => {
  assert.deepEqual(files.filter((file) => !isTest(file)).flatMap(longFunctions), []);
});

test('imports go in the direction of the design', () => {
  const wrong: string[] = [];
  for (const file of files.filter((candidate) => !isTest(candidate))) {
    const own = relative(SOURCE, file).split('/')[0] as string;
    if (own === 'main.ts') continue;
    for (const target of importsOf(file).filter((path) => path.startsWith('.'))) {
      const path = relative(SOURCE, resolve(dirname(file), target));
      const folder = path.split('/')[0] as string;
      if (folder === '..' || folder === own) continue;
      if (!MAY_IMPORT[own]?.includes(folder)) wrong.push(`${name(file)} imports ${path}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('time and randomness come from src/base alone', () => {
  const wrong = files.filter((file) => !isTest(file) && !file.startsWith(join(SOURCE, 'base'))).flatMap((file) =>
    (text.get(file) ?? '').split('\n').flatMap((line, index) => BANNED.filter(([pattern]) => pattern.test(line)).map(([, instead]) => `${name(file)}:${index + 1}: use ${instead}`)));
  assert.deepEqual(wrong, []);
});

test('there is no `any` at boundaries', () => {
  const wrong = files.filter((file) => !isTest(file)).flatMap((file) => (text.get(file) ?? '').split('\n')
    .flatMap((line, index) => /(?::|<|\bas) any\b/.test(line.replace(/\/\/.*|\/\*.*|^\s*\*.*/, '').replace(/'[^']*'|`[^`]*`/g, '')) ? [`${name(file)}:${index + 1}`] : []));
  assert.deepEqual(wrong, []);
});

test('every source file is used', () => {
  const roots = [join(SOURCE, 'main.ts'), ...filesBelow(join(ROOT, 'test')), ...filesBelow(join(ROOT, 'setup')), ...files.filter(isTest), ...(existsSync(join(ROOT, 'bench')) ? filesBelow(join(ROOT, 'bench')) : [])];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const content = text.get(file) ?? readFileSync(file, 'utf8');
    for (const match of content.matchAll(/(?:from|import|new URL)\s*\(?\s*'(\.[^']+\.ts)'/g)) visit(resolve(dirname(file), match[1] as string));
  };
  roots.forEach(visit);
  assert.deepEqual(files.filter((file) => !seen.has(file) && !file.includes('/generate/')).map(name), []);
});

test('every folder of src says what it owns', () => {
  const folders = readdirSync(SOURCE, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  assert.deepEqual(folders.filter((folder) => !existsSync(join(SOURCE, folder, 'README.md'))), []);
  assert.deepEqual(folders.filter((folder) => !(folder in MAY_IMPORT)), []);
});

test('nothing is left undone in the sources', () => {
  const wrong = files.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b|not implemented/.test(text.get(file) ?? '')).map(name);
  assert.deepEqual(wrong, []);
});
