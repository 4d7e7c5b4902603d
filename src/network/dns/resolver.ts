import type { Answer, RecordType } from 'dns-packet';
import { cidrContains } from '../cidr.ts';
import { ofFamily, type ClusterZone, type Host, type ServiceEntry } from './cluster-zone.ts';

/** Seconds that an answer may be kept: short, since Services change. */
export const TTL = 5;

/** The answer to a question; `outside` when the cluster has no say about the name. */
export interface Resolution {
  outcome: 'found' | 'no-data' | 'no-name' | 'outside';
  answers: Answer[];
  additionals: Answer[];
  /** Of the zone the name is in, for negative answers. */
  zone?: string;
  /** A name outside that an alias of ours leads to: a forwarder may follow it. */
  follow?: string;
}

interface Node { addresses?: string[]; alias?: string; services?: SrvTarget[]; text?: string[]; pointers?: string[]; isApex?: boolean }
interface SrvTarget { target: string; port: number; addresses: string[] }

const NOTHING = { answers: [], additionals: [] };
const REVERSE_IPV4 = '.in-addr.arpa';
const MAXIMUM_ALIASES = 8;

/** The cluster's own names: `cluster.local` and the reverse zones of its ranges. Pure but for the order of answers. */
export class Resolver {
  private readonly zone: ClusterZone;
  private readonly domain: string;
  private readonly ranges: string[];
  private readonly serverAddress: string;

  /** `ranges` are the pod and Service ranges: about other addresses this server says nothing. */
  constructor(zone: ClusterZone, domain: string, ranges: string[], serverAddress: string) {
    this.zone = zone;
    this.domain = domain;
    this.ranges = ranges;
    this.serverAddress = serverAddress;
  }

  /** `name` as it was asked, in any case; answers bear it as it is. */
  resolve(name: string, type: RecordType): Resolution {
    const lower = name.toLowerCase().replace(/\.$/, '');
    const zone = this.zoneOf(lower);
    if (zone === undefined) return { outcome: 'outside', ...NOTHING };
    const node = zone === this.domain ? this.find(lower) : this.findReverse(lower);
    if (!node) return { outcome: 'no-name', ...NOTHING, zone };
    if (node.alias !== undefined) return this.alias(name, node.alias, type);
    const { answers, additionals } = this.records(name, node, type);
    return { outcome: answers.length > 0 ? 'found' : 'no-data', answers, additionals, zone };
  }

  authority(zone: string): Answer {
    const data = { mname: `ns.dns.${this.domain}`, rname: `hostmaster.${this.domain}`, serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum: TTL };
    return { type: 'SOA', name: zone, ttl: TTL, data };
  }

  private zoneOf(name: string): string | undefined {
    if (name === this.domain || name.endsWith(`.${this.domain}`)) return this.domain;
    if (!name.endsWith(REVERSE_IPV4)) return undefined;
    const address = addressOfReverse(name);
    return address && this.ranges.some((range) => cidrContains(range, address)) ? name.split('.').slice(2).join('.') : undefined;
  }

  private findReverse(name: string): Node | undefined {
    const names = this.zone.namesOf(addressOfReverse(name) ?? '');
    return names.length > 0 ? { pointers: names.map((target) => `${target}.${this.domain}`) } : undefined;
  }

  /** Undefined: there is no such name. Without anything: it exists, or something below it does. */
  private find(name: string): Node | undefined {
    if (name === this.domain) return { isApex: true };
    const labels = name.slice(0, -this.domain.length - 1).split('.').reverse();
    const [kind, namespace, service, ...rest] = labels;
    if (kind === 'dns-version' && labels.length === 1) return { text: ['1.1.0'] };
    if (kind === 'dns') return labels.length === 1 ? {} : labels.length === 2 && namespace === 'ns' ? { addresses: [this.serverAddress] } : undefined;
    if (kind === 'pod') return this.findPod(labels);
    if (kind !== 'svc') return undefined;
    if (namespace === undefined) return {};
    if (service === undefined) return this.zone.hasNamespace(namespace) ? {} : undefined;
    const entry = this.zone.service(namespace, service);
    return entry && this.findBelow(entry, rest);
  }

  private findPod([, namespace, dashed, ...rest]: string[]): Node | undefined {
    if (rest.length > 0) return undefined;
    if (namespace === undefined || dashed === undefined) return {};
    if (/^\d{1,3}(-\d{1,3}){3}$/.test(dashed)) return { addresses: [dashed.replaceAll('-', '.')] };
    return /^[0-9a-f-]*--?[0-9a-f-]+$/.test(dashed) ? { addresses: [dashed.replaceAll('-', ':')] } : undefined;
  }

