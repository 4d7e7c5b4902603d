import { createHash } from 'node:crypto';

/** 64 bits that tell flows apart: by FlowSchema and what its distinguisher says. */
export function flowHash(flowSchema: string, distinguisher: string): bigint {
  return createHash('sha256').update(`${flowSchema}\0${distinguisher}`).digest().readBigUInt64LE(0);
}

/** `handSize` different queues out of `queues`, the same ones for the same hash. */
export function dealHand(hash: bigint, queues: number, handSize: number): number[] {
  const hand: number[] = [];
  const remainders: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(queues - dealt);
    remainders.push(Number(rest % left));
    rest /= left;
  }
  remainders.forEach((remainder, index) => {
    // A remainder counts the cards that are left; each card dealt before shifts it.
    let card = remainder;
    for (let earlier = index - 1; earlier >= 0; earlier--) if (card >= (remainders[earlier] as number)) card++;
    hand.push(card);
  });
  return hand;
}
