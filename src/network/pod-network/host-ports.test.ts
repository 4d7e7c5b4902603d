import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostPortElements, hostPortTable } from './host-ports.ts';

test('a port without an address answers on all, one with an address on that one', () => {
  const lines = hostPortElements('add', '10.244.0.5', [
    { hostPort: 80, containerPort: 8080, protocol: 'TCP' },
    { hostPort: 53, containerPort: 5353, protocol: 'UDP', hostIP: '172.30.1.11' },
    { hostPort: 81, containerPort: 81, protocol: 'TCP', hostIP: '0.0.0.0' },
  ]);
  assert.deepEqual(lines, [
    'add element ip naru-host-ports any-address { tcp . 80 : 10.244.0.5 . 8080 }',
    'add element ip naru-host-ports one-address { 172.30.1.11 . udp . 53 : 10.244.0.5 . 5353 }',
    'add element ip naru-host-ports any-address { tcp . 81 : 10.244.0.5 . 81 }',
    'add element ip naru-host-ports pods { 10.244.0.5 . 10.244.0.5 }',
  ]);
});

test('a pod without hostPorts changes nothing', () => {
  assert.deepEqual(hostPortElements('delete', '10.244.0.5', []), []);
});

test('of two pods that a crash left with the same port the older keeps it', () => {
  const port = { hostPort: 80, containerPort: 8080, protocol: 'TCP' as const };
  const lines = hostPortTable([{ addresses: ['10.244.0.5'], hostPorts: [port] }, { addresses: ['10.244.0.6'], hostPorts: [port, { ...port, hostPort: 81 }] }]);
  assert.deepEqual(lines.filter((line) => line.startsWith('add element') && line.includes(' any-address ')), [
    'add element ip naru-host-ports any-address { tcp . 80 : 10.244.0.5 . 8080 }',
    'add element ip naru-host-ports any-address { tcp . 81 : 10.244.0.6 . 8080 }',
  ]);
});
