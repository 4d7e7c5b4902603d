import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import { kindRules } from '../index.ts';
import type { Container, Pod } from './types.ts';

const context = (allowDuplicatePorts: boolean): RuleContext => ({ now: 0, operation: 'create', subresource: '', namespace: 'default', user: '', options: { allowDuplicatePorts } });

function findings(containers: Partial<Container>[], initContainers: Partial<Container>[] = [], allowed = false): [string, string, string][] {
  const named = (list: Partial<Container>[], prefix: string): Container[] => list.map((container, index) => ({ name: `${prefix}${index}`, image: 'x', ...container }));
  const pod: Pod = { metadata: { name: 'p', namespace: 'default' }, spec: { containers: named(containers, 'c'), initContainers: named(initContainers, 'i') } };
  const rules = kindRules('', 'Pod');
  rules?.default?.(pod as never);
  return (rules?.validate?.(pod as never, context(allowed)) ?? []).map(({ type, field, detail }) => [type, field, detail]);
}
const port = (containerPort: number, protocol?: string): Partial<Container> => ({ ports: [{ containerPort, ...(protocol ? { protocol } : {}) }] });

test('the same port in two containers is refused with the path of the second', () => {
  const [found, ...rest] = findings([port(80), port(80)]);
  assert.deepEqual(rest, []);
  assert.deepEqual(found?.slice(0, 2), ['FieldValueDuplicate', 'spec.containers[1].ports[0].containerPort']);
  assert.match(found?.[2] ?? '', /^Duplicate value: 80: port 80\/TCP stands first at spec\.containers\[0\]\.ports\[0\]\.containerPort/);
});

test('the same port twice in one container is refused', () => {
  assert.deepEqual(findings([{ ports: [{ containerPort: 80 }, { containerPort: 80 }] }]).map(([, field]) => field), ['spec.containers[0].ports[1].containerPort']);
});

test('one number with two protocols is two ports', () => {
  assert.deepEqual(findings([port(53, 'TCP'), port(53, 'UDP')]), []);
});

test('init containers that end are not compared with the others, sidecars are', () => {
  assert.deepEqual(findings([port(80)], [port(80)]), []);
  assert.deepEqual(findings([port(80)], [{ ...port(80), restartPolicy: 'Always' }]).map(([, field]) => field), ['spec.containers[0].ports[0].containerPort']);
  assert.deepEqual(findings([port(80)], [{ ports: [{ containerPort: 81 }, { containerPort: 81 }] }]).map(([, field]) => field), ['spec.initContainers[0].ports[1].containerPort']);
});

test('the flag turns the rule off', () => {
  assert.deepEqual(findings([port(80), port(80)], [], true), []);
});

test('it holds for templates of workloads, but what stands may be scaled', () => {
  const rules = kindRules('apps', 'Deployment');
  const make = (replicas: number): never => ({
    metadata: { name: 'd', namespace: 'default', resourceVersion: '1' },
    spec: { replicas, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'x', ...port(80) }, { name: 'b', image: 'x', ...port(80) }] } } },
  }) as never;
  const [first, second] = [make(1), make(2)];
  rules?.default?.(first);
  rules?.default?.(second);
  assert.deepEqual(rules?.validate?.(first, context(false)).map(({ field }) => field), ['spec.template.spec.containers[1].ports[0].containerPort']);
  assert.deepEqual(rules?.validateUpdate?.(second, first, context(false)), []);
});
