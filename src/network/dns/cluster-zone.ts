import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { isIPv6 } from '../cidr.ts';

/** What the cluster's zone says of names, all in lower case and without the final dot. */
export interface Host { hostname: string; addresses: string[] }
export interface NamedPort { name: string; protocol: string; port: number; hosts?: Host[] }
export interface ServiceEntry {
  name: string; namespace: string;
  kind: 'cluster' | 'headless' | 'external';
  /** ClusterIPs. */
  addresses: string[];
  ports: NamedPort[];
  externalName?: string;
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

/** The name of an endpoint below its Service: its own, or its address with dashes. */
function hostnameOf(endpoint: Endpoint): string {
  return endpoint.hostname?.toLowerCase() ?? (endpoint.addresses[0] as string).replaceAll(/[.:]/g, '-');
}

function serviceKey(namespace: string | undefined, name: string | undefined): string {
  return `${namespace}/${name}`;
}

function entryOf(service: Service): ServiceEntry {
  const spec = service.spec ?? {};
  const clusterIPs = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ''];
  const base = { name: service.metadata?.name ?? '', namespace: service.metadata?.namespace ?? '' };
  if (spec.type === 'ExternalName') {
    return { ...base, kind: 'external', addresses: [], ports: [], externalName: spec.externalName?.toLowerCase().replace(/\.$/, '') };
  }
  const addresses = clusterIPs.filter((address) => address && address !== 'None');
  const ports = (spec.ports ?? []).map((port) => ({ name: port.name ?? '', protocol: (port.protocol ?? 'TCP').toLowerCase(), port: port.port }));
  return { ...base, kind: addresses.length > 0 ? 'cluster' : 'headless', addresses, ports };
}

/** Services and the endpoints of headless ones, kept so that each question is a few look-ups. Pure. */
export class ClusterZone {
  private readonly services = new Map<string, ServiceEntry>();
  private readonly namespaces = new Map<string, number>();
  private readonly slices = new Map<string, Map<string, EndpointSlice>>();
  private readonly serviceOfSlice = new Map<string, string>();
  /** Of headless Services, made when first asked for. */
  private readonly hosts = new Map<string, Map<string, Host>>();
  /** Address -> the Service whose ClusterIP it is. */
  private readonly clusterIPs = new Map<string, string>();
  /** Address -> Services with such an endpoint -> in how many places. */
  private readonly endpointAddresses = new Map<string, Map<string, number>>();

  setService(service: Service): void {
    this.deleteService(service);
    const entry = entryOf(service);
    const key = serviceKey(entry.namespace, entry.name);
    this.services.set(key, entry);
    this.namespaces.set(entry.namespace, (this.namespaces.get(entry.namespace) ?? 0) + 1);
    for (const address of entry.addresses) this.clusterIPs.set(address, key);
  }

  deleteService(service: Service): void {
    const key = serviceKey(service.metadata?.namespace, service.metadata?.name);
    const old = this.services.get(key);
    if (!old) return;
    this.services.delete(key);
    for (const address of old.addresses) if (this.clusterIPs.get(address) === key) this.clusterIPs.delete(address);
    const left = (this.namespaces.get(old.namespace) ?? 1) - 1;
    if (left > 0) this.namespaces.set(old.namespace, left);
    else this.namespaces.delete(old.namespace);
  }

  setSlice(slice: EndpointSlice): void {
    this.deleteSlice(slice);
    const name = slice.metadata?.labels?.[SERVICE_NAME_LABEL];
    if (name === undefined) return;
    const service = serviceKey(slice.metadata?.namespace, name);
    const sliceKey = serviceKey(slice.metadata?.namespace, slice.metadata?.name);
    const slices = this.slices.get(service) ?? new Map<string, EndpointSlice>();
    slices.set(sliceKey, slice);
    this.slices.set(service, slices);
    this.serviceOfSlice.set(sliceKey, service);
    this.hosts.delete(service);
    for (const endpoint of slice.endpoints ?? []) this.noteAddress(endpoint.addresses[0], service);
  }

