import packet, { type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { ClusterZone } from './cluster-zone.ts';
import { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';

function responder(endpoints = 2): Responder {
  const zone = new ClusterZone();
  zone.setService({ metadata: { namespace: 'd', name: 'many' }, spec: { clusterIP: 'None' } });
  zone.setSlice({
    metadata: { namespace: 'd', name: 'many-1', labels: { 'kubernetes.io/service-name': 'many' } }, addressType: 'IPv4', ports: [],
    endpoints: Array.from({ length: endpoints }, (_, index) => ({ addresses: [`10.1.0.${index + 1}`] })),
  });
  return new Responder(new Resolver(zone, 'cluster.local', ['10.1.0.0/16'], '10.96.0.10'), undefined, systemRandom);
}
async function respond(query: Packet, overTcp = false, endpoints?: number): Promise<DecodedPacket> {
  const answer = await responder(endpoints).respond(Buffer.from(packet.encode({ type: 'query', id: 1, ...query })), overTcp);
  assert.ok(answer);
  return packet.decode(answer);
}
const MANY: Packet = { questions: [{ name: 'many.d.svc.cluster.local', type: 'A' }] };

test('an answer that does not fit is cut, and whole over TCP or with a larger buffer', async () => {
  const cut = await respond(MANY, false, 60);
  assert.deepEqual([cut.flag_tc, cut.answers?.length], [true, 0]);
  assert.equal((await respond(MANY, true, 60)).answers?.length, 60);
  const option = { type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0, flags: 0, options: [{ code: 10, data: Buffer.alloc(8, 1) }] } as unknown as Answer;
  const large = await respond({ ...MANY, additionals: [option] }, false, 60);
  assert.deepEqual([large.flag_tc, large.answers?.length, large.additionals?.length], [false, 60, 1]);
});

test('what is no question gets an error or nothing', async () => {
  assert.equal(await responder().respond(Buffer.from('short'), false), undefined);
  const broken = await responder().respond(Buffer.from([0, 5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 1]), false);
  assert.deepEqual([...broken?.subarray(0, 4) ?? []], [0, 5, 0x81, 1]);
  const update = Buffer.from(packet.encode({ type: 'query', id: 3, questions: MANY.questions }));
  update.writeUInt8(0x28, 2);
  assert.equal((await responder().respond(update, false))?.[3], 4);
  const response = Buffer.from(packet.encode({ type: 'response', id: 3, questions: MANY.questions }));
  assert.equal(await responder().respond(response, false), undefined);
});

test('names outside are refused with their question', async () => {
  const refused = await respond({ questions: [{ name: 'example.com', type: 'A' }] });
  assert.equal((refused as { rcode?: string }).rcode, 'REFUSED');
  assert.equal(refused.questions?.[0]?.name, 'example.com');
});

test('the order of addresses changes from answer to answer', async () => {
  const first = new Set<unknown>();
  for (let index = 0; index < 60; index++) first.add(((await respond(MANY)).answers?.[0] as { data: unknown }).data);
  assert.equal(first.size, 2);
});
