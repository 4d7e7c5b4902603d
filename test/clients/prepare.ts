/** Builds what the tests here run, so that they need not wait: every language this machine has the tools of, and Helm. */
import { isInstalled } from '../../conformance/commands.ts';
import { buildPrograms } from '../../conformance/programs.ts';
import { LANGUAGES, missingTool, prepare } from './support/languages.ts';

const say = (message: string): void => void process.stdout.write(`${message}\n`);

async function timed(what: string, action: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await action();
  say(`${what}: ready after ${Math.round((performance.now() - start) / 1000)} s`);
}

for (const language of LANGUAGES) {
  const missing = await missingTool(language);
  if (missing) say(`${language.name}: ${missing}`);
  else await timed(language.name, () => prepare(language));
}
if (await isInstalled('go')) await timed('helm', () => buildPrograms(say, ['helm']));
else say('helm: go is not installed');
