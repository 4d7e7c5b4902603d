/** The command; see README.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusOf, kindName } from './corpus/corpus.ts';
import { runScenario, type Compared } from './engine.ts';
import { generated } from './generator/generator.ts';
import { resources } from './objects.ts';
import { figure, reportText, tableBy } from './report.ts';
import { missingServers, startPair, type Pair } from './servers.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' }, count: { type: 'string', default: '40' }, kind: { type: 'string' }, verb: { type: 'string' }, 'corpus-only': { type: 'boolean' }, 'generated-only': { type: 'boolean' },
    'skip-if-missing': { type: 'boolean' }, report: { type: 'string', default: join(homedir(), '.cache', 'naru-parity', 'report.md') }, limit: { type: 'string' },
  },
});
const say = (message: string): void => void process.stderr.write(`${message}\n`);

if (values['skip-if-missing'] && (await missingServers()).length > 0) {
  console.log('skipped: upstream\'s programs are not built');
  process.exit(0);
}
const pair = await startPair(say);
const results: Compared[] = [];
try {
  await compareAll();
} finally {
  await pair.stop();
}
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
    if (values.kind && !kind.split('.').concat(kind, resource.resource).includes(values.kind)) continue;
    const namespace = `p-${resource.resource}-${resource.group.split('.')[0] || 'core'}-${resource.version}`;
    await prepare(pair, namespace);
    const scenarios = [...values['generated-only'] ? [] : corpusOf(resource, namespace), ...values['corpus-only'] ? [] : generated(resource, namespace, Number(values.seed), Number(values.count))];
    const before = results.length;
    for (const scenario of scenarios.filter(({ name }) => !values.verb || name === values.verb)) results.push(...await runScenario(pair, scenario));
    const own = figure(results.slice(before));
    say(`${kind}: ${own.requests} requests, ${own.different} differ`);
  }
}

/** What controllers would make of a new namespace. */
async function prepare({ upstream, naru }: Pair, namespace: string): Promise<void> {
  const json = { 'content-type': 'application/json' };
  for (const side of [upstream, naru]) {
    await side.send({ method: 'POST', path: '/api/v1/namespaces', headers: json, body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }) });
    await side.send({ method: 'POST', path: `/api/v1/namespaces/${namespace}/serviceaccounts`, headers: json, body: JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }) });
  }
}
