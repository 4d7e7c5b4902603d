/** Client libraries of four languages against a running cluster; README.md says what each scene is. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { run, startTestCluster, type TestCluster } from '../linux/support/cluster.ts';
import { LANGUAGES, missingTool, prepare } from './support/languages.ts';

const SCENES = [
  'create-and-delete', 'list-in-pages', 'watch-and-resume', 'watch-bookmarks', 'informer', 'patch-json', 'patch-merge', 'patch-strategic', 'server-side-apply', 'errors',
  'start-pod', 'exec-output', 'exec-input', 'exec-no-such-command', 'logs', 'port-forward',
];
const FIRST_BUILD = 20 * 60_000;

interface Line { scene: string; error?: string | null }

let starting: Promise<TestCluster> | undefined;
const theCluster = (): Promise<TestCluster> => starting ??= startTestCluster('test-clients');
after(async () => { await (await starting)?.stop(); });

/** Plays the program's scenes in a namespace of its own. */
async function play(command: string[], namespace: string): Promise<Map<string, Line>> {
  const { kubeconfig, kubectl } = await theCluster();
  await kubectl('create', 'namespace', namespace);
  const [program, ...parameters] = command as [string, ...string[]];
  const { code, stdout, stderr } = await run(program, [...parameters, kubeconfig, namespace]);
  const lines = stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  assert.equal(code, 0, `it ended with ${code} after ${lines.at(-1)?.scene}:\n${stderr}`);
  return new Map(lines.map((line) => [line.scene, line]));
}

for (const language of LANGUAGES) {
  test(`${language.name}: ${language.library}`, { timeout: FIRST_BUILD }, async (context) => {
    const missing = await missingTool(language);
    if (missing) return context.skip(missing);
    const results = await play(await prepare(language), language.name);
    assert.deepEqual([...results.keys()], SCENES);
    for (const scene of SCENES) await context.test(`${language.name}: ${scene}`, () => assert.equal(results.get(scene)?.error ?? undefined, undefined));
  });
}
