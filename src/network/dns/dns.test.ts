import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import packet, { type DecodedPacket } from 'dns-packet';
import { sleep } from '../../base/clock.ts';
import { call } from '../../linux/libc.ts';
import type { ObjectSource } from '../source.ts';
import { startDns, type DnsServer } from './dns.ts';
import { answerQuestions } from './tcp-questions.ts';

const nothing: ObjectSource<object> = { onEvent: () => () => undefined, synced: async () => undefined };
const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const QUESTION = Buffer.from(packet.encode({ type: 'query', id: 7, questions: [{ type: 'TXT', name: 'dns-version.cluster.local' }] }));

/** A packet from port 0, which no socket but a raw one sends. */
function sendFromNowhere(port: number): void {
  const SOCK_RAW = 3;
  const socket = call('int socket(int domain, int type, int protocol)', undefined, 2, SOCK_RAW, 17);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(port, 2);
  header.writeUInt16BE(8 + QUESTION.length, 4);
  const address = Buffer.alloc(16);
  address.writeUInt16LE(2, 0);
  address.set([127, 0, 0, 1], 4);
  const bytes = Buffer.concat([header, QUESTION]);
  call('long sendto(int fd, void *data, unsigned long size, int flags, void *address, uint32_t length)', undefined, socket, bytes, bytes.length, 0, address, address.length);
  call('int close(int fd)', undefined, socket);
}

describe('the name server', { timeout: 30_000 }, () => {
  let server: DnsServer;
  let port = 0;
  before(async () => {
    const probe = createSocket('udp4').bind(0, '127.0.0.1');
    await once(probe, 'listening');
    port = (probe.address() as AddressInfo).port;
    probe.close();
    server = await startDns({ services: nothing, endpointSlices: nothing, address: '127.0.0.1', port, domain: 'cluster.local', ranges: [], logger: silent });
  });
  after(() => server.stop());
  const askUdp = async (): Promise<DecodedPacket> => {
    const socket = createSocket('udp4');
    socket.send(QUESTION, port, '127.0.0.1');
    const [answer] = await once(socket, 'message') as [Buffer];
    socket.close();
    return packet.decode(answer);
  };
  test('a packet from port 0 is left without an answer, and others get theirs', { skip: process.getuid?.() !== 0 && 'only root may send it' }, async () => {
    sendFromNowhere(port);
    await sleep(50);
    assert.equal((await askUdp()).answers?.length, 1);
  });
});

test('a client that asks over TCP and takes no answers is not read either, until it does', { timeout: 10_000 }, async () => {
  const framed = Buffer.concat([Buffer.from([0, QUESTION.length]), QUESTION]);
  let takeAnswers: (() => void) | undefined;
  let pulled = 0;
  const chunks = 50;
  const socket = new Duplex({
    highWaterMark: 16,
    read() { this.push(pulled++ < chunks ? Buffer.concat([framed, framed]) : null); },
    write(_chunk, _encoding, done) { if (takeAnswers) done(); else takeAnswers = done; },
  });
  let asked = 0;
  answerQuestions(socket, async (question) => { asked++; return question; });
  await sleep(50);
  assert.ok(asked < 5 && pulled < 5, `${asked} questions answered, ${pulled} chunks read`);
  takeAnswers?.();
  while (asked < 2 * chunks) await sleep(5);
});
