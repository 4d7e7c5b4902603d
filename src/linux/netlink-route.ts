/** Messages of rtnetlink: links, addresses, routes, neighbours, queueing. Pure: they are sent by `netlink.ts`. */
import {
  attribute, nested, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, text, u32, type NetlinkMessage,
} from './netlink-message.ts';

const AF_INET = 2;
const AF_INET6 = 10;
export const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const RTM_NEWQDISC = 36;

const IFF_UP = 1;
const ROUTE_TYPES = { unicast: 1, unreachable: 7 } as const;
const SCOPES = { universe: 0, link: 253, host: 254 } as const;
const RTNH_F_ONLINK = 4;
const NUD_PERMANENT = 0x80;
/** Marks routes as ours, as routing daemons do (see rt_protos). */
export const ROUTE_PROTOCOL = 78;
const RT_TABLE_MAIN = 254;

export interface LinkSettings { mac?: string; mtu?: number; master?: number; up?: boolean; name?: string }
export interface VethPeer { name: string; mac?: string; mtu?: number; namespaceFd?: number }
export interface NextHop { gateway?: string; linkIndex?: number; onlink?: boolean }
export interface Route {
  /** `10.0.0.0/8`, `0.0.0.0/0` for the default route. */
  destination: string;
  type?: keyof typeof ROUTE_TYPES;
  scope?: keyof typeof SCOPES;
  nextHops?: NextHop[];
  source?: string;
  metric?: number;
}

export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (part: string): number[] => part ? part.split(':').map((group) => parseInt(group, 16)) : [];
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = tail === undefined ? left : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
  const buffer = Buffer.alloc(16);
  all.forEach((group, index) => buffer.writeUInt16BE(group, index * 2));
  return buffer;
}

function family(address: string): number {
  return address.includes(':') ? AF_INET6 : AF_INET;
}

function splitCidr(cidr: string): [address: string, length: number] {
  const [address = '', length] = cidr.split('/');
  return [address, length === undefined ? addressBytes(address).length * 8 : Number(length)];
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function linkHeader(index: number, up?: boolean): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  if (up !== undefined) {
    header.writeUInt32LE(up ? IFF_UP : 0, 8);
    header.writeUInt32LE(IFF_UP, 12);
  }
  return header;
}

function linkAttributes(settings: LinkSettings): Buffer[] {
  const attributes: Buffer[] = [];
  if (settings.mac) attributes.push(attribute(1, macBytes(settings.mac)));
  if (settings.name) attributes.push(attribute(3, text(settings.name)));
  if (settings.mtu) attributes.push(attribute(4, u32(settings.mtu)));
  if (settings.master !== undefined) attributes.push(attribute(10, u32(settings.master)));
  return attributes;
}

const CREATE = NLM_F_CREATE | NLM_F_EXCL;

/** A veth pair; the peer is born in the namespace of `peer.namespaceFd`. Both ends must be set up afterwards. */
export function createVeth(name: string, settings: LinkSettings, peer: VethPeer): NetlinkMessage {
  const peerAttributes = linkAttributes({ name: peer.name, mac: peer.mac, mtu: peer.mtu });
  if (peer.namespaceFd !== undefined) peerAttributes.push(attribute(28, u32(peer.namespaceFd)));
  const data = nested(2, nested(1, linkHeader(0), ...peerAttributes));
  const payload = [linkHeader(0, settings.up), ...linkAttributes({ ...settings, name }), nested(18, attribute(1, text('veth')), data)];
  return { type: RTM_NEWLINK, flags: CREATE, payload: Buffer.concat(payload) };
}

export function createBridge(name: string, settings: LinkSettings): NetlinkMessage {
  const payload = [linkHeader(0, settings.up), ...linkAttributes({ ...settings, name }), nested(18, attribute(1, text('bridge')))];
  return { type: RTM_NEWLINK, flags: CREATE, payload: Buffer.concat(payload) };
}

export function setLink(index: number, settings: LinkSettings): NetlinkMessage {
  return { type: RTM_NEWLINK, flags: 0, payload: Buffer.concat([linkHeader(index, settings.up), ...linkAttributes(settings)]) };
}

export function deleteLink(name: string): NetlinkMessage {
  return { type: RTM_DELLINK, flags: 0, payload: Buffer.concat([linkHeader(0), attribute(3, text(name))]) };
}

export function getLink(name: string): NetlinkMessage {
  return { type: RTM_GETLINK, flags: 0, payload: Buffer.concat([linkHeader(0), attribute(3, text(name))]) };
}

export function listLinks(): NetlinkMessage {
  return { type: RTM_GETLINK, flags: NLM_F_DUMP, payload: linkHeader(0) };
}

function addressMessage(type: number, flags: number, linkIndex: number, cidr: string, scope: keyof typeof SCOPES): NetlinkMessage {
  const [address, length] = splitCidr(cidr);
  const header = Buffer.alloc(8);
  header[0] = family(address);
  header[1] = length;
  header[3] = SCOPES[scope];
  header.writeUInt32LE(linkIndex, 4);
  const bytes = addressBytes(address);
  return { type, flags, payload: Buffer.concat([header, attribute(2, bytes), attribute(1, bytes)]) };
}

