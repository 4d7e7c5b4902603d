import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { ChoiceIds } from './choice-ids.ts';
import { fragmentOf, ProxyState } from './proxy-state.ts';
import { TableContents } from './table-changes.ts';

/** A proxy without a kernel: events in, commands out. */
class Bench {
  readonly state = new ProxyState('n1');
  readonly contents = new TableContents();
  readonly ids = new ChoiceIds();

  commands(): string[] {
    return this.contents.change(new Map(this.state.takeChanged().map((service) => [service.key, fragmentOf(service, this.ids)])))
      .map((line) => line.replaceAll('ip naru-services ', ''));
  }
  service(name: string, clusterIP: string, spec: Partial<ServiceSpec> = {}): void {
    this.state.setService({ metadata: { namespace: 'd', name }, spec: { clusterIP, ports: [{ port: 80, protocol: 'TCP' }], ...spec } });
  }
  endpoints(name: string, ...addresses: string[]): void {
    this.state.setSlice({
      metadata: { namespace: 'd', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } }, addressType: 'IPv4',
      ports: [{ name: '', port: 8080, protocol: 'TCP' }], endpoints: addresses.map((address) => ({ addresses: [address], nodeName: 'n2' })),
    });
  }
}

test('a plain Service is made of elements only, once its number of endpoints is known', () => {
  const bench = new Bench();
  bench.service('a', '10.96.0.1');
  bench.endpoints('a', '10.0.0.1', '10.0.0.2');
  assert.ok(bench.commands().some((line) => line === 'add chain spread-2'));
  bench.service('b', '10.96.0.2');
  bench.endpoints('b', '10.0.0.3', '10.0.0.4');
  assert.deepEqual(bench.commands(), [
    'add element endpoints { 2 . 0 : 10.0.0.3 . 8080, 2 . 1 : 10.0.0.4 . 8080 }',
    'add element service-addresses { 10.96.0.2 . tcp . 80 : goto spread-2 }',
    'add element address-choices { 10.96.0.2 . tcp . 80 : 2 }',
  ]);
});

test('an endpoint that goes stays in the map until the next change', () => {
  const bench = new Bench();
  bench.service('a', '10.96.0.1');
  bench.endpoints('a', '10.0.0.1', '10.0.0.2');
  bench.commands();
  bench.endpoints('a', '10.0.0.1');
  assert.deepEqual(bench.commands().filter((line) => line.includes('element')), [
    'delete element service-addresses { 10.96.0.1 . tcp . 80 : goto spread-2 }',
    'add element service-addresses { 10.96.0.1 . tcp . 80 : goto spread-1 }',
  ]);
  bench.endpoints('a', '10.0.0.9');
  assert.deepEqual(bench.commands(), [
    'delete element endpoints { 1 . 1 : 10.0.0.2 . 8080 }',
    'delete element endpoints { 1 . 0 : 10.0.0.1 . 8080 }',
    'add element endpoints { 1 . 0 : 10.0.0.9 . 8080 }',
  ]);
});

test('what did not change costs no command', () => {
  const bench = new Bench();
  bench.service('a', '10.96.0.1');
  bench.endpoints('a', '10.0.0.1');
  bench.commands();
  bench.service('a', '10.96.0.1');
  bench.endpoints('a', '10.0.0.1');
  assert.deepEqual(bench.commands(), []);
});

test('an external address wanted by two is served for the second when the first goes', () => {
  const bench = new Bench();
  for (const [name, ip] of [['a', '10.96.0.1'], ['b', '10.96.0.2']] as const) {
    bench.service(name, ip, { externalIPs: ['192.0.2.1'] });
    bench.endpoints(name, '10.0.0.1');
  }
  const first = bench.commands().join('\n');
  assert.match(first, /192\.0\.2\.1 \. tcp \. 80 : 1/);
  assert.doesNotMatch(first, /192\.0\.2\.1 \. tcp \. 80 : 2/);
  bench.state.deleteService({ metadata: { namespace: 'd', name: 'a' } });
  assert.ok(bench.commands().includes('add element address-choices { 192.0.2.1 . tcp . 80 : 2 }'));
});

test('without endpoints a Service refuses; with a local policy and none here it drops', () => {
  const bench = new Bench();
  bench.service('a', '10.96.0.1');
  assert.deepEqual(bench.commands(), ['add element service-addresses { 10.96.0.1 . tcp . 80 : goto refuse }']);
  bench.service('b', '10.96.0.2', { internalTrafficPolicy: 'Local' });
  bench.endpoints('b', '10.0.0.1');
  assert.deepEqual(bench.commands(), ['add element service-addresses { 10.96.0.2 . tcp . 80 : drop }']);
});

test('affinity has chains and sets of its own, and they go when it does', () => {
  const bench = new Bench();
  bench.service('a', '10.96.0.1', { sessionAffinity: 'ClientIP' });
  bench.endpoints('a', '10.0.0.1', '10.0.0.2');
  const made = bench.commands();
  assert.equal(made.filter((line) => line.startsWith('add set')).length, 2);
  assert.match(made.join('\n'), /timeout 10800s/);
  bench.service('a', '10.96.0.1');
  const gone = bench.commands();
  assert.equal(gone.filter((line) => line.startsWith('delete set')).length, 2);
  assert.equal(gone.filter((line) => line.startsWith('delete chain')).length, 3);
  assert.ok(gone.findIndex((line) => line.startsWith('delete chain')) > gone.findLastIndex((line) => line.startsWith('flush chain')));
});
