import { inNamespace } from './namespace.ts';
import { decodeAttributes, type NetlinkMessage, type ReceivedMessage } from './netlink-message.ts';
import { getLink, listLinks, listRoutes, ROUTE_PROTOCOL, RTM_NEWLINK } from './netlink-route.ts';
import { NETLINK_ROUTE, NetlinkSocket, throwOnError, type NetlinkResult } from './netlink-socket.ts';

export interface Link { index: number; name: string; mac: string; mtu: number; up: boolean; master?: number }
export interface InstalledRoute { destination: string; gateway?: string; linkIndex?: number; protocol: number; type: number }

/** A network namespace's links, addresses and routes. Bound to the namespace it was opened in. */
export class RouteSocket {
  private readonly socket: NetlinkSocket;

  private constructor(socket: NetlinkSocket) {
    this.socket = socket;
  }

  /** Without a path: of the namespace this process is in. */
  static open(namespacePath?: string): RouteSocket {
    const open = (): RouteSocket => new RouteSocket(new NetlinkSocket(NETLINK_ROUTE));
    return namespacePath === undefined ? open() : inNamespace('net', namespacePath, open);
  }

  /** Throws at the first refusal; those behind it were tried as well. */
  apply(messages: NetlinkMessage[], ...tolerated: string[]): void {
    throwOnError(this.socket.batch(messages), ...tolerated);
  }

  async applyInThread(messages: NetlinkMessage[], ...tolerated: string[]): Promise<void> {
    throwOnError(await this.socket.batchInThread(messages), ...tolerated);
  }

  batch(messages: NetlinkMessage[]): NetlinkResult[] {
    return this.socket.batch(messages);
  }

  link(name: string): Link | undefined {
    const [result] = this.socket.batch([getLink(name)]);
    if (result?.error?.code === 'ENODEV') return undefined;
    if (result?.error) throw result.error;
    return result?.messages.map(decodeLink)[0];
  }

  links(): Link[] {
    const [result] = this.socket.batch([listLinks()]);
    if (result?.error) throw result.error;
    return (result?.messages ?? []).filter((message) => message.type === RTM_NEWLINK).map(decodeLink);
  }

  /** The IPv4 routes that naru made, of the main table. */
  ownRoutes(): InstalledRoute[] {
    const [result] = this.socket.batch([listRoutes()]);
    if (result?.error) throw result.error;
    return (result?.messages ?? []).map(decodeRoute).filter((route) => route.protocol === ROUTE_PROTOCOL);
  }

  close(): void {
    this.socket.close();
  }
}

function decodeLink(message: ReceivedMessage): Link {
  const attributes = decodeAttributes(message.payload, 16);
  return {
    index: message.payload.readInt32LE(4),
    up: (message.payload.readUInt32LE(8) & 1) === 1,
    name: attributes.get(3)?.toString().replace(/\0.*$/, '') ?? '',
    mac: attributes.get(1)?.toString('hex').replace(/(..)(?=.)/g, '$1:') ?? '',
    mtu: attributes.get(4)?.readUInt32LE(0) ?? 0,
    master: attributes.get(10)?.readUInt32LE(0),
  };
}

function decodeRoute(message: ReceivedMessage): InstalledRoute {
  const attributes = decodeAttributes(message.payload, 12);
  const dotted = (value: Buffer | undefined): string | undefined => value && [...value].join('.');
  return {
    destination: `${dotted(attributes.get(1)) ?? '0.0.0.0'}/${message.payload[1]}`,
    gateway: dotted(attributes.get(5)),
    linkIndex: attributes.get(4)?.readInt32LE(0),
    protocol: message.payload[5] as number,
    type: message.payload[7] as number,
  };
}
