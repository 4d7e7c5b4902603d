import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { corpusOf, kindName } from './corpus/corpus.ts';
import { callOf, objectOf, prepareNamespace } from './engine.ts';
import { normalAnswer } from './normalize.ts';
import { namespaceOf, resources } from './objects.ts';
import { kept, PARTS, recording } from './recorded.ts';
import type { Last } from './scenario.ts';
import { startNaru } from './servers.ts';

let naru: Awaited<ReturnType<typeof startNaru>>;
before(async () => { naru = await startNaru(); });
after(() => naru.stop());
const answers = recording();

for (const [kind, parts] of Object.entries(PARTS)) {
  test(`requests about a ${kind} are answered as upstream once answered them: ${parts.join(', ')}`, async () => {
    const resource = resources().find((each) => kindName(each) === kind);
    assert.ok(resource);
    const namespace = namespaceOf(resource);
    await prepareNamespace(naru.side, namespace);
    for (const { name, start, steps } of corpusOf(resource, namespace).filter((scenario) => parts.includes(scenario.name))) {
      let last = start as Last;
      const wanted = answers[`${kind} ${name}`] ?? [];
      assert.equal(wanted.length, steps.length, `the recording of ${kind} ${name} is of another corpus: test/parity/run --record`);
      for (const [index, step] of steps.entries()) {
        const call = callOf(step, last);
        const answer = await naru.side.send(call);
        if (!step.path.includes('dryRun')) last = objectOf(answer, start.kind as string) ?? last;
        if (!step.quiet && wanted[index]) assert.deepEqual(kept(normalAnswer(answer)), wanted[index], `${name}: ${call.method} ${call.path} ${String(call.body ?? '').slice(0, 300)}`);
      }
    }
  });
}