/** `cidr` is the address with its prefix length: `10.1.2.3/24`. */
export function addAddress(linkIndex: number, cidr: string, scope: keyof typeof SCOPES = 'universe'): NetlinkMessage {
  return addressMessage(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, linkIndex, cidr, scope);
}

export function deleteAddress(linkIndex: number, cidr: string): NetlinkMessage {
  return addressMessage(RTM_DELADDR, 0, linkIndex, cidr, 'universe');
}

export function listAddresses(): NetlinkMessage {
  return { type: RTM_GETADDR, flags: NLM_F_DUMP, payload: Buffer.alloc(8) };
}

function nextHopAttributes(hop: NextHop): Buffer[] {
  return hop.gateway ? [attribute(5, addressBytes(hop.gateway))] : [];
}

function multipath(hops: NextHop[]): Buffer {
  return attribute(9, ...hops.map((hop) => {
    const attributes = Buffer.concat(nextHopAttributes(hop));
    const header = Buffer.alloc(8);
    header.writeUInt16LE(8 + attributes.length, 0);
    header[2] = hop.onlink ? RTNH_F_ONLINK : 0;
    header.writeInt32LE(hop.linkIndex ?? 0, 4);
    return Buffer.concat([header, attributes]);
  }));
}

function routeMessage(type: number, flags: number, route: Route): NetlinkMessage {
  const [address, length] = splitCidr(route.destination);
  const hops = route.nextHops ?? [];
  const only = hops.length === 1 ? hops[0] : undefined;
  const header = Buffer.alloc(12);
  header[0] = family(address);
  header[1] = length;
  header[4] = RT_TABLE_MAIN;
  header[5] = ROUTE_PROTOCOL;
  header[6] = SCOPES[route.scope ?? 'universe'];
  header[7] = ROUTE_TYPES[route.type ?? 'unicast'];
  header.writeUInt32LE(only?.onlink ? RTNH_F_ONLINK : 0, 8);
  const attributes = length > 0 ? [attribute(1, addressBytes(address))] : [];
  if (only) {
    attributes.push(...nextHopAttributes(only));
    if (only.linkIndex) attributes.push(attribute(4, u32(only.linkIndex)));
  } else if (hops.length > 1) attributes.push(multipath(hops));
  if (route.source) attributes.push(attribute(7, addressBytes(route.source)));
  if (route.metric !== undefined) attributes.push(attribute(6, u32(route.metric)));
  return { type, flags, payload: Buffer.concat([header, ...attributes]) };
}

/** Makes the route or puts it in the place of the one with the same destination and metric. */
export function replaceRoute(route: Route): NetlinkMessage {
  return routeMessage(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
}

/** Refused with EEXIST when there is a route to the destination. */
export function addRoute(route: Route): NetlinkMessage {
  return routeMessage(RTM_NEWROUTE, CREATE, route);
}

export function deleteRoute(route: Route): NetlinkMessage {
  return routeMessage(RTM_DELROUTE, 0, route);
}

export function listRoutes(): NetlinkMessage {
  const header = Buffer.alloc(12);
  header[0] = AF_INET;
  return { type: RTM_GETROUTE, flags: NLM_F_DUMP, payload: header };
}

/** A neighbour entry that never has to be asked for. */
export function replaceNeighbour(linkIndex: number, address: string, mac: string): NetlinkMessage {
  const header = Buffer.alloc(12);
  header[0] = family(address);
  header.writeInt32LE(linkIndex, 4);
  header.writeUInt16LE(NUD_PERMANENT, 8);
  const payload = Buffer.concat([header, attribute(1, addressBytes(address)), attribute(2, macBytes(mac))]);
  return { type: RTM_NEWNEIGH, flags: NLM_F_CREATE | NLM_F_REPLACE, payload };
}

const TC_ROOT = 0xffffffff;
const LINK_LAYER_ETHERNET = 1;

/** Limits what leaves a link to `bytesPerSecond`: a token bucket at its root. */
export function tokenBucket(linkIndex: number, bytesPerSecond: number): NetlinkMessage {
  const burst = Math.max(64 * 1024, Math.ceil(bytesPerSecond / 250));
  const header = Buffer.alloc(20);
  header.writeInt32LE(linkIndex, 4);
  header.writeUInt32LE(0x10000, 8);
  header.writeUInt32LE(TC_ROOT, 12);
  // tc_tbf_qopt: two rates of twelve bytes (cell log, link layer, overhead, align, mpu, rate), limit, buffer, mtu.
  const options = Buffer.alloc(36);
  options[1] = LINK_LAYER_ETHERNET;
  options.writeUInt32LE(Math.min(bytesPerSecond, 0xffffffff), 8);
  options.writeUInt32LE(burst + Math.ceil(bytesPerSecond / 40), 24);
  const rate64 = Buffer.alloc(8);
  rate64.writeBigUInt64LE(BigInt(Math.round(bytesPerSecond)));
  const parts = [attribute(1, options), attribute(4, rate64), attribute(6, u32(burst))];
  const payload = Buffer.concat([header, attribute(1, text('tbf')), nested(2, ...parts)]);
  return { type: RTM_NEWQDISC, flags: NLM_F_CREATE | NLM_F_REPLACE, payload };
}
