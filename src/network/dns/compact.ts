import packet, { type Answer, type Packet } from 'dns-packet';

const HEADER = 12;
/** Where the question's name stands, as a pointer to it. */
const QUESTION_NAME = Buffer.of(0xc0, HEADER);

/**
 * Encodes a packet whose records mostly bear the question's name: those point to it instead of repeating it, so that three
 * times as many fit into an answer over UDP.
 */
export function encodeCompact(answer: Packet): Buffer {
  const name = answer.questions?.[0]?.name ?? '';
  const head = packet.encode({ ...answer, answers: [], authorities: [], additionals: [] });
  const sections = [answer.answers ?? [], answer.authorities ?? [], answer.additionals ?? []];
  sections.forEach((records, index) => head.writeUInt16BE(records.length, 6 + 2 * index));
  return Buffer.concat([head, ...sections.flat().map((record) => encodeRecord(record, name))]);
}

function encodeRecord(record: Answer, questionName: string): Buffer {
  const bytes = packet.encode({ type: 'response', id: 0, answers: [record] }).subarray(HEADER);
  if (record.name !== questionName || questionName === '' || questionName === '.') return bytes;
  let end = 0;
  while (bytes[end] !== 0) end += (bytes[end] as number) + 1;
  return Buffer.concat([QUESTION_NAME, bytes.subarray(end + 1)]);
}
