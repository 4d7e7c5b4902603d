import koffi from 'koffi';
import { closeSync } from 'node:fs';
import { call, callAsync, libc, SystemError } from './libc.ts';
import {
  decodeAttributes, decodeMessages, encodeMessage, HEADER_LENGTH, NLMSG_DONE, NLMSG_ERROR, NLM_F_DUMP, type NetlinkMessage, type ReceivedMessage,
} from './netlink-message.ts';

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const RECEIVE_BYTES = 256 * 1024;

const SOCKET = 'int socket(int, int, int)';
const SET_OPTION = 'int setsockopt(int, int, int, const void*, unsigned int)';
const SEND = 'long send(int, const void*, size_t, int)';
const RECEIVE = 'long recv(int, void*, size_t, int)';

/** A refusal of the kernel, with its errno's name as `code`: EEXIST, ENOENT, ENODEV, ... */
export class NetlinkError extends SystemError {
  override name = 'NetlinkError';
}

/** What one message of a batch came to: the objects it dumped, or why it was refused. */
export interface NetlinkResult { messages: ReceivedMessage[]; error?: NetlinkError }

interface Pending { result: NetlinkResult; isDump: boolean; type: number }

const receiveBuffer = Buffer.alloc(RECEIVE_BYTES);

/**
 * A netlink socket. It belongs for ever to the network namespace it was opened in, so opening one inside a namespace and
 * leaving at once gives a handle on that namespace. The kernel does the work of a message while it is being sent.
 */
export class NetlinkSocket {
  private readonly fd: number;
  private sequence = 1;
  private closed = false;
  /** Messages without their answer, by sequence number: batches may overlap. */
  private readonly pending = new Map<number, Pending>();

  constructor(protocol: number) {
    this.fd = call(SOCKET, 'netlink', AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(4 * 1024 * 1024);
    call(SET_OPTION, 'netlink', this.fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
    size.writeUInt32LE(1);
    call(SET_OPTION, 'netlink', this.fd, SOL_NETLINK, NETLINK_CAP_ACK, size, 4);
    call(SET_OPTION, 'netlink', this.fd, SOL_NETLINK, NETLINK_EXT_ACK, size, 4);
  }

  /** Sends all messages with one call and returns a result for each; a refused one does not stop those behind it. */
  batch(messages: NetlinkMessage[]): NetlinkResult[] {
    if (messages.length === 0) return [];
    const { bytes, results, last } = this.encode(messages);
    call(SEND, 'netlink', this.fd, bytes, bytes.length, 0);
    this.collect(last);
    return results;
  }

  /** As `batch`, with the kernel's work done on another thread: for what takes milliseconds, such as making links. */
  async batchInThread(messages: NetlinkMessage[]): Promise<NetlinkResult[]> {
    if (messages.length === 0) return [];
    const { bytes, results, last } = this.encode(messages);
    await callAsync(SEND, 'netlink', this.fd, bytes, bytes.length, 0);
    this.collect(last);
    return results;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    closeSync(this.fd);
  }

  private encode(messages: NetlinkMessage[]): { bytes: Buffer; results: NetlinkResult[]; last: number } {
    const results: NetlinkResult[] = [];
    const parts = messages.map((message) => {
      const sequence = this.sequence++;
      const result: NetlinkResult = { messages: [] };
      results.push(result);
      this.pending.set(sequence, { result, isDump: (message.flags & NLM_F_DUMP) === NLM_F_DUMP, type: message.type });
      return encodeMessage(message, sequence);
    });
    return { bytes: parts.length === 1 ? parts[0] as Buffer : Buffer.concat(parts), results, last: this.sequence - 1 };
  }

  /** Reads until the message `last` is answered; the kernel answers in order. */
  private collect(last: number): void {
    while (this.pending.has(last)) {
      const length = Number(libc(RECEIVE)(this.fd, receiveBuffer, RECEIVE_BYTES, MSG_DONTWAIT));
      if (length < 0) throw new NetlinkError('recv', koffi.errno(), 'netlink');
      for (const message of decodeMessages(Buffer.from(receiveBuffer.subarray(0, length)))) this.take(message);
    }
  }

  private take(message: ReceivedMessage): void {
    const pending = this.pending.get(message.sequence);
    if (!pending) return;
    if (message.type === NLMSG_DONE) {
      this.pending.delete(message.sequence);
    } else if (message.type !== NLMSG_ERROR) {
      pending.result.messages.push(message);
    } else {
      const errno = -message.payload.readInt32LE(0);
      if (errno !== 0) pending.result.error = new NetlinkError(`netlink message ${pending.type}`, errno, explanation(message));
      if (errno !== 0 || !pending.isDump) this.pending.delete(message.sequence);
    }
  }
}

/** The kernel's own words; they follow the error number and the header of the refused message. */
function explanation(message: ReceivedMessage): string {
  return decodeAttributes(message.payload, 4 + HEADER_LENGTH).get(1)?.toString().replace(/\0.*$/, '') ?? '';
}

/** Throws the first refusal but those whose code is in `tolerated`. */
export function throwOnError(results: NetlinkResult[], ...tolerated: string[]): void {
  for (const { error } of results) if (error && !tolerated.includes(error.code)) throw error;
}
