import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatJunit, formatReport, readResults } from './report.ts';

const RESULTS = [
  { name: '[sig-a] works', state: 'passed' as const, seconds: 1.5, reason: '' },
  { name: '[sig-a] breaks', state: 'failed' as const, seconds: 61, reason: 'expected <nil>\n"x"' },
];

test('a report names what failed and what was not reached', () => {
  const text = formatReport([...RESULTS.map((result) => result.name), '[sig-b] later'], RESULTS, 75);
  assert.match(text, /^Failed:\n {2}\[sig-a\] breaks \(61\.0 s\)\n {6}expected <nil>\n {6}"x"\n/);
  assert.match(text, /Not reached:\n {2}\[sig-b\] later\n/);
  assert.match(text, /1 passed, 1 failed, 0 skipped, 1 not reached, in 1:15\n$/);
});

test('JUnit escapes what tests print', () => {
  const xml = formatJunit([{ ...RESULTS[1] as typeof RESULTS[1], reason: 'a<b & "c"\u0007' }], 1);
  assert.match(xml, /tests="1" failures="1"/);
  assert.match(xml, /<failure message="a&lt;b &amp; &quot;c&quot;\ufffd">/);
});

test("only chosen tests count of ginkgo's report", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-report-'));
  const spec = { LeafNodeType: 'It', LeafNodeText: 'x', ContainerHierarchyTexts: ['[sig-a]'], RunTime: 2e9 };
  await writeFile(join(folder, 'report.json'), JSON.stringify([{ SpecReports: [
    { ...spec, State: 'passed' }, { ...spec, State: 'skipped' }, { ...spec, State: 'skipped', Failure: { Message: 'no nodes' } },
    { ...spec, State: 'timedout' }, { ...spec, LeafNodeType: 'ReportAfterSuite', State: 'passed' },
  ] }]));
  const results = await readResults(join(folder, 'report.json'));
  await rm(folder, { recursive: true });
  assert.deepEqual(results.map(({ name, state, seconds, reason }) => [name, state, seconds, reason]),
    [['[sig-a] x', 'passed', 2, ''], ['[sig-a] x', 'skipped', 2, 'no nodes'], ['[sig-a] x', 'failed', 2, 'timedout']]);
});