  deleteSlice(slice: EndpointSlice): void {
    const sliceKey = serviceKey(slice.metadata?.namespace, slice.metadata?.name);
    const service = this.serviceOfSlice.get(sliceKey);
    if (service === undefined) return;
    const slices = this.slices.get(service);
    const old = slices?.get(sliceKey);
    this.serviceOfSlice.delete(sliceKey);
    slices?.delete(sliceKey);
    if (slices?.size === 0) this.slices.delete(service);
    this.hosts.delete(service);
    for (const endpoint of old?.endpoints ?? []) this.forgetAddress(endpoint.addresses[0], service);
  }

  service(namespace: string, name: string): ServiceEntry | undefined {
    return this.services.get(serviceKey(namespace, name));
  }

  hasNamespace(namespace: string): boolean {
    return this.namespaces.has(namespace);
  }

  /** The ready endpoints of a headless Service by their hostname. */
  hostsOf(entry: ServiceEntry): Map<string, Host> {
    const key = serviceKey(entry.namespace, entry.name);
    let hosts = this.hosts.get(key);
    if (!hosts) this.hosts.set(key, (hosts = this.collectHosts(key)));
    return hosts;
  }

  /** The ports of a headless Service with the endpoints that have them: slices may differ in their ports. */
  headlessPorts(entry: ServiceEntry): NamedPort[] {
    const ports = new Map<string, NamedPort & { hosts: Host[] }>();
    for (const slice of this.slices.get(serviceKey(entry.namespace, entry.name))?.values() ?? []) {
      for (const { name = '', protocol = 'TCP', port = 0 } of slice.ports ?? []) {
        const key = `${name}/${protocol}/${port}`;
        const found = ports.get(key) ?? { name, protocol: protocol.toLowerCase(), port, hosts: [] };
        for (const endpoint of slice.endpoints ?? []) if (isAnswering(endpoint)) found.hosts.push({ hostname: hostnameOf(endpoint), addresses: endpoint.addresses });
        ports.set(key, found);
      }
    }
    return [...ports.values()];
  }

  /** The names that an address has: its Service's, or those of an endpoint below each headless Service. */
  namesOf(address: string): string[] {
    const owner = this.clusterIPs.get(address);
    const entry = owner === undefined ? undefined : this.services.get(owner);
    if (entry) return [`${entry.name}.${entry.namespace}.svc`];
    const names: string[] = [];
    for (const key of this.endpointAddresses.get(address)?.keys() ?? []) {
      const service = this.services.get(key);
      if (service?.kind !== 'headless') continue;
      for (const host of this.hostsOf(service).values()) {
        if (host.addresses.includes(address)) names.push(`${host.hostname}.${service.name}.${service.namespace}.svc`);
      }
    }
    return names;
  }

  private collectHosts(key: string): Map<string, Host> {
    const hosts = new Map<string, Host>();
    for (const slice of this.slices.get(key)?.values() ?? []) {
      for (const endpoint of slice.endpoints ?? []) {
        if (!isAnswering(endpoint)) continue;
        const hostname = hostnameOf(endpoint);
        const host = hosts.get(hostname) ?? { hostname, addresses: [] };
        for (const address of endpoint.addresses.slice(0, 1)) if (!host.addresses.includes(address)) host.addresses.push(address);
        hosts.set(hostname, host);
      }
    }
    return hosts;
  }

  private noteAddress(address: string | undefined, service: string): void {
    if (!address) return;
    const services = this.endpointAddresses.get(address) ?? new Map<string, number>();
    services.set(service, (services.get(service) ?? 0) + 1);
    this.endpointAddresses.set(address, services);
  }

  private forgetAddress(address: string | undefined, service: string): void {
    const services = address === undefined ? undefined : this.endpointAddresses.get(address);
    if (!services) return;
    const left = (services.get(service) ?? 1) - 1;
    if (left > 0) services.set(service, left);
    else services.delete(service);
    if (services.size === 0) this.endpointAddresses.delete(address as string);
  }
}

/** The slice controller says ready for every pod of a Service that publishes addresses that are not. */
function isAnswering(endpoint: Endpoint): boolean {
  return endpoint.conditions?.ready !== false && endpoint.addresses.length > 0;
}

export function ofFamily(addresses: string[], family: 'A' | 'AAAA'): string[] {
  return addresses.filter((address) => isIPv6(address) === (family === 'AAAA'));
}
