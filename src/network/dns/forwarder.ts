import { createSocket, type Socket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';

/** How many questions may wait for answers from outside; more are refused. */
const WAITING_LIMIT = 1000;
const TRY_MILLISECONDS = 2000;

interface Waiting { resolve: (answer: Buffer | undefined) => void; timer: Timer; socket: Socket }

/** Hands questions about the world outside to other servers, byte for byte, one after the other until one answers. */
export class Forwarder {
  private readonly upstreams: string[];
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly waiting = new Set<Waiting>();

  constructor(upstreams: string[], clock: Clock, random: Random) {
    this.upstreams = upstreams;
    this.clock = clock;
    this.random = random;
  }

  /** The answer with the question's own id; undefined when nobody gave one. */
  async ask(question: Buffer, overTcp: boolean): Promise<Buffer | undefined> {
    if (this.waiting.size >= WAITING_LIMIT) return undefined;
    for (const upstream of this.upstreams) {
      const answer = await (overTcp ? this.askTcp(question, upstream) : this.askUdp(question, upstream));
      if (answer) return answer;
    }
    return undefined;
  }

  stop(): void {
    for (const waiting of [...this.waiting]) this.finish(waiting, undefined);
  }

  /**
   * A socket a question: its random port is what keeps others from answering in the server's name. It is connected, so that the
   * kernel drops what others send and tells at once when nobody listens there.
   */
  private askUdp(question: Buffer, upstream: string): Promise<Buffer | undefined> {
    const sent = Buffer.from(question);
    sent.set(this.random.bytes(2), 0);
    return new Promise((resolve) => {
      const socket = createSocket(isIPv6(upstream) ? 'udp6' : 'udp4');
      const timer = this.clock.after(TRY_MILLISECONDS, () => this.finish(waiting, undefined));
      const waiting: Waiting = { resolve, timer, socket };
      this.waiting.add(waiting);
      socket.on('message', (answer) => {
        if (answer.length < 12 || answer.readUInt16BE(0) !== sent.readUInt16BE(0)) return;
        answer.writeUInt16BE(question.readUInt16BE(0), 0);
        this.finish(waiting, answer);
      });
      socket.on('error', () => this.finish(waiting, undefined));
      socket.connect(53, upstream, () => socket.send(sent));
    });
  }

  private finish(waiting: Waiting, answer: Buffer | undefined): void {
    if (!this.waiting.delete(waiting)) return;
    waiting.timer.cancel();
    waiting.socket.close();
    waiting.resolve(answer);
  }

  private askTcp(question: Buffer, upstream: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = connect(53, upstream);
      let received = Buffer.alloc(0);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(question.length);
      const finish = (answer: Buffer | undefined): void => { socket.destroy(); resolve(answer); };
      socket.setTimeout(TRY_MILLISECONDS, () => finish(undefined));
      socket.on('error', () => finish(undefined));
      socket.on('close', () => resolve(undefined));
      socket.on('connect', () => socket.write(Buffer.concat([length, question])));
      socket.on('data', (data: Buffer) => {
        received = Buffer.concat([received, data]);
        const wanted = received.length >= 2 ? received.readUInt16BE(0) + 2 : Infinity;
        if (received.length >= wanted) finish(received.subarray(2, wanted));
      });
    });
  }
}
