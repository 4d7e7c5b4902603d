/** The command; see README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusOf, kindName } from './corpus/corpus.ts';
import { prepareNamespace, runScenario, type Compared } from './engine.ts';
import { generated } from './generator/generator.ts';
import { namespaceOf, resources } from './objects.ts';
import { kept, PARTS, writeRecording, type Kept, type Recording } from './recorded.ts';
import { figure, reportText, tableBy } from './report.ts';
import type { Scenario } from './scenario.ts';
import { missingServers, startPair } from './servers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' }, count: { type: 'string', default: '40' }, kind: { type: 'string' }, verb: { type: 'string' }, 'corpus-only': { type: 'boolean' }, 'generated-only': { type: 'boolean' },
    'skip-if-missing': { type: 'boolean' }, report: { type: 'string', default: join(homedir(), '.cache', 'naru-parity', 'report.md') }, limit: { type: 'string' }, record: { type: 'boolean' },
  },
});
const say = (message: string): void => void process.stderr.write(`${message}\n`);

if (values['skip-if-missing'] && (await missingServers()).length > 0) {
  console.log('skipped: upstream\'s programs are not built');
  process.exit(0);
}
const pair = await startPair(say);
const results: Compared[] = [];
const recorded: Recording = {};
try {
  await compareAll();
} finally {
  await pair.stop();
}
if (values.record) writeRecording(recorded);
const report = values.report;
mkdirSync(dirname(report), { recursive: true });
writeFileSync(report, reportText(results, `test/parity/run ${process.argv.slice(2).join(' ')}`.trim()));
const { requests, different, differences, accepted } = figure(results);
console.log(['| kind | requests | different |', ...tableBy(results, 'kind').filter((line) => !line.endsWith('| 0 |')), '', '| verb | requests | different |', ...tableBy(results, 'verb')].join('\n'));
console.log(`\n${requests} requests compared, ${different} differ (${differences} differences), ${accepted} differ only in accepted ways; report: ${report}`);
process.exitCode = values.limit !== undefined && different > Number(values.limit) ? 1 : 0;

async function compareAll(): Promise<void> {
  for (const resource of resources()) {
    const kind = kindName(resource);
    if (values.kind && !values.kind.split(',').some((wanted) => kind.split('.').concat(kind, resource.resource).includes(wanted))) continue;
    const namespace = namespaceOf(resource);
    for (const side of [pair.upstream, pair.naru]) await prepareNamespace(side, namespace);
    const scenarios = [...values['generated-only'] ? [] : corpusOf(resource, namespace), ...values['corpus-only'] ? [] : generated(resource, namespace, Number(values.seed), Number(values.count))];
    const before = results.length;
    for (const scenario of scenarios.filter(({ name }) => !values.verb || name === values.verb)) {
      const compared = await runScenario(pair, scenario);
      results.push(...compared);
      if (PARTS[kind]?.includes(scenario.name)) recorded[`${kind} ${scenario.name}`] = toKeep(scenario, compared);
    }
    const own = figure(results.slice(before));
    say(`${kind}: ${own.requests} requests, ${own.different} differ`);
  }
}

/** Of the steps that are not compared, and of those that differ, nothing is kept. */
function toKeep({ steps }: Scenario, compared: Compared[]): (Kept | null)[] {
  const answers = compared.values();
  return steps.map(({ quiet }) => {
    const answer = quiet ? undefined : answers.next().value;
    return answer && answer.left.length === 0 && answer.accepted.length === 0 ? kept(answer.upstream) : null;
  });
}