  /** `rest` are the labels in front of the Service's, nearest first. */
  private findBelow(entry: ServiceEntry, rest: string[]): Node | undefined {
    if (entry.kind === 'external') return rest.length === 0 ? { alias: entry.externalName ?? '' } : undefined;
    const isHeadless = entry.kind === 'headless';
    if (rest.length === 0) {
      const addresses = isHeadless ? [...this.zone.hostsOf(entry).values()].flatMap((host) => host.addresses) : entry.addresses;
      return { addresses, services: this.targets(entry) };
    }
    const [first = '', second] = rest;
    if (!first.startsWith('_')) {
      const host = isHeadless && rest.length === 1 ? this.zone.hostsOf(entry).get(first) : undefined;
      return host && { addresses: host.addresses };
    }
    const services = this.targets(entry, first.slice(1), second?.replace(/^_/, ''));
    return services.length > 0 && rest.length <= 2 ? { services: rest.length === 2 ? services : [] } : undefined;
  }

  private targets(entry: ServiceEntry, protocol?: string, portName?: string): SrvTarget[] {
    const base = `${entry.name}.${entry.namespace}.svc.${this.domain}`;
    const whole: Host[] = [{ hostname: '', addresses: entry.addresses }];
    const ports = entry.kind === 'headless' ? this.zone.headlessPorts(entry) : entry.ports;
    return ports
      .filter((port) => (protocol === undefined || port.protocol === protocol) && (portName === undefined || port.name === portName))
      .flatMap((port) => (port.hosts ?? whole).map((host) => ({
        target: host.hostname ? `${host.hostname}.${base}` : base, port: port.port, addresses: host.addresses,
      })));
  }

  private records(name: string, node: Node, type: RecordType): { answers: Answer[]; additionals: Answer[] } {
    const wants = (record: RecordType): boolean => type === record || (type as string) === 'ANY';
    const answers: Answer[] = [];
    const additionals: Answer[] = [];
    if (wants('A')) answers.push(...addressRecords(name, node.addresses, 'A'));
    if (wants('AAAA')) answers.push(...addressRecords(name, node.addresses, 'AAAA'));
    if (wants('TXT') && node.text) answers.push({ type: 'TXT', name, ttl: TTL, data: node.text });
    if (wants('PTR')) for (const data of node.pointers ?? []) answers.push({ type: 'PTR', name, ttl: TTL, data });
    if (wants('SOA') && node.isApex) answers.push(this.authority(this.domain));
    if (wants('NS') && node.isApex) {
      answers.push({ type: 'NS', name, ttl: TTL, data: `ns.dns.${this.domain}` });
      additionals.push({ type: 'A', name: `ns.dns.${this.domain}`, ttl: TTL, data: this.serverAddress });
    }
    if (type === 'SRV') {
      const targets = node.services ?? [];
      for (const { target, port, addresses } of targets) {
        answers.push({ type: 'SRV', name, ttl: TTL, data: { priority: 0, weight: Math.max(1, Math.floor(100 / targets.length)), port, target } });
        if (!additionals.some((record) => record.name === target)) additionals.push(...addressRecords(target, addresses, 'A'), ...addressRecords(target, addresses, 'AAAA'));
      }
    }
    return { answers, additionals };
  }

  /** An ExternalName: the alias, and what is known of its target when that is a name of the cluster too. */
  private alias(name: string, target: string, type: RecordType, depth = 0): Resolution {
    const answers: Answer[] = [{ type: 'CNAME', name, ttl: TTL, data: target }];
    if (type === 'CNAME' || depth > MAXIMUM_ALIASES) return { outcome: 'found', answers, additionals: [] };
    const zone = this.zoneOf(target);
    if (zone === undefined) return { outcome: 'found', answers, additionals: [], follow: target };
    const node = zone === this.domain ? this.find(target) : this.findReverse(target);
    if (!node) return { outcome: 'found', answers, additionals: [] };
    if (node.alias === undefined) answers.push(...this.records(target, node, type).answers);
    else {
      const next = this.alias(target, node.alias, type, depth + 1);
      return { ...next, answers: [...answers, ...next.answers] };
    }
    return { outcome: 'found', answers, additionals: [] };
  }
}

function addressRecords(name: string, addresses: string[] | undefined, type: 'A' | 'AAAA'): Answer[] {
  return ofFamily(addresses ?? [], type).map((data) => ({ type, name, ttl: TTL, data }));
}

function addressOfReverse(name: string): string | undefined {
  const parts = name.slice(0, -REVERSE_IPV4.length).split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256) ? parts.reverse().join('.') : undefined;
}
