import packet, { type Answer, type DecodedPacket, type Packet, type Question } from 'dns-packet';
import type { Random } from '../../base/random.ts';
import { encodeCompact } from './compact.ts';
import type { Forwarder } from './forwarder.ts';
import type { Resolution, Resolver } from './resolver.ts';

/** What a client that says nothing of its buffer can take over UDP. */
const PLAIN_UDP_BYTES = 512;
const UDP_BYTES = 1232;
const RCODE = { noError: 0, formatError: 1, serverFailure: 2, noName: 3, notImplemented: 4, refused: 5 } as const;

/** Turns a question's bytes into an answer's. Undefined: not worth an answer. */
export class Responder {
  private readonly resolver: Resolver;
  private readonly forwarder: Forwarder | undefined;
  private readonly random: Random;

  constructor(resolver: Resolver, forwarder: Forwarder | undefined, random: Random) {
    this.resolver = resolver;
    this.forwarder = forwarder;
    this.random = random;
  }

  async respond(bytes: Buffer, overTcp: boolean): Promise<Buffer | undefined> {
    if (bytes.length < 12 || (bytes.readUInt8(2) & 0x80) !== 0) return undefined;
    let query: DecodedPacket;
    try {
      query = packet.decode(bytes);
    } catch {
      return emptyAnswer(bytes, RCODE.formatError);
    }
    const question = query.questions?.[0];
    if ((bytes.readUInt8(2) & 0x78) !== 0) return emptyAnswer(bytes, RCODE.notImplemented);
    if (!question || query.questions?.length !== 1) return emptyAnswer(bytes, RCODE.formatError);
    const resolution = this.resolver.resolve(question.name, question.type);
    if (resolution.outcome !== 'outside') {
      if (resolution.follow !== undefined) await this.follow(resolution, question);
      return this.encode(query, question, resolution, overTcp);
    }
    if (!this.forwarder) return emptyAnswer(bytes, RCODE.refused);
    return await this.forwarder.ask(bytes, overTcp) ?? emptyAnswer(bytes, RCODE.serverFailure);
  }

  /** Adds what the world outside says of an alias' target. */
  private async follow(resolution: Resolution, question: Question): Promise<void> {
    if (!this.forwarder || !resolution.follow) return;
    const asked = packet.encode({ type: 'query', id: 0, flags: packet.RECURSION_DESIRED, questions: [{ type: question.type, name: resolution.follow }] });
    const answer = await this.forwarder.ask(Buffer.from(asked), false);
    if (!answer) return;
    try {
      resolution.answers.push(...packet.decode(answer).answers ?? []);
    } catch {
      // The alias alone is still right.
    }
  }

  private encode(query: DecodedPacket, question: Question, resolution: Resolution, overTcp: boolean): Buffer {
    const option = query.additionals?.find((record) => record.type === 'OPT') as { udpPayloadSize?: number } | undefined;
    const rcode = resolution.outcome === 'no-name' ? RCODE.noName : RCODE.noError;
    const isNegative = resolution.outcome === 'no-name' || resolution.outcome === 'no-data';
    const recursion = (query.flag_rd ? packet.RECURSION_DESIRED : 0) | (this.forwarder ? packet.RECURSION_AVAILABLE : 0);
    const answer: Packet = {
      type: 'response', id: query.id, flags: packet.AUTHORITATIVE_ANSWER | recursion | rcode,
      questions: [question],
      answers: this.shuffle(resolution.answers),
      authorities: isNegative && resolution.zone ? [this.resolver.authority(resolution.zone)] : [],
      additionals: [...resolution.additionals, ...(option ? [optionRecord()] : [])],
    };
    const bytes = encodeCompact(answer);
    const limit = overTcp ? 65_535 : Math.max(PLAIN_UDP_BYTES, Math.min(option?.udpPayloadSize ?? PLAIN_UDP_BYTES, UDP_BYTES));
    if (bytes.length <= limit) return bytes;
    const bare = encodeCompact({ ...answer, additionals: option ? [optionRecord()] : [] });
    if (bare.length <= limit) return bare;
    return encodeCompact({ ...answer, flags: (answer.flags ?? 0) | packet.TRUNCATED_RESPONSE, answers: [], additionals: option ? [optionRecord()] : [] });
  }

  /** Clients take the first: it should not always be the same. Aliases stay in front. */
  private shuffle(answers: Answer[]): Answer[] {
    if (answers.length < 2 || answers[0]?.type === 'CNAME') return answers;
    const start = Math.floor(this.random.fraction() * answers.length);
    return [...answers.slice(start), ...answers.slice(0, start)];
  }
}

function optionRecord(): Answer {
  return { type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] } as unknown as Answer;
}

/** The question's header and nothing behind it but the question itself, if it can be told. */
function emptyAnswer(query: Buffer, rcode: number): Buffer {
  const hasQuestion = rcode !== RCODE.formatError && query.readUInt16BE(4) === 1;
  const answer = Buffer.from(query.subarray(0, hasQuestion ? questionEnd(query) : 12));
  answer.writeUInt8(0x80 | (answer.readUInt8(2) & 0x79), 2);
  answer.writeUInt8(rcode, 3);
  answer.writeUInt16BE(hasQuestion ? 1 : 0, 4);
  for (const offset of [6, 8, 10]) answer.writeUInt16BE(0, offset);
  return answer;
}

function questionEnd(query: Buffer): number {
  let offset = 12;
  while (offset < query.length && query[offset] !== 0) offset += (query[offset] as number) + 1;
  return Math.min(offset + 5, query.length);
}
