import type { ResourceTable } from '../../../src/api/schema-tables.ts';
import { kindName } from '../corpus/corpus.ts';
import { DRY, MERGE, STRATEGIC, cleared, given, patch, post, put, subjectOf } from '../corpus/common.ts';
import type { Last, Scenario, Step } from '../scenario.ts';
import { mutated, seeded } from './mutate.ts';

/** `count` requests with objects that a seeded chance has changed in one to three fields; the same seed gives the same requests. */
export function generated(resource: ResourceTable, namespace: string, seed: number, count: number): Scenario[] {
  const subject = subjectOf(resource, namespace);
  const { collection, path, valid } = subject;
  const stored = resource.verbs.includes('update');
  const steps: Step[] = [];
  for (let index = 0; index < count; index++) {
    const chance = seeded(`${seed} ${collection} ${index}`);
    const change = (last: Last): Last => mutated(resource, last, seeded(`${seed} ${collection} ${index}`)) as Last;
    const turn = stored ? chance.below(5) : 0;
    if (turn < 2) steps.push(post(`${collection}${DRY}&fieldValidation=${chance.pick(['Strict', 'Warn'])}`, change(valid('two'))));
    else if (turn < 4) steps.push(put(`${path}${DRY}`, (last: Last) => change(last)));
    else steps.push(patch(`${path}${DRY}`, chance.pick([MERGE, STRATEGIC]), withoutSame(change(valid()), valid())));
  }
  return [{ kind: kindName(resource), name: `seed ${seed}`, start: valid(), steps: stored ? [given(collection, valid()), ...steps, cleared(path)] : steps }];
}

/** The top-level fields that differ. */
function withoutSame(changed: Last, original: Last): Record<string, unknown> {
  return Object.fromEntries(Object.entries(changed).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(original[key])));
}
