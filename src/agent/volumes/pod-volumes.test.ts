import assert from 'node:assert/strict';
import { chmod, readFile, stat } from 'node:fs/promises';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime, sleep, systemClock } from '../../base/clock.ts';
import { CONFIG_MAPS, PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, SECRETS } from '../../client/resources.ts';
import { PodReferences } from '../pod/references.ts';
import { fakeNode, makePod, type FakeNode } from '../testing/fakes.ts';
import { PodVolumes, type ReadyVolume } from './pod-volumes.ts';

function volumesOf(node: FakeNode, pod: Pod): PodVolumes {
  const { context } = node;
  const references = new PodReferences(context.objects, 'default', () => volumes.refresh(pod));
  const volumes: PodVolumes = new PodVolumes(pod, {
    ...context, references, directory: `${context.paths.pods}/u`, memoryDirectory: `${context.paths.root}/memory/u`,
    allocatable: {}, facts: { podIPs: [], hostIPs: [], nodeName: 'node1' }, ensureImage: async () => 'sha256:1',
  });
  return volumes;
}
const path = (volume: ReadyVolume | undefined): string => (volume?.kind === 'path' ? volume.path : '');

test('a projected volume joins token, ConfigMap and the pod\'s own facts', async () => {
  const node = fakeNode();
  const asked: unknown[] = [];
  node.client.answers.set('serviceaccounts/token', (body) => {
    asked.push((body as { spec: unknown }).spec);
    return { status: { token: 'abc', expirationTimestamp: formatTime(systemClock.now() + 3_600_000) } };
  });
  node.client.put(CONFIG_MAPS, { metadata: { name: 'ca', namespace: 'default' }, data: { 'ca.crt': 'PEM' } });
  const pod = makePod({
    volumes: [{ name: 'v', projected: { sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }, { configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ] } }],
  });
  const volumes = volumesOf(node, pod);
  assert.deepEqual(await volumes.prepare(), []);
  const root = path(volumes.get('v'));
  assert.deepEqual(await Promise.all(['token', 'ca.crt', 'namespace'].map((name) => readFile(`${root}/${name}`, 'utf8'))), ['abc', 'PEM', 'default']);
  assert.deepEqual(asked, [{ audiences: [], expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'pod', uid: pod.metadata?.uid } }]);
  await volumes.remove();
  await assert.rejects(stat(root));
  node.context.objects.stop();
});

test('an emptyDir is open to all at first, and keeps the mode that its containers gave it when a new agent takes over', async () => {
  const node = fakeNode();
  const pod = makePod({ volumes: [{ name: 'v', emptyDir: {} }] });
  const [first, second] = [volumesOf(node, pod), volumesOf(node, pod)];
  assert.deepEqual(await first.prepare(), []);
  const root = path(first.get('v'));
  assert.equal((await stat(root)).mode & 0o7777, 0o777);
  await chmod(root, 0o700);
  assert.deepEqual(await second.prepare(), []);
  assert.deepEqual([path(second.get('v')), (await stat(root)).mode & 0o7777], [root, 0o700]);
  await second.remove();
  node.context.objects.stop();
});

test('a changed Secret is shown, a missing one is a failure that names it', async () => {
  const node = fakeNode();
  const secret = (value: string) => ({ metadata: { name: 's', namespace: 'default' }, data: { k: Buffer.from(value).toString('base64') } });
  const volumes = volumesOf(node, makePod({ volumes: [{ name: 'v', secret: { secretName: 's', defaultMode: 0o400 } }] }));
  assert.deepEqual(await volumes.prepare(), [{ volume: 'v', message: 'secret "s" not found' }]);
  node.client.put(SECRETS, secret('one'));
  assert.deepEqual(await volumes.prepare(), []);
  const file = `${path(volumes.get('v'))}/k`;
  assert.equal((await stat(file)).mode & 0o777, 0o400);
  node.client.put(SECRETS, secret('two'));
  for (let tries = 0; tries < 200 && await readFile(file, 'utf8') !== 'two'; tries++) await sleep(5);
  assert.equal(await readFile(file, 'utf8'), 'two');
  await volumes.remove();
  node.context.objects.stop();
});

test('a claim leads to its volume once it is bound', async () => {
  const node = fakeNode();
  const claim = (phase: string) => ({ metadata: { name: 'c', namespace: 'default', uid: 'cu' }, spec: { volumeName: 'pv' }, status: { phase } });
  const volumes = volumesOf(node, makePod({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c', readOnly: true } }] }));
  assert.match((await volumes.prepare())[0]?.message ?? '', /persistentvolumeclaim "c" not found/);
  node.client.put(PERSISTENT_VOLUME_CLAIMS, claim('Pending'));
  assert.match((await volumes.prepare())[0]?.message ?? '', /PVC is not bound/);
  node.client.put(PERSISTENT_VOLUME_CLAIMS, claim('Bound'));
  node.client.put(PERSISTENT_VOLUMES, { metadata: { name: 'pv' }, spec: { claimRef: { uid: 'cu' }, hostPath: { path: `${node.context.paths.root}/pv` } } });
  assert.deepEqual(await volumes.prepare(), []);
  assert.deepEqual(volumes.get('v'), { kind: 'path', path: `${node.context.paths.root}/pv`, readOnly: true });
  await volumes.remove();
  node.context.objects.stop();
});
