import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, EmptyDirVolumeSource } from '../../../schema/v1.37/types/core-v1.ts';
import { makePod } from '../testing/fakes.ts';
import { limitsLocalStorage, storageExcess } from './local-storage.ts';

const container = (name: string, limit?: string): Container => ({ name, image: 'app', ...(limit ? { resources: { limits: { 'ephemeral-storage': limit } } } : {}) });
const pod = (containers: Container[], volumes: Record<string, EmptyDirVolumeSource> = {}) =>
  makePod({ containers, volumes: Object.entries(volumes).map(([name, emptyDir]) => ({ name, emptyDir })) });
const used = (containers: Record<string, number>, volumes: Record<string, number> = {}) =>
  ({ containers: new Map(Object.entries(containers)), volumes: new Map(Object.entries(volumes)) });
const KI = 1024;

test('a pod without limits is not looked at', () => {
  assert.equal(limitsLocalStorage(pod([container('a')], { v: {} })), false);
  assert.equal(limitsLocalStorage(pod([container('a', '1Ki')])), true);
  assert.equal(limitsLocalStorage(pod([container('a')], { v: { sizeLimit: '1Ki' } })), true);
  assert.equal(storageExcess(pod([container('a')], { v: {} }), used({ a: KI ** 3 }, { v: KI ** 3 })), undefined);
});

test('an emptyDir over its size is too much, also one in memory', () => {
  for (const medium of ['', 'Memory']) {
    const limited = pod([container('a')], { v: { sizeLimit: '1Ki', medium } });
    assert.equal(storageExcess(limited, used({}, { v: KI })), undefined);
    assert.equal(storageExcess(limited, used({}, { v: KI + 1 })), 'Usage of EmptyDir volume "v" exceeds the limit "1Ki". ');
  }
});

test('a container over its limit is too much while the pod is not', () => {
  const limited = pod([container('a', '1Ki'), container('b', '3Ki')]);
  assert.equal(storageExcess(limited, used({ a: 2 * KI, b: KI })), 'Container a exceeded its local ephemeral storage limit "1Ki". ');
  assert.equal(storageExcess(limited, used({ a: KI, b: KI })), undefined);
});

test('all that the pod takes counts against the sum of the limits there are, but not what is in memory', () => {
  const limited = pod([container('a', '1Ki'), container('b', '1Ki'), container('c')], { disk: {}, memory: { medium: 'Memory' } });
  const message = 'Pod ephemeral local storage usage exceeds the total limit of containers 2Ki. ';
  assert.equal(storageExcess(limited, used({ c: 2 * KI + 1 })), message);
  assert.equal(storageExcess(limited, used({ a: KI }, { disk: KI + 1 })), message);
  assert.equal(storageExcess(limited, used({ a: KI, b: KI }, { memory: KI ** 3 })), undefined);
});
