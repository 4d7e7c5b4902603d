import { strict as assert } from 'node:assert';
import { createScheme } from '../../../src/api/scheme.ts';
import { upstreamForm } from '../../../src/apiserver/registry/stored-form.ts';
import { send, watch } from '../../../src/apiserver/testing/http-client.ts';
import { startTestServer, type TestServer } from '../../../src/apiserver/testing/test-server.ts';
import { openEtcdStorage } from '../../../src/storage/etcd/etcd-storage.ts';
import type { EtcdMembers } from './members.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const SERVICES = '/api/v1/namespaces/default/services';
const ROUNDS = 25;

async function serverOn(cluster: EtcdMembers): Promise<TestServer> {
  const scheme = createScheme();
  return startTestServer({ storage: await openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls }), scheme, storedForm: upstreamForm(scheme) });
}

/** Two API servers on one etcd: whoever wrote through one reads it through the other at once, and nobody overwrites anybody. */
export async function workSideBySide(cluster: EtcdMembers): Promise<void> {
  const [left, right] = await Promise.all([serverOn(cluster), serverOn(cluster)]) as [TestServer, TestServer];
  try {
    const seen = watch(right, `${MAPS}?watch=true`);
    for (let round = 0; round < ROUNDS; round++) await oneRound(left, right, `map-${round}`);
    const added: string[] = [];
    while (!added.includes(`map-${ROUNDS - 1}`)) {
      const event = await seen.next();
      assert.ok(event, 'the watch ended');
      if (event.type === 'ADDED' && event.object.metadata.name.startsWith('map-')) added.push(event.object.metadata.name);
    }
    seen.close();
    assert.deepEqual(added, Array.from({ length: ROUNDS }, (_, round) => `map-${round}`));
    await increments(left, right);
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) =>
      send(index % 2 ? left : right, 'POST', SERVICES, { body: { metadata: { name: `s-${index}` }, spec: { type: 'NodePort', ports: [{ port: 80 }] } } })));
    const both = await Promise.all([left, right].map((server) =>
      send(server, 'POST', SERVICES, { body: { metadata: { generateName: 'p-' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30007 }] } } })));
    assert.deepEqual(both.map(({ code }) => code).sort(), [201, 422], 'two Services have one node port');
    const addresses = made.map(({ code, body }) => (assert.equal(code, 201, JSON.stringify(body)), body.spec.clusterIP));
    assert.equal(new Set(addresses).size, addresses.length, 'two Services have one address');
    const ports = made.map(({ body }) => body.spec.ports[0].nodePort);
    assert.equal(new Set(ports).size, ports.length, 'two Services have one node port');
    await givenBack(left, right, ports[0]);
    await tooLarge(left);
  } finally {
    await Promise.all([left.close(), right.close()]);
  }
}

async function oneRound(left: TestServer, right: TestServer, name: string): Promise<void> {
  const made = await send(left, 'POST', MAPS, { body: { metadata: { name }, data: { from: 'left' } } });
  assert.equal(made.code, 201);
  const read = await send(right, 'GET', `${MAPS}/${name}`);
  assert.deepEqual(read.body, made.body);
  const changed = await send(right, 'PUT', `${MAPS}/${name}`, { body: { ...read.body, data: { from: 'right' } } });
  assert.equal(changed.code, 200);
  assert.equal((await send(left, 'PUT', `${MAPS}/${name}`, { body: made.body })).code, 409);
  const listed = await send(left, 'GET', MAPS);
  assert.equal(listed.body.items.find((item: { metadata: { name: string } }) => item.metadata.name === name).data.from, 'right');
  assert.equal((await send(left, 'POST', MAPS, { body: { metadata: { name } } })).code, 409);
}

/** Patches through both servers at once, each of which needs the one before. */
async function increments(left: TestServer, right: TestServer): Promise<void> {
  await send(left, 'POST', MAPS, { body: { metadata: { name: 'counter' } } });
  const patches = Array.from({ length: 40 }, (_, index) => send(index % 2 ? left : right, 'PATCH', `${MAPS}/counter`, {
    body: { data: { [`key-${index}`]: 'x' } }, headers: { 'content-type': 'application/merge-patch+json' },
  }));
  const codes = (await Promise.all(patches)).map(({ code }) => code);
  const { body } = await send(right, 'GET', `${MAPS}/counter`);
  assert.equal(Object.keys(body.data).length, codes.filter((code) => code === 200).length);
}

/** What one server gave can be had from the other once it is free. */
async function givenBack(left: TestServer, right: TestServer, nodePort: number): Promise<void> {
  assert.equal((await send(left, 'DELETE', `${SERVICES}/s-0`)).code, 200);
  const { code, body } = await send(right, 'POST', SERVICES, { body: { metadata: { name: 'again' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] } } });
  assert.equal(code, 201, JSON.stringify(body));
}

/** Etcd's refusal and the one of its client, as upstream's API server passes them on. */
async function tooLarge(server: TestServer): Promise<void> {
  const pod = (bytes: number): object => ({ metadata: { name: 'large' }, spec: { containers: [{ name: 'c', image: 'x', env: [{ name: 'a', value: 'x'.repeat(bytes) }] }] } });
  const answers = await Promise.all([1_600_000, 2_500_000].map((bytes) => send(server, 'POST', '/api/v1/namespaces/default/pods', { body: pod(bytes) })));
  assert.deepEqual(answers.map(({ code }) => code), [500, 500]);
  assert.equal(answers[0]?.body.message, 'etcdserver: request is too large');
  assert.match(answers[1]?.body.message, /^rpc error: code = ResourceExhausted desc = trying to send message larger than max \(\d+ vs\. 2097152\)$/);
}
