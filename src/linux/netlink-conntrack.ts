import { attribute, decodeAttributes, nested, NLM_F_DUMP, type NetlinkMessage } from './netlink-message.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from './netlink-socket.ts';

const CT_GET = 0x101;
const CT_DELETE = 0x102;
const AF_INET = 2;

export interface Flow {
  protocol: number;
  /** As the client sent it. */
  source: string; sourcePort: number; destination: string; destinationPort: number;
  /** Who answers: the destination behind the translation. */
  replySource: string; replySourcePort: number;
}

function generic(): Buffer {
  return Buffer.of(AF_INET, 0, 0, 0);
}

interface Tuple { source: string; destination: string; protocol: number; sourcePort: number; destinationPort: number }

function decodeTuple(buffer: Buffer | undefined): Tuple {
  const parts = decodeAttributes(buffer ?? Buffer.alloc(0));
  const addresses = decodeAttributes(parts.get(1) ?? Buffer.alloc(0));
  const protocol = decodeAttributes(parts.get(2) ?? Buffer.alloc(0));
  return {
    source: [...(addresses.get(1) ?? [])].join('.'),
    destination: [...(addresses.get(2) ?? [])].join('.'),
    protocol: protocol.get(1)?.[0] ?? 0,
    sourcePort: protocol.get(2)?.readUInt16BE(0) ?? 0,
    destinationPort: protocol.get(3)?.readUInt16BE(0) ?? 0,
  };
}

/** The kernel's table of IPv4 flows in the network namespace this was opened in. */
export class Conntrack {
  private readonly socket = new NetlinkSocket(NETLINK_NETFILTER);

  /** Forgets the flows that `isStale` names; the next packet of each is translated anew. Returns how many. */
  forget(isStale: (flow: Flow) => boolean): number {
    const [dump] = this.socket.batch([{ type: CT_GET, flags: NLM_F_DUMP, payload: generic() }]);
    if (dump?.error) throw dump.error;
    const deletions: NetlinkMessage[] = [];
    for (const message of dump?.messages ?? []) {
      const attributes = decodeAttributes(message.payload, 4);
      const original = decodeTuple(attributes.get(1));
      const reply = decodeTuple(attributes.get(2));
      if (!isStale({ ...original, replySource: reply.source, replySourcePort: reply.sourcePort })) continue;
      const id = attributes.get(12);
      const payload = [generic(), nested(1, attributes.get(1) as Buffer), ...(id ? [attribute(12, id)] : [])];
      deletions.push({ type: CT_DELETE, flags: 0, payload: Buffer.concat(payload) });
    }
    // One that has gone meanwhile answers ENOENT, which is as good.
    for (let index = 0; index < deletions.length; index += 256) this.socket.batch(deletions.slice(index, index + 256));
    return deletions.length;
  }

  close(): void {
    this.socket.close();
  }
}
