/** A name server outside the cluster, in a process inside the namespace it serves: it gives every name one address. */
import packet from 'dns-packet';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { answer } from './sources.ts';

function reply(question: Buffer, data: string): Buffer {
  const { id, questions = [] } = packet.decode(question);
  return Buffer.from(packet.encode({
    type: 'response', id: id ?? 0, flags: packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE, questions,
    answers: questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 60, data })),
  }));
}

answer({
  /** `data` is the address that all names have. */
  async serve(address: string, data: string) {
    const udp = createSocket('udp4');
    udp.on('message', (question, from) => udp.send(reply(question, data), from.port, from.address));
    await new Promise<void>((resolve) => udp.bind(53, address, resolve));
    const tcp = createServer((socket) => socket.once('data', (bytes: Buffer) => {
      const message = reply(bytes.subarray(2), data);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      socket.end(Buffer.concat([length, message]));
    }));
    await new Promise<void>((resolve) => tcp.listen(53, address, resolve));
  },
});
