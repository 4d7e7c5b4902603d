import type { Duplex } from 'node:stream';

/**
 * Answers the questions that come over a connection, each with its length in front, one after the other. A client that asks without
 * taking its answers is not read any more.
 */
export function answerQuestions(socket: Duplex, respond: (question: Buffer) => Promise<Buffer | undefined>): void {
  let received = Buffer.alloc(0);
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
      const end = received.readUInt16BE(0) + 2;
      const question = received.subarray(2, end);
      received = received.subarray(end);
      waiting++;
      socket.pause();
      last = last.then(() => answerOne(socket, question, respond)).finally(() => { if (--waiting === 0) socket.resume(); });
    }
  });
}

/** Resolves when the answer was taken. */
async function answerOne(socket: Duplex, question: Buffer, respond: (question: Buffer) => Promise<Buffer | undefined>): Promise<void> {
  if (socket.destroyed) return;
  const answer = await respond(question).catch(() => undefined);
  if (!answer) return void socket.destroy();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(answer.length);
  if (socket.destroyed || socket.write(Buffer.concat([length, answer]))) return;
  await new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', resolve);
  });
}
